"""Segments: k-means on a few interpretable axes, with names that stay with their customers across weeks.

An axis is the mean standardised behaviour of one theme. The first model takes its names from a catalogue of profiles;
every later one starts from the centroids of the version before it and keeps the names of the centroids it came from.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Any

import numpy as np

from engage_ml.arrays import F32, F64, Int
from engage_ml.feature_matrix import FeatureMatrix
from engage_ml.transforms import ColumnTransform, Transforms

FILE = "segments.json"
AXES = ("activity_level", "social", "dating", "spending", "tenure")
CLIP = 3.0
"""Standardised values are cut here: one extreme column must not make a segment of its own."""

PROFILES: Mapping[str, tuple[float, ...]] = {
    # activity_level, social, dating, spending, tenure (in standard deviations)
    "Dormant": (-1.3, -0.8, -0.8, -0.4, 0.2),
    "Big spenders": (0.5, 0.4, 0.4, 1.8, 0.2),
    "Dating regulars": (0.5, -0.6, 1.2, 0.0, 0.0),
    "Social regulars": (0.5, 1.1, -0.7, 0.0, 0.0),
    "Newcomers": (0.0, -0.1, -0.1, -0.2, -1.4),
    "Occasional visitors": (-0.2, -0.2, -0.2, -0.3, 0.6),
}
SPEAKS_OF = {
    "Dormant": "activity_level",
    "Big spenders": "spending",
    "Dating regulars": "dating",
    "Social regulars": "social",
    "Newcomers": "tenure",
}
"""The axis without which a profile's name would say what the features do not know. The others fit any customers."""
MAX_ROWS = 30_000
STEPS = 60
TOLERANCE = 1e-5


@dataclass(frozen=True)
class Segments:
    """The fitted axes, the centroids of shape (segments, axes) in standard deviations, and their names."""

    axes: tuple[str, ...]
    columns: tuple[tuple[int, ...], ...]
    column_names: tuple[tuple[str, ...], ...]
    transforms: tuple[tuple[ColumnTransform, ...], ...]
    axis_mean: F64
    axis_spread: F64
    centroids: F64
    names: tuple[str, ...]

    def positions(self, x: F32) -> F64:
        """Place of each row on the axes, shape (axes, rows), for features of shape (columns, rows)."""
        raw = _raw_positions(x, self.columns, self.transforms)
        return (raw - self.axis_mean[:, None]) / self.axis_spread[:, None]

    def assign(self, x: F32) -> Int:
        """Index of each row's segment, shape (rows,)."""
        return _nearest(self.positions(x), self.centroids)

    def to_bytes(self) -> bytes:
        """The model file."""
        content = {
            "axes": self.axes,
            "columns": self.columns,
            "column_names": self.column_names,
            "transforms": [Transforms.of(group).as_json() for group in self.transforms],
            "axis_mean": self.axis_mean.tolist(),
            "axis_spread": self.axis_spread.tolist(),
            "centroids": self.centroids.tolist(),
            "names": self.names,
        }
        return json.dumps(content, indent=1, sort_keys=True).encode()


def load_segments(content: bytes) -> Segments:
    """From the model file."""
    data: dict[str, Any] = json.loads(content)
    return Segments(
        axes=tuple(data["axes"]),
        columns=tuple(tuple(group) for group in data["columns"]),
        column_names=tuple(tuple(group) for group in data["column_names"]),
        transforms=tuple(Transforms.from_json(group).columns for group in data["transforms"]),
        axis_mean=np.array(data["axis_mean"]),
        axis_spread=np.array(data["axis_spread"]),
        centroids=np.array(data["centroids"]),
        names=tuple(data["names"]),
    )


