"""Boosted trees as look-up tables: margins and exact path-dependent TreeSHAP without XGBoost.

A tree of depth four has one node at the root and seven below each of its two children. The eight comparisons of the
root and one half make a byte, and that byte decides everything the half can say about a row: the value of the leaf
that is reached, if it is in this half, and what each leaf of the half contributes to every feature's Shapley value.
So each half is a table of 256 lines, computed once per model; a row costs fifteen comparisons a tree and one look-up
per (half, feature).

The Shapley values are those of Lundberg et al., "Consistent Individualized Feature Attribution for Tree Ensembles"
(2018), with the cover (sum of hessians) of each node as its weight: the same numbers as
``Booster.predict(pred_contribs=True)``.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from engage_ml.arrays import F32, F64, Flags, Int


@dataclass(frozen=True)
class Test:
    """One comparison: its bit in the pattern, and whether ``column < threshold`` or a missing value goes left."""

    bit: int
    column: int
    threshold: np.float32
    missing_left: bool

    def goes_left(self, x: F32, out: Flags) -> None:
        """Fills ``out``. A comparison with NaN is false, so each default direction has its own comparison."""
        if self.missing_left:
            np.greater_equal(x[self.column], self.threshold, out=out)
            np.logical_not(out, out=out)
        else:
            np.less(x[self.column], self.threshold, out=out)


@dataclass(frozen=True)
class Half:
    """The root and one of its subtrees, as tables over the 256 patterns.

    ``values[pattern]`` is the value of the leaf reached in this half, zero when the row goes to the other one.
    ``shapley`` has shape (len(columns), 256).
    """

    tests: tuple[Test, ...]
    values: F32
    columns: tuple[int, ...]
    shapley: F32


@dataclass(frozen=True)
class Tree:
    """One tree: its root test and its halves, and its mean value by cover. A stump without a split has neither half."""

    root: Test | None
    halves: tuple[Half, ...]
    expected: float


@dataclass(frozen=True)
class TreeTables:
    """A boosted model; ``bias`` is the margin before the trees."""

    trees: tuple[Tree, ...]
    bias: float

    @property
    def expected(self) -> float:
        """The mean margin by cover: margin = expected + sum of the Shapley values."""
        return self.bias + sum(tree.expected for tree in self.trees)

    def margin(self, x: F32) -> F64:
        """Margins of rows; ``x`` has shape (columns, rows)."""
        stumps = sum(tree.expected for tree in self.trees if tree.root is None)
        total = np.full(x.shape[1], self.bias + stumps)
        looked_up = np.empty(x.shape[1], dtype=np.float32)
        for half, codes in self._codes(x):
            np.take(half.values, codes, out=looked_up, mode="clip")
            total += looked_up
        return total

    def add_contributions(self, x: F32, scale: float, accumulators: list[F32]) -> None:
        """Adds `scale` x each column's Shapley values to its accumulator, one array of shape (rows,) per column."""
        looked_up = np.empty(x.shape[1], dtype=np.float32)
        for half, codes in self._codes(x):
            tables = half.shapley * np.float32(scale)
            for table, column in zip(tables, half.columns, strict=True):
                np.take(table, codes, out=looked_up, mode="clip")
                accumulators[column] += looked_up

    def _codes(self, x: F32) -> Iterator[tuple[Half, Int]]:
        """Each half with the rows' patterns, as indices into its tables; the array is reused."""
        rows = x.shape[1]
        bit = np.empty(rows, dtype=np.bool_)
        root = np.empty(rows, dtype=np.uint8)
        code = np.empty(rows, dtype=np.uint8)
        index = np.empty(rows, dtype=np.int64)
        for tree in self.trees:
            if tree.root is None:
                continue
            tree.root.goes_left(x, bit)
            root[:] = bit
            for half in tree.halves:
                code[:] = root
                for test in half.tests:
                    test.goes_left(x, bit)
                    code |= bit.view(np.uint8) << np.uint8(test.bit)
                index[:] = code
                yield half, index
