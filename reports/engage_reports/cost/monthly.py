"""What a deployment of terraform/ costs a month, line by line. ``python -m engage_reports.cost.monthly`` prints it.

The cost report prices the stages of a run; this adds what is paid for a platform that exists, whether it runs or not.
"""

import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import yaml

from engage_reports.binding import Ledger
from engage_reports.cost.prices import Prices, load_prices
from engage_reports.cost.scaling import MEASUREMENTS
from engage_reports.errors import ReportError

FILE = Path(__file__).resolve().parents[2] / "prices" / "deployment-us-east-1.yaml"
WEEKS = 52 / 12
HOUR, GIGA, MILLION = 3600.0, 1e9, 1e6
HOURS_A_MONTH = 730.0


@dataclass(frozen=True)
class Line:
    """One thing that is paid for."""

    name: str
    reckoning: str
    usd: float


class Figures:
    """Numbers of the file, by name; a missing or impossible one is named."""

    def __init__(self, found: Mapping[str, Mapping[str, Any]], path: Path) -> None:
        self._found = {name: value for part in ("prices", "deployment", "use") for name, value in found[part].items()}
        self._path = path

    def __getitem__(self, name: str) -> float:
        value = self._found.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value < 0:
            raise ReportError(f"{self._path}: {name} is {value!r}; a number of at least 0 is expected.")
        return float(value)


def load_figures(path: Path = FILE) -> Figures:
    """Reads the file of the deployment's prices, numbers and use.

    Raises:
        ReportError: the file is missing or lacks a part.
    """
    try:
        return Figures(yaml.safe_load(path.read_text(encoding="utf-8")), path)
    except (OSError, yaml.YAMLError, KeyError, TypeError) as error:
        raise ReportError(f"{path} cannot be used ({error}); it needs the parts prices, deployment and use.") from error


def running_prices() -> Prices:
    """Prices of what runs, as plain numbers: this table is no page of a report, whose figures name their source."""
    listed = load_prices(Ledger()).prices
    return Prices(**{each.name: float(getattr(listed, each.name)) for each in fields(Prices)})


def task_seconds(customers: float) -> Mapping[str, float]:
    """Processor seconds of training and scoring as `engage bench` measured them: more than they take on two cores."""
    measured = yaml.safe_load(MEASUREMENTS.read_text(encoding="utf-8"))
    for run in measured["runs"]:
        if run["customers"] == customers:
            return {name: float(run["stages"][name]["cpu_seconds"]) for name in ("training", "scoring")}
    raise ReportError(f"{MEASUREMENTS.name} has no run of {customers:,.0f} customers.")


