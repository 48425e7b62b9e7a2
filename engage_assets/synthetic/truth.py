"""The sealed truth of a week: the exact churn probability, what drives it, and what it would be under each action.

``churn_probability_30d`` is the probability that the customer shows no activity in (as_of, as_of + 30 days], given
everything that has happened up to ``as_of``. The ``driver_*`` columns are additive: their sum is the logarithm of
that probability. For a customer who was active in the week they are the terms of the log-hazard (``hazard``), for one
who is away the terms of the logarithm of the absence's scale; ``driver_absence`` holds the rest: how long an absence
would last, or has lasted, and the chance of being brought back.

``churn_probability_if_<action>`` is the same probability if the customer were treated with that action at ``as_of``.
It equals ``churn_probability_30d`` for customers the action is not meant for.
"""

import numpy as np
import pyarrow as pa

from engage_assets.synthetic import campaigns, hazard
from engage_assets.synthetic.draws import F32
from engage_assets.synthetic.walk import Walk

DRIVERS = (
    "baseline", "engagement_level", "engagement_trend", "satisfaction", "payment_trouble", "life_event", "new_account",
    "break_habit", "season", "campaign",
)  # fmt: skip

SCHEMA = pa.schema(
    [
        pa.field("week", pa.date32()),
        pa.field("customer_id", pa.string()),
        pa.field("churn_probability_30d", pa.float64()),
        *(pa.field(f"driver_{name}", pa.float64()) for name in (*DRIVERS, "absence")),
        *(pa.field(f"churn_probability_if_{action}", pa.float64()) for action in campaigns.ACTION_IDS),
    ]
)


def probabilities(walk: Walk) -> dict[str, F32]:
    """The true probability under "what happens" and under each action id; the former under the key ""."""
    traits, drivers = walk.traits, walk.drivers()
    state = drivers.state()
    log_hazard = drivers.log_hazard(state)
    scale: F32 = np.where(walk.active, hazard.absence_scale(state, traits.habit), walk.scale)
    away, later = walk.days_away(), campaigns.not_won_back(traits, walk.week)

    def given(logarithm: F32, stays: F32) -> F32:
        chance = hazard.churn_probability(walk.active, hazard.hazard(logarithm), scale, away)
        return chance * np.where(walk.active, later, later * stays)

    stays: F32 = np.ones(len(traits), dtype=np.float32)
    treated = walk.assignment.contacted[walk.assignment.treated]
    stays[treated] = np.float32(1 - walk.assignment.action.win_back)
    outcomes = {"": given(log_hazard, stays)}
    for action in campaigns.ACTIONS.values():
        meant = campaigns.eligible(action, traits, walk.week + 1)
        effect = campaigns.effect(action, getattr(drivers, action.driver))
        stronger: F32 = np.where(meant, np.minimum(effect, walk.campaign), walk.campaign)
        kept: F32 = np.where(meant, np.minimum(stays, np.float32(1 - action.win_back)), stays)
        outcomes[action.id] = given(log_hazard + (stronger - walk.campaign), kept)
    return outcomes


def truth_columns(walk: Walk) -> dict[str, pa.Array]:
    """The columns of the truth except the two keys."""
    drivers = walk.drivers()
    outcomes = {name: values.astype(np.float64) for name, values in probabilities(walk).items()}
    weight = np.where(walk.active, np.float32(1), np.float32(hazard.SCALE_ELASTICITY))
    columns = {"churn_probability_30d": pa.array(outcomes[""])}
    rest = np.log(outcomes[""])
    for name in DRIVERS:
        term = _term(walk, name, getattr(drivers, name), weight)
        columns[f"driver_{name}"] = pa.array(term)
        rest -= term
    columns["driver_absence"] = pa.array(np.round(rest, 6))
    columns |= {f"churn_probability_if_{action}": pa.array(outcomes[action]) for action in campaigns.ACTION_IDS}
    return columns


def _term(walk: Walk, name: str, value: F32 | float, weight: F32) -> np.ndarray:
    if name in ("new_account", "campaign"):
        value = value * walk.active
    elif name == "break_habit":
        value = np.where(walk.active, value, walk.traits.habit * np.float32(-hazard.SCALE_HABIT))
    elif name in ("baseline", "season"):
        value = np.where(walk.active, np.float32(value), np.float32(hazard.SCALE if name == "baseline" else 0))
    else:
        value = value * weight
    return np.round(np.asarray(value, dtype=np.float64), 4)
