"""How the use of a stage grows with the number of customers, from measured benchmark runs.

For each stage and quantity, f(N) = fixed + slope x N is fitted to the benchmark (least squares of relative errors, both
parts at least 0). A scenario multiplies what this run used by f(N) / f(n), n being this run's customers: the benchmark
gives the shape, this run the level. Bytes grow in proportion to the customers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import NamedTuple

import yaml

from engage_reports.binding import Ledger
from engage_reports.cost.estimate import Stage
from engage_reports.errors import ReportError

MEASUREMENTS = Path(__file__).resolve().parents[2] / "prices" / "scaling-2-cores.yaml"

Point = tuple[float, float]
"""Customers, and what a stage used for them."""


class Growth(NamedTuple):
    """f(N) = fixed + slope x N."""

    fixed: float
    slope: float

    def at(self, customers: float) -> float:
        """The fitted use for a number of customers."""
        return self.fixed + self.slope * customers


@dataclass(frozen=True)
class Benchmark:
    """Measured runs of several populations on one machine: stage -> quantity -> points."""

    machine: str
    as_of: date
    sizes: tuple[int, ...]
    points: dict[str, dict[str, list[Point]]]

    def growth(self, stage: str, quantity: str) -> Growth | None:
        """The fit of one stage, or None when the benchmark does not know the stage."""
        found = self.points.get(stage, {}).get(quantity)
        return fit(found) if found else None


def load_benchmark(path: Path = MEASUREMENTS) -> Benchmark:
    """Reads the measurements of ``engage bench``.

    Raises:
        ReportError: the file is missing or has another shape.
    """
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
        points: dict[str, dict[str, list[Point]]] = {}
        for run in found["runs"]:
            for stage, use in run["stages"].items():
                for quantity, value in use.items():
                    points.setdefault(stage, {}).setdefault(quantity, []).append((run["customers"], float(value)))
        sizes = tuple(sorted(run["customers"] for run in found["runs"]))
        return Benchmark(found["machine"], found["as_of"], sizes, points)
    except (OSError, yaml.YAMLError, KeyError, TypeError) as error:
        raise ReportError(f"Benchmark {path} cannot be read ({error}); see docs/reports.md for its shape.") from error


def fit(points: Sequence[Point]) -> Growth:
    """The line through the points that has the smallest relative errors, with both parts at least 0."""
    weighted = [(x, y, 1 / max(y, 1e-9) ** 2) for x, y in points]
    total = sum(w for *_, w in weighted)
    mean_x = sum(w * x for x, _, w in weighted) / total
    mean_y = sum(w * y for _, y, w in weighted) / total
    spread = sum(w * (x - mean_x) ** 2 for x, _, w in weighted)
    slope = sum(w * (x - mean_x) * (y - mean_y) for x, y, w in weighted) / spread if spread else 0.0
    if slope <= 0:
        return Growth(mean_y, 0.0)
    fixed = mean_y - slope * mean_x
    if fixed < 0:
        return Growth(0.0, sum(w * x * y for x, y, w in weighted) / sum(w * x * x for x, _, w in weighted))
    return Growth(fixed, slope)


def grown(stage: Stage, *, here: float, customers: float, benchmark: Benchmark, ledger: Ledger) -> Stage:
    """What the stage would use for ``customers``, from what it used for ``here``; a stage unknown to the benchmark
    grows in proportion.
    """

    def times(value: float, quantity: str) -> float:
        found = benchmark.growth(stage.name, quantity)
        factor = found.at(float(customers)) / found.at(float(here)) if found else float(customers) / float(here)
        how = f"{quantity} of this run x measured growth to {float(customers):,.0f} customers"
        return ledger.derived(float(value) * factor, how, [value])

    def in_proportion(value: float, quantity: str) -> float:
        how = f"{quantity} of this run x {float(customers):,.0f} / customers"
        return ledger.derived(float(value) * float(customers) / float(here), how, [value, here])

    return Stage(
        stage.name,
        seconds=times(stage.seconds, "cpu_seconds"),
        cpu_seconds=times(stage.cpu_seconds, "cpu_seconds"),
        peak_memory_mb=times(stage.peak_memory_mb, "peak_memory_mb"),
        rows=in_proportion(stage.rows, "rows"),
        bytes_written=in_proportion(stage.bytes_written, "bytes_written"),
        bytes_scanned=in_proportion(stage.bytes_scanned, "bytes_scanned"),
    )
