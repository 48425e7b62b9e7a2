"""The hidden state of a chunk of customers, walked week by week from the epoch.

A week has two halves. ``begin_week`` moves the states of the customers who are active in it and applies its campaign:
after it the week can be observed (tables, ``drivers``, truth). ``end_week`` draws who goes away at ``as_of``, for how
long, and who is brought back. Days are counted from the epoch; a customer is active in a week when ``return_day``
lies before its end.
"""

import copy
from math import exp

import numpy as np

from engage_assets.synthetic import campaigns, hazard
from engage_assets.synthetic.campaigns import Positions
from engage_assets.synthetic.draws import F32, STATIC, U16, U32, Stream, draw, halves, normal, quarters, unit, words
from engage_assets.synthetic.hazard import Drivers
from engage_assets.synthetic.platform import Platform
from engage_assets.synthetic.traits import I8, I32, Flags, Traits

LEVEL_MEMORY = 0.95
LEVEL_SHOCK = 0.10
TREND_MEMORY = 0.85
TREND_SHOCK = 0.10
TREND_SCALE = 0.19
"""Standard deviation of the trend, to speak of it in standard units."""
MOOD_MEMORY = 0.93
MOOD_SHOCK = 0.37

TROUBLE_MEMORY = 0.75
TROUBLE_START = 0.022
LIFE_EVENT_START = 0.012
LIFE_EVENT_END = 0.15
CANCELLED_AFTER_DAYS = 63

AWAY_AT_START = 0.60
_NEVER = 1 << 28
_FADING_NEWNESS = exp(-1 / hazard.NEW_ACCOUNT_WEEKS)


