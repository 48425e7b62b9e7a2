"""Shapley values of leaves.

The game of one leaf: a coalition S of the columns on its path is known; a known column follows the path or not, an
unknown one follows it with the share of the training weight that did. The leaf pays its value times the product.
Lundberg et al. 2018.
"""

from functools import cache
from itertools import combinations
from math import factorial

import numpy as np

from engage_ml.arrays import F64, Flags


@cache
def follow_patterns(players: int) -> Flags:
    """Every way in which columns follow a path, shape (players, 2 ** players); bit p of the position is player p."""
    return ((np.arange(2**players)[None, :] >> np.arange(players)[:, None]) & 1).astype(np.bool_)


def leaf_shapley(shares: F64) -> F64:
    """Shapley values of leaves of value one, for every way of following their paths.

    Parameters
    ----------
    shares : cover share of each column's tests, shape (leaves, players)

    Returns
    -------
    shape (leaves, players, 2 ** players), the last axis as in ``follow_patterns``
    """
    leaves, players = shares.shape
    known = follow_patterns(players).astype(np.float64)
    result = np.empty((leaves, players, 2**players))
    for player in range(players):
        others = [other for other in range(players) if other != player]
        total = np.zeros((leaves, 2**players))
        for coalition, weight in _coalitions(players):
            term = np.full((leaves, 2**players), weight)
            for position, other in enumerate(others):
                term *= known[other] if position in coalition else shares[:, other, None]
            total += term
        result[:, player] = (known[player] - shares[:, player, None]) * total
    return result


@cache
def _coalitions(players: int) -> tuple[tuple[tuple[int, ...], float], ...]:
    """Every coalition of the other ``players - 1`` columns, with its Shapley weight."""
    others = range(players - 1)
    return tuple(
        (coalition, factorial(size) * factorial(players - 1 - size) / factorial(players))
        for size in range(players)
        for coalition in combinations(others, size)
    )
