"""The estimate of a run as plain rows, for the table that records every run."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from engage_reports.binding import Ledger
from engage_reports.cost.estimate import Stage, estimate
from engage_reports.cost.prices import PriceList, load_prices

_FIGURES = ("seconds", "cpu_seconds", "peak_memory_mb", "rows", "bytes_written", "bytes_scanned")


_PARTS = ("seconds", "billed_seconds", "vcpu", "gb", "compute_usd", "scan_usd", "requests_usd", "logs_usd")


def priced_tokens(stage: str, input_tokens: int, output_tokens: int, prices: Path | None = None) -> dict[str, Any]:
    """The row of a language model: tokens times the listed price, and no machine."""
    listed = load_prices(Ledger(), prices)
    usd = (
        input_tokens * listed.prices.input_tokens_million + output_tokens * listed.prices.output_tokens_million
    ) / 1e6
    return {**dict.fromkeys(_PARTS, 0.0), "stage": stage, "usd": float(usd), "price_list": _name(listed)}


def _name(listed: PriceList) -> str:
    return f"{listed.provider} {listed.region} {listed.as_of}"


def priced(stages: Sequence[Mapping[str, Any]], prices: Path | None = None) -> list[dict[str, Any]]:
    """One row for each stage that would run on AWS. ``stages`` are rows of monitoring.stage_usage."""
    listed = load_prices(Ledger(), prices)
    measured = {row["stage"]: Stage(row["stage"], *(float(row[name]) for name in _FIGURES)) for row in stages}
    return [
        {
            "stage": cost.name,
            "seconds": measured[cost.name].seconds if cost.name in measured else 0.0,
            "billed_seconds": float(cost.billed_seconds),
            "vcpu": float(cost.vcpu),
            "gb": float(cost.gb),
            "compute_usd": float(cost.compute),
            "scan_usd": float(cost.athena),
            "requests_usd": float(cost.requests),
            "logs_usd": float(cost.logs),
            "usd": float(cost.total),
            "price_list": _name(listed),
        }
        for cost in estimate(list(measured.values()), listed).stages
    ]
