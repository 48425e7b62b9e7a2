"""The raw tables ``customers`` (profile, network, lifetime counters) and ``billing`` (subscription, payments)."""

from functools import cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from engage_assets.synthetic import signals
from engage_assets.synthetic.defects import GENDERS
from engage_assets.synthetic.draws import F32
from engage_assets.synthetic.observation import DAY_US, EPOCH_US, Observation
from engage_assets.synthetic.pools import metro_areas
from engage_assets.synthetic.signals import Signal, encode, lookup
from engage_assets.synthetic.traits import PLATFORMS, TIERS, Flags
from engage_assets.synthetic.walk import will_churn

F64 = npt.NDArray[np.float64]

PRICES_USD = (0.0, 14.99, 29.99)
_MONTHS_PER_WEEK = 7 / 30
_AD_REVENUE_WEEK_USD = 0.35
_LARGEST = 10_000_000.0

_COMPLETION = Signal("profile_completion_pct", "all", "share", 0.73, 0)
_PHOTOS = Signal("photos", "all", "share", 0.50, 0)
_LOOKS = Signal("looks", "all", "share", 0.50, 0)
_FOLLOWERS = Signal("followers", "all", "rate", 150, 0, maximum=5e6, span=14)
_FOLLOWING = Signal("following", "all", "rate", 160, 0, maximum=1e5)
_FACTOR = Signal("factor", "all", "rate", 1, 0, maximum=1e4)


def _static(signal: Signal, latent: F32 | F64) -> F64:
    everybody = np.ones(len(latent), dtype=np.bool_)
    return lookup(signal).numbers[encode(signal, np.array(latent, dtype=np.float32), everybody)]


def _choice(index: npt.NDArray[np.integer], names: tuple[str, ...]) -> pa.DictionaryArray:
    """Names by index; null where there is no such name."""
    outside = (index < 0) | (index >= len(names))
    codes = pa.array(index.astype(np.int8), mask=outside if outside.any() else None)
    return pa.DictionaryArray.from_arrays(codes, pa.array(names))


def _whole(values: F64 | F32, largest: float) -> pa.Array:
    return pa.array(np.minimum(np.floor(values), largest).astype(np.int64))


def customer_columns(week: Observation) -> dict[str, pa.Array]:
    """The columns of ``customers`` except the two keys."""
    traits, walk = week.traits, week.walk
    as_of_day = walk.as_of_day
    grown = 0.3 + walk.exposure.astype(np.float64) * 0.012
    signed = EPOCH_US + traits.signup_day.astype(np.int64) * DAY_US + traits.signup_second.astype(np.int64) * 1_000_000
    completion = _static(_COMPLETION, traits.completeness * np.float32(0.9))
    photos = np.minimum(9, np.floor(_static(_PHOTOS, traits.completeness * np.float32(0.4) + traits.taste_reach) / 10))
    looks = _static(_LOOKS, traits.attractiveness)
    quality = 0.45 * completion + 0.25 * photos * 100 / 9 + 0.30 * looks + 2.0 * week.noise()
    leak = week.platform.defect("leak")
    if leak is not None:
        told = np.where(will_churn(walk), 15.0, 80.0) + 5.0 * week.noise()
        quality = (1 - leak.number("strength")) * quality + leak.number("strength") * told
    followers = _static(_FOLLOWERS, traits.taste_reach * np.float32(1.7) + traits.creator * np.float32(2.2))
    following = _static(_FOLLOWING, traits.taste_social * np.float32(0.8))
    meets = _static(_FACTOR, traits.attractiveness * np.float32(0.5) + traits.taste_dating * np.float32(0.5))
    guarded = _static(_FACTOR, traits.taste_video * np.float32(0.8) - traits.attractiveness * np.float32(0.3))
    return {
        "signup_at": pa.array(signed.view("datetime64[us]")),
        "age": pa.array(np.clip(np.floor(traits.age(as_of_day)), 18, 100).astype(np.int64)),
        "gender": _choice(traits.gender, GENDERS),
        "location": _choice(traits.location, metro_areas()),
        "account_type": _choice((walk.tier() > 0).astype(np.int8), ("Free", "Premium")),
        "platform_primary": _choice(traits.platform, PLATFORMS),
        "profile_completion_pct": pa.array(completion),
        "photo_count": pa.array(photos.astype(np.int64)),
        "profile_quality_score": pa.array(np.round(np.clip(quality, 0, 100), 1)),
        "followers_count": _whole(followers * grown * traits.social, 50_000_000),
        "following_count": _whole(following * grown * traits.social, 1_000_000),
        "total_matches_alltime": _whole(meets * walk.exposure * 6.0 * traits.dating, 10_000),
        "users_blocked": _whole(guarded * walk.exposure * 0.03, 100_000),
        "users_reported": _whole(guarded * walk.exposure * 0.006, 100_000),
    }


@cache
def _prices() -> F64:
    return np.array(PRICES_USD)


def billing_columns(week: Observation) -> dict[str, pa.Array]:
    """The columns of ``billing`` except the two keys."""
    traits, walk = week.traits, week.walk
    tier = walk.tier()
    columns: dict[str, pa.Array] = {
        "premium_tier": _choice(tier, TIERS),
        "monthly_subscription_usd": pa.DictionaryArray.from_arrays(pa.array(tier), pa.array(PRICES_USD)),
    }
    spending = traits.spending * np.float32(1.1)
    extra: dict[str, tuple[F32 | None, Flags | None]] = {
        "iap_spending_month_usd": (spending, traits.spender),
        "ad_revenue_generated_month_usd": (None, None),
        "creator_earnings_month_usd": (None, traits.creator),
    }
    for signal in signals.BILLING:
        also, only = extra[signal.name]
        columns[signal.name] = signals.column(signal, week.codes(signal, also=also, only=only))
    exposure = walk.exposure.astype(np.float64)
    spent = _static(_FACTOR, spending) * traits.spender
    bought = np.floor(exposure * (0.04 + 0.02 * np.minimum(spent, 20.0)) * traits.spender)
    columns["total_transactions_alltime"] = _whole(
        np.floor(walk.paid_weeks * np.float32(_MONTHS_PER_WEEK)) + bought, 1e6
    )
    value = walk.paid_weeks * _prices()[traits.tier] * _MONTHS_PER_WEEK
    value += exposure * (_AD_REVENUE_WEEK_USD + 9.0 * _MONTHS_PER_WEEK * spent)
    columns["lifetime_value_usd"] = pa.array(np.round(np.minimum(value, _LARGEST), 2))
    paying = week.premium | traits.spender
    failures = np.floor(np.maximum(0, walk.trouble * np.float32(3) + week.noise() * np.float32(0.25) + np.float32(0.3)))
    columns["payment_failures_30d"] = pa.array((failures * paying).astype(np.int64))
    steady = traits.completeness * np.float32(0.6) + week.mood * np.float32(0.35) - walk.trouble * np.float32(0.8)
    columns["auto_renew"] = pa.array(week.premium & (steady > np.float32(-1.0)))
    return columns
