"""The three main reasons of each customer: contributions summed by theme, the largest first."""

from dataclasses import dataclass

import numpy as np

from engage_ml.arrays import F32, Int
from engage_ml.parameters import THEMES, Feature

REASONS = 3


@dataclass(frozen=True)
class Reasons:
    """Per rank (0 … 2) and row: theme, its leading feature, and the theme's summed contribution in log-odds.

    Arrays have shape (3, rows). The leading feature is the one that pushes most in the direction of its theme.
    """

    theme: Int
    feature: Int
    contribution: F32


class ReasonFinder:
    """Finds reasons for a feature list; knows which features belong to which theme."""

    def __init__(self, features: tuple[Feature, ...]) -> None:
        self.themes = [theme for theme in THEMES if any(feature.theme == theme for feature in features)]
        self._members = [[i for i, f in enumerate(features) if f.theme == theme] for theme in self.themes]

    def find(self, contributions: F32) -> Reasons:
        """Reasons from contributions of shape (features, rows)."""
        rows = contributions.shape[1]
        sums = np.zeros((max(len(self.themes), REASONS), rows), dtype=np.float32)
        for index, members in enumerate(self._members):
            np.sum(contributions[members], axis=0, out=sums[index])
        sizes = np.abs(sums)
        every = np.arange(rows)
        theme = np.empty((REASONS, rows), dtype=np.int64)
        contribution = np.empty((REASONS, rows), dtype=np.float32)
        for rank in range(REASONS):
            theme[rank] = sizes.argmax(axis=0)
            contribution[rank] = sums[theme[rank], every]
            sizes[theme[rank], every] = -1.0
        theme = np.minimum(theme, len(self.themes) - 1)  # fewer than three themes: the last one, contribution 0
        feature = np.empty((REASONS, rows), dtype=np.int64)
        for index, members in enumerate(self._members):
            positions = np.array(members)
            for rank in range(REASONS):
                chosen = np.flatnonzero(theme[rank] == index)
                if len(chosen):
                    signed = contributions[np.ix_(positions, chosen)] * np.sign(contribution[rank, chosen])
                    feature[rank, chosen] = positions[signed.argmax(axis=0)]
        return Reasons(theme, feature, contribution)
