"""Training the isolation forest with scikit-learn and taking its trees out."""

from dataclasses import replace

import numpy as np
from sklearn.ensemble import IsolationForest

from engage_ml.anomaly import Forest
from engage_ml.arrays import F32, F64, Flags, Int
from engage_ml.feature_matrix import FeatureMatrix
from engage_ml.hyperparameters import FLAGGED_SHARE, FOREST_SUBSAMPLE, FOREST_TREES
from engage_ml.transforms import Transforms

THEMES = frozenset({"activity_level", "social", "dating", "satisfaction", "payment", "friction", "spending"})
"""What a customer does and pays. Age of the account, trends and profile make nobody suspicious."""
MAX_ROWS = 20_000
DEPTH = 8  # log2 of the subsample, as in the paper


def train_forest(x: F32, matrix: FeatureMatrix, transforms: Transforms, *, seed: int) -> Forest:
    """Fits on a regular sample of training features of shape (columns, rows).

    Heavy-tailed columns are split on their signed logarithm, so that a random cut is not always in the far tail.
    """
    sample = x[:, :: max(1, x.shape[1] // MAX_ROWS)]
    columns = _columns(matrix)
    scales = [transforms.columns[c].scale for c in columns]
    fills = [transforms.columns[c].fill for c in columns]
    table = np.empty((sample.shape[1], len(columns)), dtype=np.float32)
    for position, (column, scale, fill) in enumerate(zip(columns, scales, fills, strict=True)):
        known = np.where(np.isnan(sample[column]), np.float32(fill), sample[column])
        table[:, position] = _shrink(known.astype(np.float64), scale)
    forest = IsolationForest(
        n_estimators=FOREST_TREES, max_samples=min(FOREST_SUBSAMPLE, len(table)), random_state=seed, n_jobs=1
    )
    forest.fit(table)
    compact = _take_out(forest, columns, scales, fills)
    scores = compact.score(np.ascontiguousarray(sample))
    return replace(compact, limit=float(np.quantile(scores, 1 - FLAGGED_SHARE)))


def _columns(matrix: FeatureMatrix) -> list[int]:
    chosen = [
        column
        for column, feature in enumerate(matrix.column_feature)
        if matrix.features[feature].theme in THEMES and matrix.features[feature].type == "numeric"
    ]
    return chosen or [column for column in range(matrix.columns) if not matrix.is_indicator(column)] or [0]


def _shrink(values: F64, scale: float) -> F64:
    return np.sign(values) * np.log1p(np.abs(values) / scale) if scale > 0 else values


def _stretch(values: F64, scale: float) -> F64:
    """The inverse of ``_shrink``: thresholds in the feature's own unit, so that scoring needs no transform."""
    return np.sign(values) * np.expm1(np.abs(values)) * scale if scale > 0 else values


def _average_path(n: F64) -> F64:
    """Expected path length of an unsuccessful search among n rows: c(n) of the paper."""
    n = np.asarray(n, dtype=np.float64)
    safe = np.maximum(n, 3)
    general = 2 * (np.log(safe - 1) + np.euler_gamma) - 2 * (safe - 1) / safe
    return np.where(n <= 1, 0.0, np.where(n == 2, 1.0, general))


def _take_out(forest: IsolationForest, columns: list[int], scales: list[float], fills: list[float]) -> Forest:
    roots: list[int] = []
    column_parts: list[Int] = []
    thresholds: list[F32] = []
    missing: list[Flags] = []
    children: list[Int] = []
    lengths: list[F32] = []
    start = 0
    for estimator, features in zip(forest.estimators_, forest.estimators_features_, strict=True):
        tree = estimator.tree_
        size = tree.node_count
        leaf = tree.children_left < 0
        local = np.where(leaf, 0, features[np.maximum(tree.feature, 0)])
        raw = np.array([float(_stretch(np.array(t), scales[c])) for t, c in zip(tree.threshold, local, strict=True)])
        own = np.arange(size)
        pairs = np.empty(2 * size, dtype=np.int64)
        pairs[0::2] = np.where(leaf, own, tree.children_left) + start
        pairs[1::2] = np.where(leaf, own, tree.children_right) + start
        depth = np.zeros(size)
        for node in range(size):  # children come after their parent
            if not leaf[node]:
                depth[[tree.children_left[node], tree.children_right[node]]] = depth[node] + 1
        roots.append(start)
        column_parts.append(np.array(columns, dtype=np.int64)[local])
        thresholds.append(raw.astype(np.float32))
        missing.append(np.array(fills)[local] <= raw)
        children.append(pairs)
        lengths.append((depth + _average_path(tree.n_node_samples)).astype(np.float32))
        start += size
    return Forest(
        roots=np.array(roots, dtype=np.int64),
        column=np.concatenate(column_parts),
        threshold=np.concatenate(thresholds),
        missing_left=np.concatenate(missing),
        children=np.concatenate(children),
        path_length=np.concatenate(lengths),
        depth=DEPTH,
        normaliser=float(_average_path(np.array(forest.max_samples_))),
        limit=1.0,
    )
