"""The anomaly model as scoring uses it: an isolation forest, evaluated with numpy.

Score = 2 ** (-mean path length / c(n)), after Liu, Ting and Zhou, "Isolation Forest" (2008): 0.5 and below is
ordinary, towards 1 is isolated.
"""

import io
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from engage_ml.arrays import F32, F64, Flags, Int

FILE = "anomaly_forest.parquet"


@dataclass(frozen=True)
class Forest:
    """All nodes of all trees, one after another.

    A row goes left when ``column <= threshold``; ``missing_left`` says where a missing value goes. Leaves point to
    themselves and hold their path length (depth plus the expected rest).
    """

    roots: Int
    column: Int
    threshold: F32
    missing_left: Flags
    children: Int
    path_length: F32
    depth: int
    normaliser: float
    limit: float

    def score(self, x: F32) -> F64:
        """Anomaly scores in (0, 1), shape (rows,), for features of shape (columns, rows)."""
        rows = x.shape[1]
        flat = np.ascontiguousarray(x).reshape(-1)
        position = np.arange(rows)
        total = np.zeros(rows)
        offsets = self.column * rows
        node = np.empty(rows, dtype=np.int64)
        for root in self.roots:
            node[:] = root
            for _ in range(self.depth):
                value = flat[offsets[node] + position]
                threshold = self.threshold[node]
                right = value > threshold
                right |= np.isnan(value) & ~self.missing_left[node]
                node = self.children[2 * node + right]
            total += self.path_length[node]
        return np.asarray(np.exp2(-total / (len(self.roots) * self.normaliser)))

    def to_bytes(self) -> bytes:
        """As one Parquet table of nodes; numbers of the whole forest are in its metadata."""
        is_root = np.zeros(len(self.column), dtype=bool)
        is_root[self.roots] = True
        table = pa.table(
            {
                "is_root": is_root,
                "column": self.column,
                "threshold": self.threshold,
                "missing_left": self.missing_left,
                "left": self.children[0::2],
                "right": self.children[1::2],
                "path_length": self.path_length,
            }
        ).replace_schema_metadata(
            {"depth": str(self.depth), "normaliser": repr(self.normaliser), "limit": repr(self.limit)}
        )
        sink = io.BytesIO()
        pq.write_table(table, sink, compression="zstd")
        return sink.getvalue()


def load_forest(files: Mapping[str, bytes]) -> Forest:
    """From the files of a model version."""
    table = pq.read_table(io.BytesIO(files[FILE]))
    numbers = {key.decode(): value.decode() for key, value in table.schema.metadata.items() if key != b"ARROW:schema"}
    children = np.empty(2 * table.num_rows, dtype=np.int64)
    children[0::2], children[1::2] = np.asarray(table["left"]), np.asarray(table["right"])
    return Forest(
        roots=np.flatnonzero(np.asarray(table["is_root"])),
        column=np.asarray(table["column"]),
        threshold=np.asarray(table["threshold"]),
        missing_left=np.asarray(table["missing_left"]),
        children=children,
        path_length=np.asarray(table["path_length"]),
        depth=int(numbers["depth"]),
        normaliser=float(numbers["normaliser"]),
        limit=float(numbers["limit"]),
    )