class Walk:
    """Hidden states of one chunk. Every array has one entry per customer of ``traits``.

    Attributes
    ----------
    level, trend, mood : standardised engagement level, its weekly change and satisfaction
    trouble : payment trouble, 0 (none) to about 2
    life_event : 1 while something outside the app takes the customer's time
    newness : log-hazard term of a young account
    return_day, departure_day : when the current or last absence ends and began
    scale : the scale s of the current or last absence in days (``hazard``)
    campaign : additive log-hazard term of past treatments
    exposure, paid_weeks : activity and paid subscription weeks since sign-up; they only grow
    active : customers with activity in the current week
    """

    def __init__(self, platform: Platform, traits: Traits) -> None:
        self.traits = traits
        self.week = 0
        count = len(traits)
        self._biased = platform.defect("biased_group")
        z_level, z_trend, z_mood, u_away = quarters(draw(traits.keys, STATIC, Stream.START))
        self.level = normal(z_level) * np.float32(0.8)
        self.trend = normal(z_trend) * np.float32(TREND_SCALE)
        self.mood = normal(z_mood)
        self.trouble = np.zeros(count, dtype=np.float32)
        self.life_event = np.zeros(count, dtype=np.float32)
        self.campaign = np.zeros(count, dtype=np.float32)
        self.return_day = traits.signup_day.copy()
        self.departure_day = np.full(count, -_NEVER, dtype=np.int32)
        self.scale = np.ones(count, dtype=np.float32)
        weeks_open = np.maximum(0, -traits.signup_week)
        self.newness = np.float32(hazard.NEW_ACCOUNT) * _powers(_FADING_NEWNESS, 60)[np.minimum(weeks_open, 59)]
        self.exposure = weeks_open.astype(np.float32) * np.float32(0.5)
        self.paid_weeks = np.maximum(0, np.minimum(weeks_open, 40) - traits.premium_from).astype(np.float32)
        self._premium_week = traits.signup_week + traits.premium_from
        self._habit_term: F32 = traits.habit * np.float32(hazard.HABIT)
        self._drivers = self._terms()
        self._start_absences(unit(u_away))
        self._u_leave: U32 = np.empty(0, dtype=np.uint32)
        self.assignment: campaigns.Assignment
        self.week = -1

    def _start_absences(self, u_away: F32) -> None:
        """Accounts already away at the epoch, with the ages that such a stock has after long running."""
        age, remaining = halves(draw(self.traits.keys, STATIC, Stream.START_ABSENCE))
        weeks_away = np.floor(1.5 * 130.0**age).astype(np.int32)
        away = np.flatnonzero((u_away < AWAY_AT_START) & (-self.traits.signup_day > 7 * (weeks_away + 1)))
        gone = 7 * weeks_away[away]
        # Who is still away after a long time is, by selection, somebody with a long scale.
        scale = hazard.absence_scale(self._drivers.state()[away], self.traits.habit[away]) + np.float32(0.5) * gone
        self._leave(away, -gone, (scale + gone) / np.sqrt(remaining[away]) - scale, scale.astype(np.float32))

    def _leave(self, who: Positions, day: I32 | int, length: np.ndarray, scale: F32) -> None:
        self.departure_day[who] = day
        self.scale[who] = scale
        self.return_day[who] = day + np.minimum(np.floor(length), _NEVER).astype(np.int32)

    @property
    def as_of_day(self) -> int:
        """The end of the current week, in days since the epoch."""
        return 7 * (self.week + 1)

    def days_away(self) -> I32:
        """Days since the departure at ``as_of``; meaningful for customers who are not active."""
        return (self.as_of_day - self.departure_day).astype(np.int32)

    def subscribed(self) -> Flags:
        """Holders of a tier at ``as_of``: from when they took it, until a long absence ends it."""
        kept = self.departure_day > self.as_of_day - CANCELLED_AFTER_DAYS
        kept |= self.active
        kept &= self._premium_week <= self.week
        return np.asarray(kept)

    def tier(self) -> I8:
        """Index into ``TIERS`` at ``as_of``."""
        return self.traits.tier * self.subscribed()

    def felt_mood(self) -> F32:
        """Satisfaction as it acts and shows: lower in the planted biased group."""
        if self._biased is None:
            return self.mood
        attribute = "gender" if "gender" in self._biased.values else "age_band"
        group = self.traits.in_group(attribute, str(self._biased.values[attribute]), self.as_of_day)
        felt: F32 = self.mood - group.astype(np.float32) * np.float32(self._biased.number("shift"))
        return felt

    def begin_week(self) -> None:
        """Move to the next week: states of its active customers, then its campaign."""
        self.week += 1
        self.active: Flags = np.asarray(self.return_day < self.as_of_day)
        self._welcome()
        self._move_moods()
        u_life, u_contact, _, _ = quarters(bits := draw(self.traits.keys, self.week, Stream.EVENTS))
        _, self._u_leave = words(bits)
        self._move_life_events(u_life)
        self.exposure += np.maximum(self.level * np.float32(0.35) + np.float32(1), np.float32(0.15)) * self.active
        self.paid_weeks += self.subscribed()
        self.campaign *= np.float32(campaigns.FADING)
        self._drivers = self._terms()
        self._contact(u_contact)

    def _welcome(self) -> None:
        """New accounts start; a customer who comes back after a missed week starts milder than before."""
        self.newness *= np.float32(_FADING_NEWNESS)
        arrived = np.flatnonzero(self.active & (self.return_day >= 7 * self.week))
        new = self.traits.signup_week[arrived] == self.week
        self.newness[arrived[new]] = hazard.NEW_ACCOUNT
        back = arrived[~new & (self.departure_day[arrived] < 7 * self.week)]
        self.level[back] *= np.float32(0.7)
        self.trend[back] = 0
        self.mood[back] *= np.float32(0.6)
        self.life_event[back] = 0

    def _move_moods(self) -> None:
        z_level, z_trend, z_mood, u_trouble = quarters(draw(self.traits.keys, self.week, Stream.SHOCKS))
        # Steps times 0 or 1 rather than a masked copy: four times faster, and an absent customer's state stands
        # still.
        moves = self.active.astype(np.float32)
        _step(self.trend, TREND_MEMORY, normal(z_trend) * np.float32(TREND_SHOCK), moves)
        _step(self.level, LEVEL_MEMORY, normal(z_level) * np.float32(LEVEL_SHOCK) + self.trend, moves)
        _step(self.mood, MOOD_MEMORY, normal(z_mood) * np.float32(MOOD_SHOCK), moves)
        self.trouble *= np.float32(TROUBLE_MEMORY)
        struck = np.flatnonzero((u_trouble < round(65536 * TROUBLE_START)) & self.active)
        paying = self.traits.spender[struck] | (self._premium_week[struck] <= self.week)
        self.trouble[struck[paying]] += 1

    def _move_life_events(self, uniform: U16) -> None:
        over = np.flatnonzero((self.life_event > 0) & (uniform < round(65536 * LIFE_EVENT_END)) & self.active)
        begun = np.flatnonzero((uniform >= round(65536 * (1 - LIFE_EVENT_START))) & self.active)
        self.life_event[over] = 0
        self.life_event[begun] = 1

    def _contact(self, uniform: U16) -> None:
        self.assignment = campaigns.assign(self.traits, self.week, uniform)
        treated = self.assignment.contacted[self.assignment.treated]
        treated = treated[self.active[treated]]
        answered = getattr(self._drivers, self.assignment.action.driver)[treated]
        self.campaign[treated] = np.minimum(self.campaign[treated], campaigns.effect(self.assignment.action, answered))

    def _terms(self) -> Drivers:
        return Drivers(
            baseline=hazard.BASELINE,
            engagement_level=self.level * np.float32(hazard.LEVEL),
            engagement_trend=self.trend * np.float32(hazard.TREND / TREND_SCALE),
            satisfaction=self.felt_mood() * np.float32(hazard.SATISFACTION),
            payment_trouble=self.trouble * np.float32(hazard.PAYMENT_TROUBLE),
            life_event=self.life_event * np.float32(hazard.LIFE_EVENT),
            new_account=self.newness,
            break_habit=self._habit_term,
            season=-hazard.SEASON * hazard.season(self.week),
            campaign=self.campaign,
        )

    def drivers(self) -> Drivers:
        """The additive log-hazard terms of the current week's ``as_of``; valid until the next week begins."""
        return self._drivers

    def end_week(self) -> None:
        """Draw the departures and returns of ``as_of``."""
        state = self._drivers.state()
        log_hazard = self._drivers.log_hazard(state)
        leaving = np.flatnonzero(hazard.leaves(log_hazard, self._u_leave) & self.active)
        scale = hazard.absence_scale(state[leaving], self.traits.habit[leaving])
        u_length, _ = halves(draw(self.traits.keys[leaving], self.week, Stream.ABSENCE))
        self._win_back()
        self._leave(leaving, self.as_of_day, scale / np.sqrt(u_length) - scale, scale)

    def _win_back(self) -> None:
        treated = self.assignment.contacted[self.assignment.treated]
        treated = treated[~self.active[treated]]
        u_back, u_day, _, _ = quarters(draw(self.traits.keys[treated], self.week, Stream.CAMPAIGN_RESPONSE))
        back = unit(u_back) < self.assignment.action.win_back
        day = self.as_of_day + (unit(u_day) * np.float32(7)).astype(np.int32)
        self.return_day[treated[back]] = np.minimum(self.return_day[treated], day)[back]

    def copy(self) -> "Walk":
        """An independent walk from the same point, to look ahead; the traits are shared."""
        twin = copy.copy(self)
        for name, value in vars(self).items():
            if isinstance(value, np.ndarray):
                setattr(twin, name, value.copy())
        twin._drivers = twin._terms()
        return twin


def will_churn(walk: Walk) -> Flags:
    """What really happens: no activity in the 30 days after the current ``as_of``. Leaves ``walk`` as it is."""
    ahead = walk.copy()
    end = ahead.as_of_day + hazard.WINDOW_DAYS
    gone = np.ones(len(walk.traits), dtype=np.bool_)
    for _ in range(5):
        ahead.end_week()
        ahead.begin_week()
        gone &= ~(ahead.active & (ahead.return_day < end))
    return gone


def _step(state: F32, memory: float, shock: F32, moves: F32) -> None:
    """One autoregressive step, in place, of the customers that move."""
    shock -= state * np.float32(1 - memory)
    shock *= moves
    state += shock


def _powers(base: float, count: int) -> F32:
    return np.array([base**power for power in range(count)], dtype=np.float32)
