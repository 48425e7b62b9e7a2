"""What watching found: drift by test, survival of held-out customers, promises against outcomes, the sealed truth."""

from dataclasses import dataclass
from datetime import date

from engage_reports.frames import Tables, as_day, number, optional_number, rows, text

DRIFT, SURVIVAL = "monitoring.drift", "analytics.survival_curve"
PERFORMANCE, TRUTH = "history.model_performance", "monitoring.truth_scorecard"


@dataclass(frozen=True)
class DriftTest:
    """How far one feature, score or reason has moved; ``state`` is steady, drifted or insufficient."""

    kind: str
    name: str
    state: str


@dataclass(frozen=True)
class Survival:
    """Held-out customers still here so many weeks ahead."""

    week_ahead: float
    predicted: float
    observed: float
    lower: float
    upper: float


@dataclass(frozen=True)
class Promise:
    """A metric of a matured week: what the scores promised, and what it turned out to be."""

    week: date
    metric: str
    estimated: float
    lower: float
    upper: float
    realised: float


@dataclass(frozen=True)
class Watch:
    """All of it; an empty part is honestly empty, or its table does not exist in this home."""

    drift: tuple[DriftTest, ...]
    survival: tuple[Survival, ...]
    promises: tuple[Promise, ...]
    truth: dict[str, float]


def watch(tables: Tables) -> Watch:
    """What was published about the models after they were trained."""
    drift = [DriftTest(*(text(row, name) for name in row)) for row in _rows(tables, DRIFT, ("kind", "name", "state"))]
    columns = ("week_ahead", "predicted", "observed", "lower", "upper")
    survival = [
        Survival(*(number(row, name, "Survival curve") for name in columns)) for row in _rows(tables, SURVIVAL, columns)
    ]
    figures = ("estimated_value", "estimated_lower", "estimated_upper", "realised_value")
    promises = [
        Promise(
            as_day(row, "week", "Model performance"),
            text(row, "metric"),
            *(number(row, name, "Model performance") for name in figures),
        )
        for row in _rows(tables, PERFORMANCE, ("week", "population", "metric", *figures))
        if text(row, "population") == "active" and all(optional_number(row, name) is not None for name in figures)
    ]
    truth = {
        text(row, "metric"): number(row, "value", "Truth scorecard")
        for row in _rows(tables, TRUTH, ("metric", "decile", "value"))
        if number(row, "decile", "Truth scorecard") == 0 and optional_number(row, "value") is not None
    }
    last = max((each.week for each in promises), default=None)
    return Watch(
        tuple(drift),
        tuple(sorted(survival, key=lambda each: each.week_ahead)),
        tuple(each for each in promises if each.week == last),
        truth,
    )


def _rows(tables: Tables, table: str, columns: tuple[str, ...]) -> list[dict[str, object]]:
    return rows(tables, table, columns) if tables.has_rows(table) else []
