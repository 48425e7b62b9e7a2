"""What the tests of the simulated platform look at: a small lake, and a population with its fate."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from engage_assets.synthetic import Platform
from engage_assets.synthetic.walk import Walk

LAST = date(2026, 11, 9)
SMALL = Platform(customers=1_500)


@dataclass(frozen=True)
class Written:
    """A lake with six weeks of a small platform, oldest first."""

    lake: Path
    weeks: tuple[date, ...]

    def read(self, table: str, week: date) -> pa.Table:
        folder = self.lake / ("truth" if table == "truth" else f"raw/{table}") / f"week={week}"
        return pa.concat_tables([pq.read_table(part) for part in sorted(folder.iterdir())])


@dataclass(frozen=True)
class Fate:
    """One as_of of a simulated population: its true probabilities and what happened in the 30 days after."""

    week: date
    walk: Walk
    present: npt.NDArray[np.bool_]
    active_30d: npt.NDArray[np.bool_]
    churned: npt.NDArray[np.bool_]
    probability: Mapping[str, npt.NDArray[np.float32]]
