"""The survival set as arrays: customers with the features of one past week, and the silences around it."""

import hashlib
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from engage_ml import storage
from engage_ml.arrays import F32, F64, U64, Flags
from engage_ml.feature_matrix import FeatureMatrix
from engage_ml.hashing import hash_ids

OBSERVED_WEEKS = 8
"""Weeks whose outcomes the survival set holds."""
BATCH_ROWS = 65_536


@dataclass(frozen=True)
class Followed:
    """Customers with the features of one week, ``x`` of shape (columns, rows), and the silences around it.

    ``silent`` has shape (rows, weeks): whether a silence of 30 days began at that week, NaN where it is not known. The
    features are those of the week `start`; what was before tells how long silences last.
    """

    x: F32
    active: Flags
    hashes: U64
    silent: F64
    start: int = 0

    def begun(self) -> tuple[F64, Flags]:
        """First week of silence (or the weeks followed without one), and whether there was one; shape (rows,)."""
        silent = self.silent[:, self.start :]
        known = np.cumprod(np.isfinite(silent), axis=1).astype(bool)
        event = known & (silent == 1)
        has_event = event.any(axis=1)
        return np.where(has_event, event.argmax(axis=1), known.sum(axis=1)).astype(np.float64), has_event

    def digest(self) -> str:
        """SHA-256 of the values."""
        digest = hashlib.sha256(str(self.start).encode())
        for values in (self.x, self.active, self.hashes, self.silent):
            digest.update(np.ascontiguousarray(values).view(np.uint8).data)
        return digest.hexdigest()

    def rows(self, chosen: Flags) -> "Followed":
        """Some of the customers."""
        return Followed(self.x[:, chosen], self.active[chosen], self.hashes[chosen], self.silent[chosen], self.start)


def read_followed(uri: str | None, matrix: FeatureMatrix) -> Followed | None:
    """The survival set of a folder, in the order of the customers' hashes; None when there is none, or it is empty."""
    if uri is None or not storage.list_names(uri):
        return None
    schema = storage.schema_of(uri)
    matrix.check_schema(schema, "the survival set")
    silent = [f"silent_{week}" for week in range(OBSERVED_WEEKS)]
    narrow = ["customer_id", "is_active_30d", "followed_from", *silent]
    columns = list(dict.fromkeys([*narrow, *matrix.feature_names]))
    parts: list[F32] = []
    tables = []
    for batch in storage.read_batches(uri, columns=columns, batch_rows=BATCH_ROWS):
        parts.append(matrix.encode(batch, np.empty((matrix.columns, batch.num_rows), dtype=np.float32)))
        tables.append(pa.Table.from_batches([batch]).select(narrow))
    if not tables:
        return None
    table = pa.concat_tables(tables)
    # The warehouse hands rows over in any order; the fit, and with it the version's name, must not depend on it.
    hashes = np.concatenate([hash_ids(chunk) for chunk in table["customer_id"].chunks])
    order = np.argsort(hashes, kind="stable")
    table = table.take(order)
    return Followed(
        x=np.ascontiguousarray(np.concatenate(parts, axis=1)[:, order]),
        active=np.asarray(table["is_active_30d"].fill_null(False)).astype(np.bool_),
        hashes=hashes[order],
        silent=np.column_stack([table[name].cast(pa.float64()).to_numpy() for name in silent]),
        start=int(table["followed_from"][0].as_py()),
    )
