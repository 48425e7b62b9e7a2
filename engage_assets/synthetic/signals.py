"""How the hidden state shows in a behaviour column: one line per column, and tables from latent numbers to values.

A column's latent x is a weighted sum of state, traits and weekly noise. A ``count`` is floor(centre * exp(x)), a
``rate`` the same rounded to two decimals, a ``share`` 100 * logistic(logit(centre) + x) to one decimal, a ``score``
the same between 0 and 5 to two. The value is read from a table of 4,096 steps, and Parquet stores the table's
distinct values with one code per row.
"""

from dataclasses import dataclass
from functools import cache
from math import log
from typing import Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from engage_assets.synthetic.draws import F32
from engage_assets.synthetic.traits import Flags

Codes = npt.NDArray[np.uint16]
Kind = Literal["count", "rate", "share", "score"]
Side = Literal["social", "dating", "all"]

_STEPS = 4096


@dataclass(frozen=True)
class Signal:
    """One column: who has it (``side``), over which window, and the weights of its latent.

    ``use`` weighs the frequency of use, ``level`` the amount of activity; ``month`` columns decay over 30 days of
    absence, the others are zero in a week without activity.
    """

    name: str
    side: Side
    kind: Kind
    centre: float
    noise: float
    level: float = 0.0
    use: float = 0.0
    mood: float = 0.0
    trend: float = 0.0
    life: float = 0.0
    creator: float = 0.0
    video: float = 0.0
    reach: float = 0.0
    looks: float = 0.0
    premium: float = 0.0
    trouble: float = 0.0
    month: bool = False
    maximum: float = 1e9
    span: float = 8.0


# fmt: off
# ruff: noqa: E501
ACTIVITY: tuple[Signal, ...] = (
    Signal("stories_posted_week", "social", "count", 1.3, .42, level=.50, life=-.6, creator=1.0, maximum=500),
    Signal("stories_viewed_day", "social", "rate", 10, .30, level=.50, maximum=2000),
    Signal("story_completion_rate_pct", "social", "share", .55, .25, mood=.60),
    Signal("reels_created_week", "social", "count", .5, .55, level=.40, life=-.6, creator=1.8, maximum=500),
    Signal("reels_watched_day", "social", "rate", 24, .30, level=.50, video=.5, maximum=5000),
    Signal("avg_reel_watch_time_sec", "social", "rate", 14, .25, level=.10, mood=.20, video=.2, maximum=600),
    Signal("reel_completion_rate_pct", "social", "share", .48, .25, mood=.60),
    Signal("video_watch_hours_week", "social", "rate", 3, .30, level=.50, video=.5, maximum=168),
    Signal("engagement_rate_pct", "social", "share", .04, .35, mood=.25, reach=.3),
    Signal("posts_last_30_days", "social", "count", 2.0, .42, level=.50, life=-.5, creator=1.6, month=True, maximum=3000),
    Signal("comments_posted_week", "social", "count", 4, .42, level=.55, mood=.10, life=-.8, maximum=5000),
    Signal("likes_given_day", "social", "rate", 8, .30, level=.55, mood=.10, life=-.8, maximum=10000),
    Signal("shares_last_week", "social", "count", 1.6, .42, level=.50, life=-.4, maximum=5000),
    Signal("avg_views_per_post", "social", "count", 120, .25, level=.20, creator=1.8, reach=1.6, month=True, maximum=1e8, span=12),
    Signal("ads_clicked_week", "all", "count", 1.3, .60, level=.40, maximum=1000),
    Signal("ad_conversion_rate_pct", "all", "share", .06, .60),
    Signal("feed_time_minutes_day", "social", "rate", 22, .30, level=.50, mood=.10, maximum=1440),
    Signal("discover_page_visits_week", "all", "count", 6, .35, use=.50, trend=.45, life=-.3, maximum=5000),
    Signal("live_streams_watched_week", "social", "count", .8, .60, level=.40, video=.4, maximum=500),
    Signal("live_stream_time_minutes_week", "social", "rate", 32, .42, level=.40, video=.4, maximum=10080),
    Signal("swipes_right_day", "dating", "rate", 14, .30, level=.50, life=-.9, maximum=5000),
    Signal("swipes_left_day", "dating", "rate", 30, .30, level=.50, life=-.9, maximum=5000),
    Signal("messages_sent_day", "dating", "rate", 9, .30, level=.50, mood=.15, life=-.7, maximum=5000),
    Signal("messages_received_day", "dating", "rate", 9, .30, level=.40, mood=.15, life=-.4, looks=.3, maximum=5000),
    Signal("avg_conversation_length", "dating", "rate", 12, .25, mood=.35, maximum=2000),
    Signal("response_rate_pct", "dating", "share", .60, .30, mood=.50, life=-.4),
    Signal("first_message_response_rate_pct", "dating", "share", .32, .30, mood=.50),
    Signal("dates_scheduled_month", "dating", "count", 1.5, .42, level=.40, mood=.20, life=-.9, month=True, maximum=200),
    Signal("super_likes_used_week", "dating", "count", .8, .60, level=.40, premium=.8, maximum=500),
    Signal("boosts_used_month", "dating", "count", .5, .60, level=.30, premium=.9, month=True, maximum=200),
    Signal("super_like_match_rate_pct", "dating", "share", .18, .42, mood=.30, looks=.3),
    Signal("match_satisfaction_score", "dating", "score", .64, .25, mood=.60, month=True, maximum=5),
    Signal("app_opens_day", "all", "rate", 5, .25, use=.50, trend=.25, life=-.3, maximum=1000),
    Signal("session_duration_avg_min", "all", "rate", 8, .25, level=.25, mood=.20, trend=.25, maximum=1440),
    Signal("support_tickets_week", "all", "count", .16, 1.2, mood=-.70, trouble=.8, maximum=500),
)
# Latents that become a column together with another one (see activity.py).
MATCH_SHARE = Signal("match_share", "dating", "share", .09, .25, mood=.10, looks=.4)
SHOW_UP = Signal("show_up", "dating", "share", .72, .25, mood=.40, month=True)
FREQUENCY = Signal("frequency", "all", "rate", 4.2, .25, use=.38, maximum=30)

