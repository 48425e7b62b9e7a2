"""Past campaigns: who was contacted at random, and what a contact changes.

Every week one campaign runs. It contacts a random share of the eligible accounts and assigns each of them by lot to
treatment or holdout. A treatment of a customer who is active lowers the log-hazard of leaving by an additive term
that fades by 40 % a week; a treatment of a customer who is away brings them back within the next week with a fixed
probability. Nothing else depends on it, so the churn probability under every action is exact. Costs are paid per
contact and, where there is something to redeem, per redemption.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from engage_assets.synthetic.draws import F32, U16, Stream, draw, quarters, unit
from engage_assets.synthetic.traits import Flags, Traits

Positions = npt.NDArray[np.intp]

CONTACTED_SHARE = 0.05
_CONTACTED = round(65536 * CONTACTED_SHARE)
FADING = 0.6
_LAST_BOUNDARY = 4
# A return is drawn on one of the seven days after the boundary; of the fifth boundary's week only two days are in the
# window.
_IN_WINDOW = MappingProxyType({1: 1.0, 2: 1.0, 3: 1.0, 4: 2 / 7})


@dataclass(frozen=True)
class Action:
    """What an action costs and does.

    ``base`` is its term for every eligible active customer, ``matched`` the further term per unit of the driver it
    answers to, ``win_back`` the probability that it brings back somebody who is away.
    """

    id: str
    base: float
    matched: float
    driver: str
    win_back: float
    redemption: float
    contact_usd: float
    redemption_usd: float
    propensity: float


ACTIONS: Mapping[str, Action] = MappingProxyType(
    {
        action.id: action
        for action in (
            Action("premium_discount", -0.10, -0.35, "payment_trouble", 0.04, 0.18, 0.02, 6.00, 0.7),
            Action("match_boost", -0.08, -0.35, "satisfaction", 0.03, 0.45, 0.02, 1.50, 0.7),
            Action("reengagement_message", -0.05, -0.30, "engagement_trend", 0.08, 0.12, 0.03, 0.00, 0.8),
            Action("support_call", -0.05, -0.55, "satisfaction", 0.05, 0.60, 4.50, 0.00, 0.5),
            Action("creator_bonus", -0.25, -0.20, "engagement_level", 0.06, 0.40, 0.02, 15.00, 0.5),
            Action("content_digest", -0.04, -0.20, "engagement_level", 0.03, 0.25, 0.01, 0.00, 0.8),
        )
    }
)
ACTION_IDS = tuple(ACTIONS)


def action_of_week(week: int) -> Action:
    """The action of the campaign that runs in a week index."""
    return ACTIONS[ACTION_IDS[week % len(ACTION_IDS)]]


def eligible(action: Action, traits: Traits, week: int, who: Positions | slice = slice(None)) -> Flags:
    """Accounts a campaign may contact, among ``who``: open before the week, and of the kind the action is for."""
    known = traits.signup_week[who] < week
    if action.id == "match_boost":
        return np.asarray(known & traits.dating[who])
    if action.id == "creator_bonus":
        return np.asarray(known & traits.creator[who])
    if action.id == "content_digest":
        return np.asarray(known & traits.social[who])
    return np.asarray(known)


def effect(action: Action, driver: F32) -> F32:
    """The additive log-hazard term of a treatment, given the term of the driver that the action answers to."""
    return np.float32(action.base) + np.float32(action.matched) * np.clip(driver, 0, 2)


@dataclass(frozen=True)
class Assignment:
    """The campaign of a week in a chunk: positions of the contacted customers and, for each, whether treated."""

    action: Action
    contacted: Positions
    treated: Flags


def assign(traits: Traits, week: int, uniform: U16) -> Assignment:
    """Who is contacted in a week, by one 16-bit uniform per customer, and who of them is treated."""
    action = action_of_week(week)
    chosen = np.flatnonzero(uniform < _CONTACTED)
    contacted = chosen[eligible(action, traits, week, chosen)]
    u_treated, _, _, _ = quarters(draw(traits.keys[contacted], week, Stream.ASSIGNMENT))
    return Assignment(action, contacted, unit(u_treated) < action.propensity)


def not_won_back(traits: Traits, week: int) -> F32:
    """The probability that no later campaign brings a customer back within 30 days of the ``as_of`` of ``week``."""
    share = _CONTACTED / 65536
    stays = np.ones(len(traits), dtype=np.float32)
    for ahead in range(1, _LAST_BOUNDARY + 1):
        action = action_of_week(week + ahead)
        chance = share * action.propensity * action.win_back * _IN_WINDOW[ahead]
        # Who is open at this as_of is known to every later campaign.
        stays *= np.where(eligible(action, traits, week + 1), np.float32(1 - chance), np.float32(1))
    return stays