def fit_segments(x: F32, matrix: FeatureMatrix, transforms: Transforms, *, previous: Segments | None) -> Segments:
    """Fits on training features of shape (columns, rows).

    With a `previous` model of the same axes, its scales are kept and its centroids are the starting points, so week
    after week the same kind of customer carries the same name. Centroids never change places on the way, so no name
    is lost or doubled.
    """
    sample = np.ascontiguousarray(x[:, :: max(1, x.shape[1] // MAX_ROWS)])
    if previous is not None and _same_columns(previous, matrix):
        positions = previous.positions(sample)
        centroids = _lloyd(positions, previous.centroids)
        return _with_centroids(previous, centroids, previous.names)
    fresh = _fit_axes(sample, matrix, transforms)
    positions = fresh.positions(sample)
    fitting = {name: p for name, p in PROFILES.items() if SPEAKS_OF.get(name, fresh.axes[0]) in fresh.axes}
    profiles = np.array([[profile[AXES.index(axis)] for axis in fresh.axes] for profile in fitting.values()])
    centroids = _lloyd(positions, profiles)
    return _with_centroids(fresh, centroids, _name(centroids, profiles, tuple(fitting)))


def explained_share(positions: F64, centroids: F64) -> float:
    """Share of the variance that lies between the segments, 0 to 1."""
    nearest = _nearest(positions, centroids)
    within = ((positions - centroids[nearest].T) ** 2).sum()
    total = ((positions - positions.mean(axis=1, keepdims=True)) ** 2).sum()
    return float(max(0.0, 1 - within / total)) if total > 0 else 0.0


def _fit_axes(sample: F32, matrix: FeatureMatrix, transforms: Transforms) -> Segments:
    owners = [matrix.features[feature] for feature in matrix.column_feature]
    groups = {
        axis: tuple(c for c, f in enumerate(owners) if f.theme == axis and not matrix.is_indicator(c)) for axis in AXES
    }
    axes = tuple(axis for axis in AXES if groups[axis])
    if not axes:
        axes, groups = ("activity_level",), {"activity_level": tuple(range(matrix.columns))}
    columns = tuple(groups[axis] for axis in axes)
    plain = tuple(tuple(_only_scaled(transforms.columns[column]) for column in group) for group in columns)
    raw = _raw_positions(sample, columns, plain)
    spread = raw.std(axis=1)
    return Segments(
        axes=axes,
        columns=columns,
        column_names=tuple(tuple(matrix.column_names[c] for c in group) for group in columns),
        transforms=plain,
        axis_mean=raw.mean(axis=1),
        axis_spread=np.where(spread > 1e-9, spread, 1.0),
        centroids=np.zeros((0, len(axes))),
        names=(),
    )


def _only_scaled(column: ColumnTransform) -> ColumnTransform:
    return ColumnTransform(
        column.fill, column.scale, column.center, column.spread, (), zero_flag=False, missing_flag=False
    )


def _raw_positions(x: F32, columns: Sequence[Sequence[int]], transforms: Sequence[Sequence[ColumnTransform]]) -> F64:
    result = np.zeros((len(columns), x.shape[1]))
    term = np.empty((1, x.shape[1]), dtype=np.float32)
    for axis, (group, group_transforms) in enumerate(zip(columns, transforms, strict=True)):
        for column, transform in zip(group, group_transforms, strict=True):
            transform.apply(x[column], term)
            result[axis] += np.clip(term[0], -CLIP, CLIP)
        result[axis] /= len(group)
    return result


def _lloyd(positions: F64, start: F64) -> F64:
    """K-means by Lloyd's steps from the given centroids. A centroid that loses all its rows stays where it is."""
    centroids = start.astype(np.float64).copy()
    for _ in range(STEPS):
        nearest = _nearest(positions, centroids)
        sizes = np.bincount(nearest, minlength=len(centroids))
        sums = np.vstack([np.bincount(nearest, weights=axis, minlength=len(centroids)) for axis in positions]).T
        moved = np.where(sizes[:, None] > 0, sums / np.maximum(sizes, 1)[:, None], centroids)
        shift = float(np.abs(moved - centroids).max())
        centroids = moved
        if shift < TOLERANCE:
            break
    return centroids


def _nearest(positions: F64, centroids: F64) -> Int:
    distances = (centroids**2).sum(axis=1)[:, None] - 2 * centroids @ positions
    return np.asarray(distances.argmin(axis=0))


def _name(centroids: F64, profiles: F64, names: tuple[str, ...]) -> tuple[str, ...]:
    """Gives each centroid one profile's name, so that the summed squared distance is smallest."""
    distances = ((centroids[:, None, :] - profiles[None, :, :]) ** 2).sum(axis=2)
    rows = np.arange(len(centroids))
    best = min(permutations(range(len(names))), key=lambda order: float(distances[rows, list(order)].sum()))
    return tuple(names[index] for index in best)


def _same_columns(previous: Segments, matrix: FeatureMatrix) -> bool:
    return all(
        column < matrix.columns and matrix.column_names[column] == name
        for group, names in zip(previous.columns, previous.column_names, strict=True)
        for column, name in zip(group, names, strict=True)
    )


def _with_centroids(segments: Segments, centroids: F64, names: tuple[str, ...]) -> Segments:
    return Segments(
        segments.axes,
        segments.columns,
        segments.column_names,
        segments.transforms,
        segments.axis_mean,
        segments.axis_spread,
        centroids,
        names,
    )
