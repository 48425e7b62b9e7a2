"""``engage scorecard``: how good the models are, with intervals: against the truth, promised, and realised."""

from collections.abc import Mapping
from typing import Any

from engage_assets.errors import EngageError
from engage_assets.resources.bindings import build_resources
from engage_assets.resources.warehouse import Warehouse
from engage_assets.settings import Settings
from engage_assets.synthetic import ceiling

TRUTH = (
    "select metric, value, lower, upper, customers, measured_on_week from truth_scorecard where decile = 0 and week = ?"
)
DECILES = "select decile, value, lower, upper, customers from truth_scorecard where decile > 0 and week = ? order by 1"
MATURED = (
    "select week, realised_value, realised_lower, realised_upper, estimated_value, estimated_lower, estimated_upper, "
    "gap from model_performance where population = 'active' and metric = ? and realised_value is not null "
    "order by week"
)
HELD_OUT = (
    "select metric, population, value, lower, upper from model_scorecard where model = 'churn' and week = ? "
    "and metric in ('auc', 'pr_auc', 'expected_calibration_error', 'calibration_error_by_chance') "
    "order by population, metric"
)
MOVED = "select week, kind, name, psi, limit_value from drift where state = 'drifted' order by week, psi desc"


def print_scorecard(settings: Settings) -> None:
    """Prints the newest published week's scorecard, every matured week, and what has moved."""
    warehouse: Warehouse = build_resources(settings)["warehouse"]

    def rows(sql: str, *parameters: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = warehouse.query(sql, list(parameters), search_path="published").to_pylist()
        return found

    [newest] = rows("select max(week) as week from customer_scores")
    if newest["week"] is None:
        raise EngageError(f"no published week in {settings.home}. `engage run` makes the first.")
    week = newest["week"]
    print(f"week {week}, against the sealed truth")
    truth = rows(TRUTH, week)
    if not truth:
        print("  not simulated, or published before this scorecard existed: there is no truth to compare with")
    for row in truth:
        print(f"  {row['metric']:<36}{_interval(row)}  {row['customers']:>9,} customers of {row['measured_on_week']}")
    for row in rows(DECILES, week):
        print(
            f"  decile {row['decile']:>2}: predicted less true      {_interval(row)}  {row['customers']:>9,} customers"
        )
    print("on customers held out (95 %)")
    for row in rows(HELD_OUT, week):
        print(held_out_line(row))
    for metric in ("auc", "churn_rate"):
        matured = rows(MATURED, metric)
        print(f"{metric} of matured weeks: realised (95 %), promised (99 %), realised less promised (95 %)")
        if not matured:
            print("  no published week has matured yet: an outcome needs the five weeks after its own")
        for row in matured:
            print(matured_line(row))
    moved = rows(MOVED)
    print("drift alarms" if moved else "drift alarms: none")
    for row in moved:
        print(f"  {row['week']}  {row['kind']} {row['name']}: PSI {row['psi']:.3f}, limit {row['limit_value']:.3f}")


def held_out_line(row: Mapping[str, Any]) -> str:
    """A figure of the model on the customers held out; what perfect probabilities would show has no interval."""
    named = f"  {row['metric']}, {row['population']}"
    return f"{named:<38}{row['value']:8.4f}" if row["lower"] == row["upper"] else f"{named:<38}{_interval(row)}"


def matured_line(row: Mapping[str, Any]) -> str:
    """What was realised, what was promised, and their difference, whose interval is that of what was realised."""
    promised = {name: row[f"estimated_{name}"] for name in ("value", "lower", "upper")}
    realised = {name: row[f"realised_{name}"] for name in ("value", "lower", "upper")}
    lower, upper = (realised[name] - promised["value"] for name in ("lower", "upper"))
    gap = f"{row['gap']:+.4f} ({lower:+.4f} to {upper:+.4f})"
    return f"  {row['week']}  {_interval(realised)}  {_interval(promised)}  gap {gap}"


def measure_ceiling(*, customers: int, seeds: int) -> None:
    """Measures the best fit to observable history on new populations, and keeps it for this generator."""
    found = ceiling.measure(customers, tuple(range(1, seeds + 1)), log=lambda text: print(text, flush=True))
    ceiling.keep(found)
    print(
        f"observable history reaches {found.observable_share:.4f} ({found.lower:.4f} to {found.upper:.4f}) of the "
        f"skill of the hidden state; kept in {ceiling.FILE}"
    )


def _interval(row: Mapping[str, Any]) -> str:
    return f"{row['value']:8.4f} ({row['lower']:.4f} to {row['upper']:.4f})"