BILLING: tuple[Signal, ...] = (
    Signal("iap_spending_month_usd", "all", "rate", 9, .40, level=.40, month=True, maximum=100_000, span=10),
    Signal("ad_revenue_generated_month_usd", "all", "rate", 1.8, .30, level=.40, premium=-.7, month=True, maximum=10_000),
    Signal("creator_earnings_month_usd", "social", "rate", 25, .35, level=.30, reach=1.2, month=True, maximum=1_000_000, span=12),
)
# fmt: on


@dataclass(frozen=True)
class Lookup:
    """The distinct values of a column, ascending from 0, and the code of each latent step."""

    values: pa.Array
    numbers: npt.NDArray[np.float64]
    codes: Codes


def _values(signal: Signal, x: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    if signal.kind == "count":
        return np.minimum(np.floor(signal.centre * np.exp(x)), signal.maximum)
    if signal.kind == "rate":
        return np.minimum(np.round(signal.centre * np.exp(x), 2), signal.maximum)
    part = 1 / (1 + np.exp(-x - log(signal.centre / (1 - signal.centre))))
    return np.round(100 * part, 1) if signal.kind == "share" else np.round(5 * part, 2)


@cache
def lookup(signal: Signal) -> Lookup:
    """The table of a signal; built once per process."""
    raw = _values(signal, (np.arange(_STEPS) * 2 / _STEPS - 1) * signal.span)
    numbers = np.unique(np.concatenate(([0.0], raw)))
    kind = pa.int64() if signal.kind == "count" else pa.float64()
    values = pa.array(numbers.astype(np.int64) if signal.kind == "count" else numbers, type=kind)
    return Lookup(values, numbers, np.searchsorted(numbers, raw).astype(np.uint16))


def encode(signal: Signal, latent: F32, present: Flags) -> Codes:
    """Codes of a column: the latent's step where ``present``, 0 (the value 0) elsewhere. Overwrites ``latent``."""
    latent += np.float32(signal.span)
    latent *= np.float32(_STEPS / (2 * signal.span))
    np.maximum(latent, np.float32(0), out=latent)
    np.minimum(latent, np.float32(_STEPS - 1), out=latent)
    codes = np.take(lookup(signal).codes, latent.astype(np.intp))
    codes *= present
    return codes


def column(signal: Signal, codes: Codes) -> pa.DictionaryArray:
    """The Arrow column of some codes."""
    return pa.DictionaryArray.from_arrays(pa.array(codes), lookup(signal).values)
