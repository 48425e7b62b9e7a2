"""One week of a chunk as the platform's logs would see it: the vectors that all raw tables of the week share."""

from functools import cached_property
from math import log

import numpy as np
import numpy.typing as npt

from engage_assets.synthetic import hazard
from engage_assets.synthetic.draws import F32, U16, Stream, draw, normal, quarters
from engage_assets.synthetic.platform import EPOCH, Platform, monday
from engage_assets.synthetic.signals import Codes, Signal, encode
from engage_assets.synthetic.traits import Flags
from engage_assets.synthetic.walk import TREND_SCALE, Walk

SEASONAL_LEVEL = 0.12
DAY_US = 86_400_000_000
EPOCH_US = int(np.datetime64(EPOCH, "us").astype(np.int64))
# What is left of 30-day sums after 0, 1, 2, 3 weeks of absence; nothing after four.
_LEFT = (1.0, 0.72, 0.48, 0.24)


class Observation:
    """What the logs of the walk's current week rest on. Arrays have one entry per customer of the chunk.

    ``present`` says who has an account at ``as_of``; rows of the others are dropped when the tables are assembled.
    """

    def __init__(self, platform: Platform, walk: Walk) -> None:
        self.platform, self.walk, self.traits = platform, walk, walk.traits
        self.week = walk.week
        self.monday = monday(walk.week)
        self.active: Flags = walk.active
        self.present: Flags = np.asarray(self.traits.signup_week <= walk.week)
        drift = platform.defect("drift")
        recorded = SEASONAL_LEVEL * hazard.season(self.week)
        if drift is not None and drift.starts(self.monday):
            recorded -= drift.number("shift")
        self.level = walk.level + np.float32(recorded)
        self.use = self.level - self.traits.habit
        self.mood = walk.felt_mood()
        self.trend = walk.trend * np.float32(1 / TREND_SCALE)
        self._noise: list[U16] = []
        self._stream = int(Stream.SIGNALS)

    @cached_property
    def weeks_away(self) -> npt.NDArray[np.int64]:
        """0 for active customers, else whole weeks since the departure, at most 4."""
        return np.where(self.active, 0, np.minimum(self.walk.days_away() // 7, 4)).astype(np.int64)

    @cached_property
    def month_active(self) -> Flags:
        """Customers whose 30-day columns still hold something."""
        return np.asarray(self.weeks_away < len(_LEFT))

    @cached_property
    def log_left(self) -> F32:
        """Logarithm of the share of a 30-day sum that an absence has left."""
        return np.take(np.array([*(log(left) for left in _LEFT), -30.0], dtype=np.float32), self.weeks_away)

    @cached_property
    def premium(self) -> Flags:
        """Holders of a paid tier at ``as_of``."""
        return np.asarray(self.walk.tier() > 0)

    def noise(self) -> F32:
        """The next column of standard normal noise of the week; columns must be drawn in a fixed order."""
        if not self._noise:
            self._noise = list(quarters(draw(self.traits.keys, self.week, self._stream)))
            self._stream += 1
        return normal(self._noise.pop())

    def codes(
        self, signal: Signal, *, also: F32 | None = None, only: Flags | None = None, noise: F32 | None = None
    ) -> Codes:
        """Draw a column for those in ``only`` who have it: state, traits, noise (fresh unless given) and ``also``."""
        traits = self.traits
        latent = self.noise() if noise is None else noise
        latent *= np.float32(signal.noise)
        parts: tuple[tuple[float, F32 | Flags], ...] = (
            (signal.level, self.level),
            (signal.use, self.use),
            (signal.mood, self.mood),
            (signal.trend, self.trend),
            (signal.life, self.walk.life_event),
            (signal.creator, traits.creator),
            (signal.video, traits.taste_video),
            (signal.reach, traits.taste_reach),
            (signal.looks, traits.attractiveness),
            (signal.premium, self.premium),
            (signal.trouble, self.walk.trouble),
        )
        for weight, part in parts:
            if weight:
                latent += part * np.float32(weight)
        if signal.level and signal.side != "all":
            latent += (traits.taste_social if signal.side == "social" else traits.taste_dating) * np.float32(0.15)
        if also is not None:
            latent += also
        has = self.month_active if signal.month else self.active
        if signal.month and signal.kind in ("count", "rate"):
            latent += self.log_left
        if signal.side != "all":
            has = has & (traits.social if signal.side == "social" else traits.dating)
        if only is not None:
            has = has & only
        return encode(signal, latent, has)
