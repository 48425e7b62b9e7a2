"""Write weeks of the platform: chunks of customers outside, weeks inside, so that memory does not grow.

Bytes depend on (customers, seed, defects, week) only: chunks and parts are fixed blocks of customer indices, and
every draw is counter-based. ``workers`` share out the parts, and when there are too few of them, the weeks.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from datetime import date
from itertools import pairwise
from multiprocessing import get_context
from pathlib import Path

import pyarrow as pa

from engage_assets.synthetic import storage
from engage_assets.synthetic.accounts import billing_columns, customer_columns
from engage_assets.synthetic.activity import activity_columns
from engage_assets.synthetic.contacts import contacts_table
from engage_assets.synthetic.dirt import spoil
from engage_assets.synthetic.observation import Observation
from engage_assets.synthetic.platform import Platform, monday, week_index
from engage_assets.synthetic.schema import RAW_TABLES
from engage_assets.synthetic.traits import draw_traits
from engage_assets.synthetic.truth import SCHEMA as TRUTH_SCHEMA
from engage_assets.synthetic.truth import truth_columns
from engage_assets.synthetic.walk import Walk

CHUNK = 65_536
"""Customers simulated together: one row group."""
PART = 16 * CHUNK
"""Customers per file."""

Progress = Callable[[str], None]


def week_tables(platform: Platform, walk: Walk) -> dict[str, pa.Table]:
    """Every raw table and the truth of the walk's current week, for the accounts of its chunk that exist."""
    week = Observation(platform, walk)
    drawn = {
        "activity": activity_columns(week),
        "customers": customer_columns(week),
        "billing": billing_columns(week),
    }
    tables = {name: _with_keys(week, columns, RAW_TABLES[name].names) for name, columns in drawn.items()}
    tables["campaign_contacts"] = contacts_table(week)
    dirt = platform.defect("dirty_rows")
    if dirt is not None and dirt.starts(week.monday):
        keys = dict.fromkeys(drawn, walk.traits.keys[week.present])
        keys["campaign_contacts"] = walk.traits.keys[walk.assignment.contacted]
        for name, rows in tables.items():
            tables[name] = spoil(name, rows, keys[name], week.week, week.monday, dirt.number("share"))
    tables["truth"] = _with_keys(week, truth_columns(walk), TRUTH_SCHEMA.names)
    return tables


def _with_keys(week: Observation, columns: dict[str, pa.Array], order: Sequence[str]) -> pa.Table:
    keys = {"customer_id": week.traits.ids, "week": _monday(week.monday, len(week.traits))}
    table = pa.table({name: (keys | columns)[name] for name in order})
    return table if week.present.all() else table.filter(pa.array(week.present))


def _monday(day: date, count: int) -> pa.Array:
    return pa.repeat(pa.scalar(day, pa.date32()), count)


def _write_part(
    platform: Platform, part: int, weeks: Sequence[int], lake: Path, run: str, progress: Progress | None
) -> dict[str, int]:
    """Write one part of some weeks aside; rows by table."""
    writers = {
        (table, week): storage.PartWriter(
            storage.staging_folder(lake, run, table, monday(week)) / f"part-{part}.parquet", table, must_exist=part == 0
        )
        for week in weeks
        for table in storage.TABLES
    }
    wanted, end = set(weeks), min((part + 1) * PART, platform.accounts(weeks[-1]))
    try:
        for start in range(part * PART, end, CHUNK):
            stop = min(start + CHUNK, end)
            walk = Walk(platform, draw_traits(platform, start, stop - start))
            for week in range(weeks[-1] + 1):
                walk.begin_week()
                if week in wanted:
                    for table, rows in week_tables(platform, walk).items():
                        writers[table, week].write(rows)
                if week < weeks[-1]:
                    walk.end_week()
            if progress is not None:
                progress(f"simulated {stop:,} of {platform.accounts(weeks[-1]):,} customers, {len(weeks)} weeks")
    finally:
        for writer in writers.values():
            writer.close()
    rows = dict.fromkeys(storage.TABLES, 0)
    for (table, _), writer in writers.items():
        rows[table] += writer.rows
    return rows


def write_weeks(
    platform: Platform,
    weeks: Sequence[date],
    lake: Path,
    *,
    workers: int = 1,
    progress: Progress | None = None,
) -> dict[str, int]:
    """Write the raw tables and the truth of some weeks into the lake.

    Parameters
    ----------
    weeks : Mondays, in any order, from ``FIRST_WEEK`` on
    lake : folder that holds ``raw/<table>/week=…`` and ``truth/week=…``; created when missing. Weeks that exist are
        replaced.
    workers : processes; the bytes do not depend on it
    progress : told in plain words what has been written

    Returns
    -------
    Rows written by table, over all weeks.

    Raises
    ------
    ValueError
        For no weeks, a day that is no Monday, a week before ``FIRST_WEEK``, or fewer than one worker.
    OSError
        When the lake cannot be written.
    """
    if not weeks:
        raise ValueError("weeks is empty; expected at least one Monday.")
    if workers < 1:
        raise ValueError(f"workers is {workers}; expected 1 or more.")
    indices = sorted({week_index(week) for week in weeks})
    run = f"{os.getpid()}-{monday(indices[0])}"
    storage.clean(lake, run)
    total = dict.fromkeys(storage.TABLES, 0)
    try:
        for rows in _run(platform, _tasks(platform, indices, workers), lake, run, workers, progress):
            for table, count in rows.items():
                total[table] += count
        for week in indices:
            for table in storage.TABLES:
                storage.promote(lake, run, table, monday(week))
    finally:
        storage.clean(lake, run)
    return total


def _tasks(platform: Platform, weeks: Sequence[int], workers: int) -> list[tuple[int, Sequence[int]]]:
    """(part, weeks) pairs, at least one per worker where possible."""
    parts = range(-(-platform.accounts(weeks[-1]) // PART))
    slices = min(len(weeks), max(1, -(-workers // len(parts))))
    edges = [len(weeks) * place // slices for place in range(slices + 1)]
    return [(part, weeks[low:high]) for part in parts for low, high in pairwise(edges)]


def _run(
    platform: Platform,
    tasks: list[tuple[int, Sequence[int]]],
    lake: Path,
    run: str,
    workers: int,
    progress: Progress | None,
) -> Iterator[dict[str, int]]:
    if workers == 1 or len(tasks) == 1:
        for part, weeks in tasks:
            yield _write_part(platform, part, weeks, lake, run, progress)
        return
    # spawn: a fork of a process with Arrow's threads can hang.
    with ProcessPoolExecutor(min(workers, len(tasks)), mp_context=get_context("spawn")) as pool:
        futures = [pool.submit(_write_part, platform, part, weeks, lake, run, None) for part, weeks in tasks]
        for done, future in enumerate(as_completed(futures), start=1):
            yield future.result()
            if progress is not None:
                progress(f"{done} of {len(tasks)} shares of the simulation written")
