"""Whom a reason compares a customer with: training customers of the same kind.

Shapley values are measured against the average of everybody, and a quarter of everybody has left. Against that
average every active customer's first reason is that they are active, and everybody who came for one side of the app
is odd for leaving the other side unused. So the mean contribution of the customer's peers is taken off first: peers
are equally active (seen in the last 30 days or not) and share the value of the feature marked ``peers``.
"""

import json
from dataclasses import dataclass

import numpy as np

from engage_ml.arrays import F32, Flags, Int
from engage_ml.feature_matrix import FeatureMatrix

FILE = "churn_peers.json"
SAMPLE_ROWS = 12_000
FEWEST = 100
"""A kind with fewer sampled customers is compared with all customers who are equally active."""


@dataclass(frozen=True)
class Peers:
    """The mean contribution of each feature by kind, shape (kinds, features).

    ``start`` and ``categories`` place the peers feature among the encoded columns; without one there are two kinds.
    """

    mean: F32
    start: int
    categories: int

    def kind(self, x: F32, active: Flags) -> Int:
        """The kind of each customer: position of the category (the last one for none), inactive kinds after active."""
        category = np.zeros(len(active), dtype=np.int64)
        if self.categories:
            block = x[self.start : self.start + self.categories]
            category = np.where(block.any(axis=0), block.argmax(axis=0), self.categories)
        return category + np.where(active, 0, self.categories + 1)

    def take_off(self, contributions: F32, x: F32, active: Flags) -> F32:
        """Subtracts the peers' mean in place from contributions of shape (features, rows), and returns them."""
        kind = self.kind(x, active)
        for each in np.unique(kind):
            rows = np.flatnonzero(kind == each)
            contributions[:, rows] -= self.mean[each][:, None]
        return contributions

    def to_bytes(self) -> bytes:
        """For the model file."""
        content = {"start": self.start, "categories": self.categories, "mean": self.mean.tolist()}
        return json.dumps(content, sort_keys=True).encode()

    @classmethod
    def from_bytes(cls, content: bytes) -> "Peers":
        """From the model file."""
        read = json.loads(content)
        return cls(np.array(read["mean"], dtype=np.float32), int(read["start"]), int(read["categories"]))


def fit_peers(contributions: F32, x: F32, active: Flags, matrix: FeatureMatrix) -> Peers:
    """Peers from the contributions, shape (features, rows), of a sample of training customers."""
    marked = [index for index, feature in enumerate(matrix.features) if feature.peers]
    start = matrix.starts[marked[0]] if marked else 0
    categories = len(matrix.features[marked[0]].categories) if marked else 0
    kinds = 2 * (categories + 1)
    peers = Peers(np.zeros((kinds, len(matrix.features)), dtype=np.float32), start, categories)
    kind = peers.kind(x, active)
    for each in range(kinds):
        rows = np.flatnonzero(kind == each)
        if len(rows) < FEWEST:
            rows = np.flatnonzero(active == (each <= categories))
        if len(rows):
            peers.mean[each] = contributions[:, rows].mean(axis=1)
    return peers
