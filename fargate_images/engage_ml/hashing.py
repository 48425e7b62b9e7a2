"""Reproducible hashes of customers: who is in which part of a split does not depend on order, run or machine."""

from typing import cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from engage_ml.arrays import F64, U8, U64

_MULTIPLIER_A = np.uint64(0xBF58476D1CE4E5B9)
_MULTIPLIER_B = np.uint64(0x94D049BB133111EB)
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


def hash_ids(ids: pa.Array) -> U64:
    """A 64-bit hash of each text; shape (rows,). Null ids raise ValueError."""
    if ids.null_count:
        raise ValueError(f"{ids.null_count} rows have no customer_id; expected an id in every row.")
    lengths = np.asarray(pc.binary_length(ids))
    text = ids.cast(pa.large_string())
    buffers = text.buffers()
    result = np.zeros(len(ids), dtype=np.uint64)
    if len(ids) == 0 or buffers[2] is None:
        return result
    offsets = np.frombuffer(buffers[1], dtype=np.int64)[text.offset : text.offset + len(ids)]
    data = np.frombuffer(buffers[2], dtype=np.uint8)
    for length in np.unique(lengths):  # UUIDs share one length: one pass
        rows = np.flatnonzero(lengths == length)
        result[rows] = _hash_rows(data, offsets[rows], int(length))
    return result


def uniform(hashes: U64, salt: str) -> F64:
    """A number in [0, 1) for each hash; another `salt` gives independent numbers."""
    key = np.frombuffer(salt.encode().ljust(8 * (-(-len(salt) // 8) or 1)), dtype=np.uint64)
    mixed = hashes.copy()
    for word in key:
        mixed = _mix(mixed ^ word)
    return cast(F64, (mixed >> np.uint64(11)) * 2.0**-53)


def _hash_rows(data: U8, starts: np.ndarray[tuple[int], np.dtype[np.int64]], length: int) -> U64:
    words = -(-length // 8)
    padded = np.zeros((len(starts), words * 8), dtype=np.uint8)
    if length and np.array_equal(np.diff(starts), np.full(max(len(starts) - 1, 0), length)):
        padded[:, :length] = data[starts[0] : starts[0] + length * len(starts)].reshape(-1, length)
    elif length:
        padded[:, :length] = data[starts[:, None] + np.arange(length)]
    state = np.full(len(starts), np.uint64(length), dtype=np.uint64)
    for word in padded.view(np.uint64).T:
        state = _mix(state ^ word)
    return state


def _mix(value: U64) -> U64:
    """One round of splitmix64."""
    mixed = value + _GOLDEN
    mixed = (mixed ^ (mixed >> np.uint64(30))) * _MULTIPLIER_A
    mixed = (mixed ^ (mixed >> np.uint64(27))) * _MULTIPLIER_B
    return mixed ^ (mixed >> np.uint64(31))
