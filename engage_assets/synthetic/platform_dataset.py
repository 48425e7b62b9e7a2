"""The one-file platform dataset of a week: 72 columns, raw and derived, as CSV and Parquet, streamed by chunk.

Derived columns follow the formulas of the feature models. ``churn_30_day`` is what happens in the simulated weeks
after ``as_of``; ``churn_probability`` is empty: it is a model's output. ``data_generated_at`` is three hours after
``as_of``, so that the same platform always writes the same file.
"""

import os
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from engage_assets.synthetic.accounts import billing_columns, customer_columns
from engage_assets.synthetic.activity import activity_columns, activity_times
from engage_assets.synthetic.engagement import score_30_days, score_of_week
from engage_assets.synthetic.observation import DAY_US, EPOCH_US, Observation
from engage_assets.synthetic.platform import Platform, week_index
from engage_assets.synthetic.schema import RAW_TABLES
from engage_assets.synthetic.traits import draw_traits
from engage_assets.synthetic.walk import Walk, will_churn
from engage_assets.synthetic.writing import CHUNK

RECENCY_WEEKS = 26
"""How far back the last activity is looked for; older than that counts as this long ago."""

_F64 = npt.NDArray[np.float64]
_POINT_IN_TIME = frozenset(
    {
        "week", "signup_at", "first_active_at", "last_active_at", "active_days", "support_tickets_week",
        "payment_failures_30d", "auto_renew",
    }
)  # fmt: skip
_DERIVED = pa.schema(
    [
        ("tenure_months", pa.int64()),
        ("follower_following_ratio", pa.float64()),
        ("is_creator", pa.bool_()),
        ("swipe_right_rate_pct", pa.float64()),
        ("match_rate_pct", pa.float64()),
        ("match_to_date_conversion_pct", pa.float64()),
        ("total_revenue_month_usd", pa.float64()),
        ("avg_transaction_value_usd", pa.float64()),
        ("engagement_score", pa.float64()),
        ("days_since_last_active", pa.int64()),
        ("churn_30_day", pa.bool_()),
        ("churn_probability", pa.float64()),
        ("data_generated_at", pa.timestamp("us")),
    ]
)


def _schema() -> pa.Schema:
    fields = {
        field.name: field
        for table in ("customers", "activity", "billing")
        for field in RAW_TABLES[table]
        if field.name not in _POINT_IN_TIME
    }
    return pa.schema([*fields.values(), *_DERIVED])


SCHEMA = _schema()
"""The 72 columns in the order of the data dictionary."""


def write_platform_dataset(platform: Platform, week: date, out: Path) -> list[Path]:
    """Write ``platform.csv`` and ``platform.parquet`` of a week into a folder; memory does not grow with the customers.

    Returns
    -------
    The two files.

    Raises
    ------
    ValueError
        When ``week`` is no Monday or before the first simulated week.
    OSError
        When the folder cannot be written.
    """
    index = week_index(week)
    out.mkdir(parents=True, exist_ok=True)
    files = [out / "platform.csv", out / "platform.parquet"]
    aside = [file.with_name(f".{file.name}.{os.getpid()}") for file in files]
    try:
        with (
            pa.csv.CSVWriter(aside[0], SCHEMA) as as_csv,
            pq.ParquetWriter(
                aside[1], SCHEMA, compression="zstd", compression_level=1, store_schema=False
            ) as as_parquet,
        ):
            for rows in _chunks(platform, index):
                as_csv.write_table(rows)
                as_parquet.write_table(rows, row_group_size=CHUNK)
        for path, file in zip(aside, files, strict=True):
            path.replace(file)
    finally:
        for path in aside:
            path.unlink(missing_ok=True)
    return files


def _chunks(platform: Platform, index: int) -> Iterator[pa.Table]:
    accounts = platform.accounts(index)
    for start in range(0, accounts, CHUNK):
        rows = _chunk(platform, Walk(platform, draw_traits(platform, start, min(CHUNK, accounts - start))), index)
        if rows.num_rows:
            yield rows


