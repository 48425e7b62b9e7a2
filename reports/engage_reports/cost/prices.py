"""The price list: list prices of one region at one date, and the deployment that the estimate assumes."""

import math
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from engage_reports.binding import Ledger
from engage_reports.errors import ReportError

PRICES = Path(__file__).resolve().parents[2] / "prices"
DEFAULT_PRICES, EARLIER = PRICES / "aws-us-east-1.yaml", PRICES / "earlier-estimates.yaml"


@dataclass(frozen=True)
class Prices:
    """USD for each unit that the name says."""

    fargate_vcpu_hour: float
    fargate_gb_hour: float
    fargate_spot_discount: float
    fargate_minimum_seconds: float
    public_ipv4_hour: float
    athena_tb_scanned: float
    athena_minimum_bytes: float
    s3_gb_month: float
    s3_put_per_1000: float
    s3_get_per_1000: float
    cloudwatch_logs_gb: float
    database_acu_hour: float
    database_gb_month: float
    key_month: float
    interface_endpoint_hour: float
    input_tokens_million: float
    output_tokens_million: float


@dataclass(frozen=True)
class Deployment:
    """How the stages are assumed to run on AWS."""

    not_on_aws_stages: tuple[str, ...]
    own_task_stages: tuple[str, ...]
    sql_stages: tuple[str, ...]
    queries_per_sql_stage: float
    scans_per_sql_stage: float
    task_start_seconds: float
    memory_headroom: float
    task_vcpu: float
    task_gb_limit: float
    orchestrator_vcpu: float
    object_bytes: float
    log_bytes_per_stage: float
    weeks_kept: float
    database_gb: float
    database_acu: float
    window_hours: float
    always_on_hours_month: float
    keys: float
    interface_endpoints: float
    questions_month: float
    input_tokens_question: float
    output_tokens_question: float


@dataclass(frozen=True)
class PriceList:
    """One dated price list."""

    provider: str
    region: str
    as_of: date
    sources: tuple[str, ...]
    language_model: str
    """The model whose tokens are priced, and its endpoint."""
    prices: Prices
    deployment: Deployment


@dataclass(frozen=True)
class EarlierEstimate:
    """What the platform that this one succeeds claimed for itself; ``run`` is None where it stated none."""

    customers: float
    run: float | None
    month: float
    what: str


def load_earlier(ledger: Ledger, path: Path = EARLIER) -> tuple[EarlierEstimate, ...]:
    """The earlier estimates, smallest population first."""
    found = yaml.safe_load(path.read_text(encoding="utf-8"))["estimates"]
    return tuple(
        EarlierEstimate(
            ledger.bind(each["customers"], "earlier_estimates.customers"),
            ledger.bind(each["usd_per_run"], "earlier_estimates.usd_per_run") if "usd_per_run" in each else None,
            ledger.bind(each["usd_per_month"], "earlier_estimates.usd_per_month"),
            each["what"],
        )
        for each in sorted(found, key=lambda each: each["customers"])
    )


def load_prices(ledger: Ledger, path: Path | None = None) -> PriceList:
    """Reads a price list.

    Raises:
        ReportError: the file is missing, or an entry is missing, unknown, negative or not a number.
    """
    path = path or DEFAULT_PRICES
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise ReportError(
            f"Price list {path} cannot be read ({error}); see {DEFAULT_PRICES.name} for the shape."
        ) from error
    try:
        return PriceList(
            provider=str(found["provider"]),
            region=str(found["region"]),
            as_of=found["as_of"],
            sources=tuple(map(str, found["sources"])),
            language_model=str(found["language_model"]),
            prices=Prices(**_entries(found["prices"], Prices, path, "prices", ledger)),
            deployment=Deployment(**_entries(found["deployment"], Deployment, path, "assumptions", ledger)),
        )
    except (KeyError, TypeError) as error:
        raise ReportError(f"Price list {path} lacks {error}; see {DEFAULT_PRICES.name} for the shape.") from error


def _entries(
    given: dict[str, Any], kind: type[Prices] | type[Deployment], path: Path, section: str, ledger: Ledger
) -> dict[str, Any]:
    expected = {field.name for field in fields(kind)}
    if difference := expected ^ set(given):
        raise ReportError(
            f"Price list {path}: {', '.join(sorted(difference))} missing or unknown; it must have each name once."
        )
    return {
        name: tuple(map(str, value))
        if isinstance(value, list)
        else ledger.bind(_amount(name, value, path), f"{section}.{name}")
        for name, value in given.items()
    }


def _amount(name: str, value: Any, path: Path) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value < 0:
        raise ReportError(f"Price list {path}: {name} is {value!r}; a number of at least 0 is expected.")
    return float(value)