def scaled_to_zero(figures: Figures) -> list[Line]:
    """The lines of a deployment whose orchestrator runs in the weekly window only."""
    f, prices, start = figures, running_prices(), float(load_prices(Ledger()).deployment.task_start_seconds)

    def fargate(vcpu: float, gb: float) -> float:
        return vcpu * prices.fargate_vcpu_hour + gb * prices.fargate_gb_hour + prices.public_ipv4_hour

    window = f["window_hours"] * WEEKS
    seconds = task_seconds(f["customers"])
    tasks = sum(max(prices.fargate_minimum_seconds, start + each) for each in seconds.values()) * WEEKS / HOUR
    awake = (f["window_hours"] + f["database_pause_seconds"] / HOUR) * WEEKS
    scanned = max(f["athena_gb_week"], f["statements_week"] * prices.athena_minimum_bytes / GIGA) * WEEKS
    stored = f["lake_gb_week"] * f["weeks_kept"]
    requests = (f["s3_puts_week"] * prices.s3_put_per_1000 + f["s3_gets_week"] * prices.s3_get_per_1000) * WEEKS / 1000
    logs = f["logs_gb_week"] * WEEKS
    images = f["images_gb"] * f["images_kept"]
    return [
        Line(
            "orchestrator",
            f"{window:.1f} h of {f['orchestrator_vcpu']:.0f} vCPU, {f['orchestrator_gb']:.0f} GB and an address",
            window * fargate(f["orchestrator_vcpu"], f["orchestrator_gb"]),
        ),
        Line(
            "training and scoring",
            f"{tasks * 60:.0f} min of {f['task_vcpu']:.0f} vCPU and {f['task_gb']:.0f} GB, on demand",
            tasks * fargate(f["task_vcpu"], f["task_gb"]),
        ),
        Line(
            "database, awake",
            f"{awake:.1f} h of {f['database_max_acu']:.0f} ACU, its maximum, and its requests",
            awake * f["database_max_acu"] * f["aurora_acu_hour"]
            + f["database_requests_week"] * WEEKS / MILLION * f["aurora_requests_million"],
        ),
        Line("database, storage", f"{f['database_gb']:.0f} GB", f["database_gb"] * f["aurora_gb_month"]),
        Line("Athena", f"{scanned:.0f} GB scanned", scanned / 1000 * prices.athena_tb_scanned),
        Line("S3, storage", f"{stored:.1f} GB: {f['weeks_kept']:.0f} weeks", stored * prices.s3_gb_month),
        Line("S3, requests", f"{f['s3_puts_week']:,.0f} PUT and {f['s3_gets_week']:,.0f} GET a week", requests),
        Line("images", f"{images:.1f} GB: {f['images_kept']:.0f} of each", images * f["ecr_gb_month"]),
        Line(
            "key",
            f"{f['keys']:.0f} key and its requests",
            f["keys"] * f["kms_key_month"] + f["kms_requests_week"] * WEEKS / 10_000 * f["kms_requests_10000"],
        ),
        Line("secret", f"{f['secrets']:.0f}: the password of the database", f["secrets"] * f["secret_month"]),
        Line(
            "alarms",
            f"{f['alarms']:.0f} alarms, {f['log_metrics']:.0f} metrics by the hour",
            f["alarms"] * f["alarm_month"]
            + f["log_metrics"] * f["custom_metric_month"] * f["metric_hours_week"] * WEEKS / HOURS_A_MONTH,
        ),
        Line(
            "logs",
            f"{logs:.2f} GB taken in, a year kept; flow logs",
            logs * prices.cloudwatch_logs_gb
            + logs * 12 * f["log_gb_month"]
            + f["flow_logs_gb_week"] * WEEKS * f["vended_log_gb"],
        ),
    ]


def extras(figures: Figures) -> list[Line]:
    """What other choices add to that, each by itself."""
    f, prices = figures, running_prices()
    idle = HOURS_A_MONTH - f["window_hours"] * WEEKS
    hourly = (
        f["orchestrator_vcpu"] * prices.fargate_vcpu_hour
        + f["orchestrator_gb"] * prices.fargate_gb_hour
        + prices.public_ipv4_hour
    )
    endpoints = f["interface_endpoints"] * f["interface_endpoint_hour"] * HOURS_A_MONTH
    return [
        Line(
            "`always_on = true`",
            "orchestrator and database all the time, at half an ACU",
            idle * (hourly + 0.5 * f["aurora_acu_hour"]),
        ),
        Line('`egress = "endpoints"`', f"{f['interface_endpoints']:.0f} endpoints by the hour", endpoints),
        Line("a dashboard", "when the three free ones of the account are taken", f["dashboard_month"]),
        Line("a key that has rotated", "each of the first two yearly rotations", f["kms_key_month"]),
    ]


def total(lines: Sequence[Line]) -> float:
    """The sum in USD."""
    return sum(line.usd for line in lines)


def render(figures: Figures) -> str:
    """Both tables as Markdown."""
    lines = scaled_to_zero(figures)
    rows = ["| item | a month | USD |", "| --- | --- | ---: |"]
    rows += [f"| {line.name} | {line.reckoning} | {line.usd:.2f} |" for line in lines]
    rows += [f"| **total** | | **{total(lines):.2f}** |", "", "| choice | adds | USD |", "| --- | --- | ---: |"]
    rows += [f"| {line.name} | {line.reckoning} | {line.usd:.2f} |" for line in extras(figures)]
    return "\n".join(rows) + "\n"


if __name__ == "__main__":
    sys.stdout.write(render(load_figures()))