def _chunk(platform: Platform, walk: Walk, index: int) -> pa.Table:
    scores: list[tuple[_F64, npt.NDArray[np.bool_]]] = []
    last_seen = np.full(len(walk.traits), -1, dtype=np.int64)
    for week in range(index + 1):
        walk.begin_week()
        if week > index - RECENCY_WEEKS:
            seen = Observation(platform, walk)
            last_seen = np.where(seen.active, activity_times(seen).last, last_seen)
            if week > index - 5:
                columns = activity_columns(seen)
                scores.append(
                    (score_of_week({name: _numbers(column) for name, column in columns.items()}), seen.present)
                )
        if week < index:
            walk.end_week()
    columns |= customer_columns(seen) | billing_columns(seen) | {"customer_id": walk.traits.ids}
    as_of = EPOCH_US + walk.as_of_day * DAY_US
    columns |= _derived({name: _numbers(column) for name, column in columns.items() if name != "customer_id"}, as_of)
    columns["engagement_score"] = pa.array(np.round(score_30_days(scores), 4))
    days = np.where(last_seen < 0, 7 * RECENCY_WEEKS, np.minimum((as_of - last_seen) // DAY_US, 7 * RECENCY_WEEKS))
    columns["days_since_last_active"] = pa.array(days.astype(np.int64))
    columns["churn_30_day"] = pa.array(will_churn(walk))
    columns["churn_probability"] = pa.nulls(len(walk.traits), pa.float64())
    table = pa.table({name: columns[name] for name in SCHEMA.names}).cast(SCHEMA)
    return table.filter(pa.array(seen.present))


def _numbers(column: pa.Array) -> npt.NDArray[np.generic]:
    if isinstance(column, pa.DictionaryArray):
        column = column.dictionary_decode()
    values: npt.NDArray[np.generic] = column.to_numpy(zero_copy_only=False)
    return values


def _ratio(part: _F64, whole: _F64) -> _F64:
    quotient: _F64 = np.where(whole > 0, part / np.where(whole > 0, whole, 1), 0.0)
    return quotient


def _percent(part: _F64, whole: _F64) -> _F64:
    return np.round(np.clip(100 * _ratio(part, whole), 0, 100), 2).astype(np.float64)


def _derived(c: Mapping[str, npt.NDArray[np.generic]], as_of_us: int) -> dict[str, pa.Array]:
    """The derived columns of one week's rows that need no other week."""
    values: dict[str, _F64] = {name: c[name].astype(np.float64) for name in _INPUTS}
    right, transactions = values["swipes_right_day"], values["total_transactions_alltime"]
    revenue = sum(
        (values[part] for part in ("iap_spending_month_usd", "ad_revenue_generated_month_usd")),
        start=values["monthly_subscription_usd"],
    )
    average = np.round(_ratio(values["lifetime_value_usd"], transactions), 2)
    creates = values["reels_created_week"] + values["posts_last_30_days"]
    made = np.full(len(right), as_of_us + 3 * 3_600_000_000, dtype=np.int64)
    follows = np.round(np.minimum(10, values["followers_count"] / np.maximum(values["following_count"], 1)), 4)
    return {
        "tenure_months": pa.array(_whole_months(c["signup_at"], as_of_us)),
        "follower_following_ratio": pa.array(follows),
        "is_creator": pa.array(creates > 5),
        "swipe_right_rate_pct": pa.array(_percent(right, right + values["swipes_left_day"])),
        "match_rate_pct": pa.array(_percent(values["matches_per_day"], right)),
        "match_to_date_conversion_pct": pa.array(
            _percent(values["dates_completed_month"], 30 * values["matches_per_day"])
        ),
        "total_revenue_month_usd": pa.array(np.round(revenue, 2)),
        "avg_transaction_value_usd": pa.array(average, mask=transactions == 0),
        "data_generated_at": pa.array(made.view("datetime64[us]")),
    }


_INPUTS = (
    "swipes_right_day", "swipes_left_day", "matches_per_day", "dates_completed_month", "reels_created_week",
    "posts_last_30_days", "followers_count", "following_count", "monthly_subscription_usd", "iap_spending_month_usd",
    "ad_revenue_generated_month_usd", "total_transactions_alltime", "lifetime_value_usd",
)  # fmt: skip


def _whole_months(signup_at: npt.NDArray[np.generic], as_of_us: int) -> npt.NDArray[np.int64]:
    as_of = np.datetime64(as_of_us, "us")
    signup = signup_at.astype("datetime64[us]")
    months = (as_of.astype("datetime64[M]") - signup.astype("datetime64[M]")).astype(np.int64)
    into = signup - signup.astype("datetime64[M]").astype("datetime64[us]")
    complete: npt.NDArray[np.int64] = np.maximum(
        0, months - (into > as_of - as_of.astype("datetime64[M]").astype("datetime64[us]"))
    )
    return complete
