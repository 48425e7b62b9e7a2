"""What a customer is: the traits that never change. One row per customer of a chunk.

Gender and location are drawn apart from everything else, so the clean platform treats every group alike.
Age only tilts which side of the app somebody came for.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from engage_assets.synthetic.defects import AGE_BANDS, GENDERS
from engage_assets.synthetic.draws import F32, STATIC, U64, Stream, customer_keys, draw, halves, normal, quarters, unit
from engage_assets.synthetic.identifiers import uuid_text
from engage_assets.synthetic.platform import REFERENCE_INDEX, Platform, opened_after_reference

I32 = npt.NDArray[np.int32]
I8 = npt.NDArray[np.int8]
Flags = npt.NDArray[np.bool_]

PLATFORMS = ("Social_Media", "Dating", "Both")
TIERS = ("Free", "Gold", "Platinum")

OPENED_BEFORE_EPOCH = 0.86
OLDEST_ACCOUNT_DAYS = 2200
_NO_PREMIUM = 10_000


@dataclass(frozen=True)
class Traits:
    """Static traits of the customers of a chunk; every array has one entry per customer.

    ``signup_day`` counts days since the epoch, ``signup_second`` seconds of that day. ``taste_*`` and ``habit`` are
    standard normal. ``premium_from`` is the week since sign-up from which the customer holds ``tier``.
    """

    keys: U64
    ids: pa.StringArray
    signup_day: I32
    signup_second: I32
    signup_week: I32
    age_at_signup: F32
    gender: I8
    location: I8
    platform: I8
    social: Flags
    dating: Flags
    creator: Flags
    tier: I8
    premium_from: I32
    habit: F32
    taste_social: F32
    taste_dating: F32
    taste_video: F32
    taste_reach: F32
    spender: Flags
    spending: F32
    completeness: F32
    attractiveness: F32

    def __len__(self) -> int:
        return len(self.keys)

    def age(self, day: int) -> F32:
        """Age in years at a day since the epoch, at most 100."""
        years = (day - self.signup_day).astype(np.float32) / np.float32(365.25)
        age: F32 = np.minimum(np.float32(100), self.age_at_signup + np.maximum(years, np.float32(0)))
        return age

    def age_band(self, day: int) -> I8:
        """Index into ``AGE_BANDS`` at a day since the epoch."""
        return np.searchsorted([25, 35, 45, 55], self.age(day), side="right").astype(np.int8)

    def in_group(self, attribute: str, group: str, day: int) -> Flags:
        """Membership of a gender or an age band."""
        if attribute == "gender":
            return np.asarray(self.gender == GENDERS.index(group))
        return np.asarray(self.age_band(day) == AGE_BANDS.index(group))


@cache
def _age_table() -> F32:
    # Quantiles of the age at sign-up: young, with a long tail.
    shares = [0.0, 0.20, 0.45, 0.65, 0.80, 0.90, 0.97, 1.0]
    years = [18.0, 22.0, 27.0, 33.0, 41.0, 49.0, 61.0, 84.0]
    return np.interp(np.arange(65536) / 65536, shares, years).astype(np.float32)


def _choose(uniform: F32, weights: tuple[float, ...]) -> I8:
    edges = np.cumsum(np.asarray(weights, dtype=np.float64))[:-1].astype(np.float32)
    return np.searchsorted(edges, uniform, side="right").astype(np.int8)


def _signup_day(platform: Platform, start: int, keys: U64) -> I32:
    """Days since the epoch, negative before it. Exactly ``platform.customers`` open before the reference week ends."""
    place, within = halves(draw(keys, STATIC, Stream.SIGNUP))
    before = -1 - np.floor(OLDEST_ACCOUNT_DAYS * (place / OPENED_BEFORE_EPOCH) ** 2)
    days_open = 7 * (REFERENCE_INDEX + 1)
    after = np.floor((place - OPENED_BEFORE_EPOCH) / (1 - OPENED_BEFORE_EPOCH) * days_open)
    day = np.where(place < OPENED_BEFORE_EPOCH, before, after)
    late = start + np.arange(len(keys)) - platform.customers
    if late[-1] >= 0:
        weeks = 1
        while opened_after_reference(platform.customers, weeks) <= late[-1]:
            weeks *= 2
        opened = [opened_after_reference(platform.customers, week) for week in range(weeks + 1)]
        week = np.searchsorted(opened, late, side="right")
        day = np.where(late >= 0, 7 * (REFERENCE_INDEX + week) + np.floor(7 * within), day)
    return day.astype(np.int32)


def draw_traits(platform: Platform, start: int, count: int) -> Traits:
    """The traits of customers ``start`` … ``start + count - 1``."""
    keys = customer_keys(platform.seed, start, count)
    signup_day = _signup_day(platform, start, keys)
    u_platform, u_creator, u_tier, u_premium = (unit(part) for part in quarters(draw(keys, STATIC, Stream.PROFILE)))
    u_age, u_gender, u_location, u_second = quarters(draw(keys, STATIC, Stream.DEMOGRAPHY))
    social_taste, dating_taste, video_taste, reach_taste = (
        normal(part) for part in quarters(draw(keys, STATIC, Stream.TASTE))
    )
    u_spender, z_spending, z_complete, z_attractive = quarters(draw(keys, STATIC, Stream.SPENDING))
    z_habit, _, _, _ = quarters(draw(keys, STATIC, Stream.HABIT))

    age = np.take(_age_table(), u_age, mode="clip")
    tilt = np.clip((age - 30) * np.float32(0.004), -0.05, 0.12).astype(np.float32)  # older customers date more
    kind = _choose(np.clip(u_platform + tilt * (1 - u_platform), 0, 1).astype(np.float32), (0.42, 0.28, 0.30))
    # Order of PLATFORMS: Social_Media, Dating, Both.
    social, dating = kind != 1, kind != 0
    tier = _choose(u_tier, (0.76, 0.16, 0.08))
    premium_from = np.where(tier > 0, (u_premium * u_premium * 60).astype(np.int32), _NO_PREMIUM)
    return Traits(
        keys=keys,
        ids=uuid_text(draw(keys, STATIC, Stream.ID_HIGH), draw(keys, STATIC, Stream.ID_LOW)),
        signup_day=signup_day,
        signup_second=(unit(u_second) * np.float32(80_000)).astype(np.int32) + 60,
        signup_week=np.floor_divide(signup_day, 7).astype(np.int32),
        age_at_signup=age,
        gender=_choose(unit(u_gender), (0.46, 0.44, 0.03, 0.05, 0.02)),
        location=_location(unit(u_location)),
        platform=kind,
        social=social,
        dating=dating,
        creator=social & (u_creator < 0.14),
        tier=tier,
        premium_from=premium_from.astype(np.int32),
        habit=normal(z_habit),
        taste_social=social_taste,
        taste_dating=dating_taste,
        taste_video=video_taste,
        taste_reach=reach_taste,
        spender=unit(u_spender) < 0.35,
        spending=normal(z_spending),
        completeness=normal(z_complete),
        attractiveness=normal(z_attractive),
    )


UNDECLARED_LOCATION = 0.06


def _location(uniform: F32) -> I8:
    """Index into the metro areas, the first ones largest; -1 when undeclared."""
    from engage_assets.synthetic.pools import METRO_AREAS

    weights = 1 / (np.arange(METRO_AREAS) + 4.0)
    edges = np.cumsum(weights / weights.sum())[:-1] * (1 - UNDECLARED_LOCATION)
    index = np.searchsorted(edges.astype(np.float32), uniform, side="right").astype(np.int8)
    return np.where(uniform >= 1 - UNDECLARED_LOCATION, np.int8(-1), index).astype(np.int8)
