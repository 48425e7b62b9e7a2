"""What truly drives a customer's 30-day churn probability against the average customer, and which reason names it.

For a customer who was active in the week

    ln p = ln h + 2 ln(s / (s + 30)) + …
    ln h = sum of the terms,    ln s = SCALE + state terms - SCALE_HABIT x habit

so every state term acts twice: on leaving, and on how long the absence lasts. A driver's contribution is its own
change against the average customer, plus its share of the change of the absence's term; that share is proportional
to its change of ln s (the Aumann-Shapley value, exact because the absence depends on ln s alone).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from engage_assets.synthetic import hazard

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

STATE = ("engagement_level", "engagement_trend", "satisfaction", "payment_trouble", "life_event")

THEMES: Mapping[str, frozenset[str]] = {
    "engagement_level": frozenset({"activity_level", "social", "dating"}),
    "engagement_trend": frozenset({"activity_trend"}),
    "satisfaction": frozenset({"satisfaction", "friction"}),
    "payment_trouble": frozenset({"payment", "friction"}),
    "life_event": frozenset({"activity_trend"}),
    "habit": frozenset({"activity_level"}),
    "new_account": frozenset({"tenure"}),
    "campaign": frozenset({"campaign"}),
}
"""The themes of reasons that name a driver. Support tickets (friction) come of dissatisfaction and payment trouble."""

ABSENCE = frozenset({"recency", "activity_level", "activity_trend"})
"""The themes that tell of a customer who is away."""


@dataclass(frozen=True)
class Drivers:
    """The largest true driver of each customer: its place in ``THEMES``, and its contribution to ln p."""

    largest: npt.NDArray[np.int64]
    contribution: Floats


def active_in_week(truth: pa.Table) -> Flags:
    """Whether each customer was active in the week: the terms are then those of the log-hazard."""
    return np.asarray(np.isclose(truth["driver_baseline"].to_numpy(), hazard.BASELINE))


def contributions(truth: pa.Table) -> Floats:
    """Each driver's contribution to ln p against the average of the customers given, who were active in the week.

    Shape (len(THEMES), rows).
    """
    terms = {name: truth[f"driver_{name}"].to_numpy() for name in (*STATE, "new_account", "campaign", "break_habit")}
    habit = terms["break_habit"] / hazard.HABIT
    state = np.sum([terms[name] for name in STATE], axis=0)
    log_scale = hazard.SCALE + hazard.SCALE_ELASTICITY * state - hazard.SCALE_HABIT * habit
    middle = float(log_scale.mean())
    slope = _slope(log_scale, middle)

    def changed(values: Floats) -> Floats:
        return np.asarray(values - values.mean())

    found = {name: changed(terms[name]) * (1 + hazard.SCALE_ELASTICITY * slope) for name in STATE}
    found["habit"] = changed(habit) * (hazard.HABIT - hazard.SCALE_HABIT * slope)
    found |= {name: changed(terms[name]) for name in ("new_account", "campaign")}
    return np.array([found[name] for name in THEMES])


def largest_drivers(truth: pa.Table) -> Drivers:
    """The driver with the largest contribution, of customers active in the week."""
    found = contributions(truth)
    largest = np.abs(found).argmax(axis=0)
    return Drivers(largest, found[largest, np.arange(found.shape[1])])


def _slope(log_scale: Floats, middle: float) -> Floats:
    """(g(u) - g(middle)) / (u - middle) for the absence's term g(u) = 2 ln(s / (s + 30)), s = exp(u)."""

    def term(u: Floats) -> Floats:
        return np.asarray(2 * u - 2 * np.log(np.exp(u) + hazard.WINDOW_DAYS))

    change = log_scale - middle
    derivative = 2 * hazard.WINDOW_DAYS / (np.exp(middle) + hazard.WINDOW_DAYS)
    near = np.abs(change) < 1e-6
    return np.where(near, derivative, (term(log_scale) - term(np.array(middle))) / np.where(near, 1.0, change))
