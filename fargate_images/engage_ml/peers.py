"""Whom a reason compares a customer with: training customers of the same kind.

Shapley values are measured against the average of everybody, and a quarter of everybody has left. Against that
average every active customer's first reason is that they are active, and everybody who came for one side of the app
is odd for leaving the other side unused. So the mean contribution of the customer's peers is taken off first: peers
are equally active (seen in the last 30 days or not) and of the same category in the features marked ``peers``. A
number that is marked says who is a standard for the active ones: those who have any of it. So whoever was away this
week is compared with those who were there, and being away is a reason.
"""

import json
from dataclasses import dataclass
from math import prod

import numpy as np

from engage_ml.arrays import F32, Flags, Int
from engage_ml.feature_matrix import FeatureMatrix

FILE = "churn_peers.json"
SAMPLE_ROWS = 16_000
FEWEST = 100
"""A kind with fewer sampled customers is compared with all customers who are equally active."""


@dataclass(frozen=True)
class Peers:
    """The mean contribution of each feature by kind, shape (kinds, features).

    ``typical`` holds the median of each encoded column by kind, shape (kinds, columns). ``marked`` places the marked
    categories among the encoded columns: first column and number of categories.
    """

    mean: F32
    typical: F32
    marked: tuple[tuple[int, int], ...]

    def kind(self, x: F32, active: Flags) -> Int:
        """The kind of each customer, the even ones are active."""
        kind = np.zeros(len(active), dtype=np.int64)
        for start, categories in self.marked:
            block = x[start : start + categories]
            kind *= categories + 1
            kind += np.where(block.any(axis=0), block.argmax(axis=0), categories)
        return kind * 2 + ~active

    def take_off(self, contributions: F32, x: F32, active: Flags) -> F32:
        """Subtracts the peers' mean in place from contributions of shape (features, rows), and returns them."""
        kind = self.kind(x, active)
        for each in np.unique(kind):
            rows = np.flatnonzero(kind == each)
            contributions[:, rows] -= self.mean[each][:, None]
        return contributions

    def to_bytes(self) -> bytes:
        """For the model file."""
        content = {"marked": self.marked, "mean": self.mean.tolist(), "typical": self.typical.tolist()}
        return json.dumps(content, sort_keys=True).encode()

    @classmethod
    def from_bytes(cls, content: bytes) -> "Peers":
        """From the model file."""
        read = json.loads(content)
        marked = tuple((int(start), int(categories)) for start, categories in read["marked"])
        mean, typical = (np.array(read[name], dtype=np.float32) for name in ("mean", "typical"))
        return cls(mean, typical, marked)


def fit_peers(contributions: F32, x: F32, active: Flags, matrix: FeatureMatrix) -> Peers:
    """Peers from the contributions, shape (features, rows), of a sample of training customers."""
    places = [(f, start) for f, start in zip(matrix.features, matrix.starts, strict=True) if f.peers]
    marked = tuple((start, len(feature.categories)) for feature, start in places if feature.type == "category")
    standard = np.ones(len(active), dtype=np.bool_)
    for feature, start in places:
        if feature.type != "category":
            standard &= ~active | (np.nan_to_num(x[start]) != 0)
    kinds = 2 * prod(categories + 1 for _, categories in marked)
    peers = Peers(
        mean=np.zeros((kinds, len(matrix.features)), dtype=np.float32),
        typical=np.zeros((kinds, matrix.columns), dtype=np.float32),
        marked=marked,
    )
    known = np.nan_to_num(x)  # a missing number counts as zero
    kind = peers.kind(x, active)
    for each in range(kinds):
        rows = np.flatnonzero((kind == each) & standard)
        if len(rows) < FEWEST:
            rows = np.flatnonzero((active == (each % 2 == 0)) & standard)
        if len(rows):
            peers.mean[each] = contributions[:, rows].mean(axis=1, dtype=np.float64)
            peers.typical[each] = np.median(known[:, rows], axis=1)
    return peers
