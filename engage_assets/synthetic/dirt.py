"""The planted defect ``dirty_rows``: rows that break the contract, each in one way, drawn by hash like everything else.

A bad row of ``customers`` makes its rows of the other tables unknown customers, so more rows are refused than were
spoilt.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from types import MappingProxyType

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from engage_assets.synthetic.draws import U64, Stream, draw, quarters, unit
from engage_assets.synthetic.identifiers import uuid_text
from engage_assets.synthetic.schema import RAW_TABLES

# A way to spoil: the column and what it is set to. DUPLICATE repeats the row, UNKNOWN names a customer who does not
# exist, FUTURE is a time after as_of, None an empty value.
DUPLICATE, UNKNOWN, FUTURE = "<duplicate>", "<unknown>", "<future>"
WAYS: Mapping[str, tuple[tuple[str, object], ...]] = MappingProxyType(
    {
        "customers": (
            ("customer_id", None),
            ("customer_id", DUPLICATE),
            ("age", 150),
            ("platform_primary", "Bulletin_Board"),
            ("signup_at", FUTURE),
            ("profile_completion_pct", 250.0),
        ),
        "activity": (
            ("customer_id", None),
            ("customer_id", DUPLICATE),
            ("customer_id", UNKNOWN),
            ("video_watch_hours_week", 400.0),
            ("app_opens_day", -1.0),
            ("last_active_at", FUTURE),
        ),
        "billing": (
            ("customer_id", None),
            ("customer_id", DUPLICATE),
            ("customer_id", UNKNOWN),
            ("premium_tier", "Diamond"),
            ("monthly_subscription_usd", -14.99),
            ("payment_failures_30d", None),
        ),
        "campaign_contacts": (
            ("contact_id", None),
            ("contact_id", DUPLICATE),
            ("customer_id", UNKNOWN),
            ("assigned", "control"),
            ("contacted_at", FUTURE),
            ("propensity", 1.7),
        ),
    }
)


def spoil(table: str, rows: pa.Table, keys: U64, week: int, monday: date, share: float) -> pa.Table:
    """Break a share of the rows of a raw table; ``keys`` has one customer key per row."""
    plain = rows.cast(RAW_TABLES[table])
    stream = Stream.DIRTY + list(RAW_TABLES).index(table)
    u_dirty, u_way, _, _ = quarters(draw(keys, week, stream))
    ways = WAYS[table]
    way = np.where(unit(u_dirty) < share, (unit(u_way) * np.float32(len(ways))).astype(np.int64), -1)
    repeated = plain.slice(0, 0)
    for number, (column, bad) in enumerate(ways):
        mask = pa.array(way == number)
        if bad == DUPLICATE:
            repeated = plain.filter(mask)
            continue
        place = plain.column_names.index(column)
        values = _VALUES.get(str(bad), _constant)(bad, keys, monday)
        spoilt = pc.if_else(mask, values.cast(plain.schema.field(column).type), plain[column].combine_chunks())
        plain = plain.set_column(place, plain.schema.field(column), spoilt)
    return pa.concat_tables([plain, repeated]).combine_chunks()


def _constant(bad: object, _keys: U64, _monday: date) -> pa.Scalar:
    return pa.scalar(bad)


def _unknown(_bad: object, keys: U64, _monday: date) -> pa.Array:
    return uuid_text(draw(keys, -2, Stream.ID_HIGH), draw(keys, -2, Stream.ID_LOW))


def _future(_bad: object, _keys: U64, monday: date) -> pa.Scalar:
    return pa.scalar(datetime(monday.year, monday.month, monday.day) + timedelta(days=17, hours=12))  # noqa: DTZ001 (UTC naive)


_VALUES: Mapping[str, Callable[[object, U64, date], pa.Scalar | pa.Array]] = MappingProxyType(
    {UNKNOWN: _unknown, FUTURE: _future}
)
