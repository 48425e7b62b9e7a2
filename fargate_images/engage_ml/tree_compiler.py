"""Compiles a saved XGBoost model (JSON) into look-up tables."""

import json
from dataclasses import dataclass
from math import log, prod
from typing import Any

import numpy as np

from engage_ml.arrays import F64, Flags
from engage_ml.tree_shap import leaf_shapley
from engage_ml.tree_tables import Half, Test, Tree, TreeTables

MAX_DEPTH = 4
PATTERNS = 256
_PATTERN_BITS: Flags = ((np.arange(PATTERNS)[None, :] >> np.arange(8)[:, None]) & 1).astype(np.bool_)
_LAST_PLACE = 2 ** (MAX_DEPTH - 1) - 1


@dataclass(frozen=True)
class _Step:
    """One test on a leaf's path: the side taken and the share of the cover that takes it."""

    bit: int
    column: int
    goes_left: bool
    share: float


@dataclass
class _Leaf:
    """A leaf: the columns on its path are the players of its game."""

    value: float
    path: list[_Step]
    players: list[int]
    shapley: F64 | None = None

    @classmethod
    def at(cls, value: float, path: list[_Step]) -> "_Leaf":
        return cls(value, path, list(dict.fromkeys(step.column for step in path)))

    @property
    def share(self) -> float:
        return prod(step.share for step in self.path)

    def player_shares(self) -> list[float]:
        """Tests of one column along the path are one player: their shares multiply."""
        return [prod(step.share for step in self.path if step.column == player) for player in self.players]

    def followed(self) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        """For each of the 256 patterns, which players follow the path, one bit each."""
        code = np.zeros(PATTERNS, dtype=np.int64)
        for index, player in enumerate(self.players):
            steps = [step for step in self.path if step.column == player]
            holds = np.logical_and.reduce([_PATTERN_BITS[step.bit] == step.goes_left for step in steps])
            code |= holds.astype(np.int64) << index
        return code


def compile_trees(model: bytes) -> TreeTables:
    """Compiles a model saved as JSON by XGBoost.

    Raises
    ------
    ValueError
        For trees deeper than four, categorical splits, or an unknown objective.
    """
    learner = json.loads(model)["learner"]
    raw = learner["gradient_booster"]["model"]["trees"]
    split = [_split(tree) for tree in raw]
    leaves = [leaf for _, halves in split for _, in_half in halves for leaf in in_half]
    _fill_shapley(leaves)
    trees = []
    for tree, (root, halves) in zip(raw, split, strict=True):
        if root is None:
            trees.append(Tree(None, (), float(tree["split_conditions"][0])))
            continue
        expected = sum(leaf.value * leaf.share for _, in_half in halves for leaf in in_half)
        trees.append(Tree(root, tuple(_tables(tests, in_half) for tests, in_half in halves), expected))
    return TreeTables(tuple(trees), _bias(learner))


def _bias(learner: dict[str, Any]) -> float:
    base = float(str(learner["learner_model_param"]["base_score"]).strip("[]"))
    objective = learner["objective"]["name"]
    if objective in {"binary:logistic", "reg:logistic"}:
        return log(base / (1 - base))
    if objective == "reg:tweedie":
        return log(base)
    if objective == "reg:squarederror":
        return base
    raise ValueError(f"objective {objective!r} is unknown; expected a logistic, Tweedie or squared error model.")


def _split(tree: dict[str, Any]) -> tuple[Test | None, list[tuple[list[Test], list[_Leaf]]]]:
    """The root test, and the tests and leaves of each half. Places are a heap's: the child 1, below it 2 and 3."""
    if any(tree["split_type"]):
        raise ValueError("the model has categorical splits; expected encoded columns.")
    left, right = tree["left_children"], tree["right_children"]
    cover, values = tree["sum_hessian"], tree["split_conditions"]
    if left[0] < 0:
        return None, []

    def test(node: int, place: int) -> Test:
        return Test(place, tree["split_indices"][node], np.float32(values[node]), bool(tree["default_left"][node]))

    root = test(0, 0)
    halves = []
    for child, goes_left in ((left[0], True), (right[0], False)):
        tests: list[Test] = []
        leaves: list[_Leaf] = []
        stack = [(child, 1, [_Step(0, root.column, goes_left, cover[child] / cover[0])])]
        while stack:
            node, place, path = stack.pop()
            if left[node] < 0:
                leaves.append(_Leaf.at(values[node], path))
                continue
            if place > _LAST_PLACE:
                raise ValueError(f"a tree is deeper than {MAX_DEPTH}; train with max_depth={MAX_DEPTH} or less.")
            tests.append(test(node, place))
            column = tests[-1].column
            stack.append((left[node], 2 * place, [*path, _Step(place, column, True, cover[left[node]] / cover[node])]))
            stack.append(
                (right[node], 2 * place + 1, [*path, _Step(place, column, False, cover[right[node]] / cover[node])])
            )
        halves.append((tests, leaves))
    return root, halves


def _fill_shapley(leaves: list[_Leaf]) -> None:
    """Solves the games of all leaves, those with the same number of players together."""
    for players in {len(leaf.players) for leaf in leaves}:
        group = [leaf for leaf in leaves if len(leaf.players) == players]
        solved = leaf_shapley(np.array([leaf.player_shares() for leaf in group]))
        for leaf, shapley in zip(group, solved, strict=True):
            leaf.shapley = shapley * leaf.value


def _tables(tests: list[Test], leaves: list[_Leaf]) -> Half:
    columns = sorted({player for leaf in leaves for player in leaf.players})
    row_of = {column: row for row, column in enumerate(columns)}
    values = np.zeros(PATTERNS)
    shapley = np.zeros((len(columns), PATTERNS))
    for leaf in leaves:
        assert leaf.shapley is not None
        followed = leaf.followed()
        values[followed == 2 ** len(leaf.players) - 1] = leaf.value
        shapley[[row_of[player] for player in leaf.players]] += leaf.shapley[:, followed]
    return Half(tuple(tests), values.astype(np.float32), tuple(columns), shapley.astype(np.float32))
