"""From typed rows to the platform's weekly tables. A week's rows are made of what was known before its as_of, only.

DuckDB does the work, within a memory limit; the SQL is in ``history_sql`` and ``snapshot_sql``.
"""

import shutil
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from engage_assets.contracts.loading import load_contract
from engage_assets.contracts.model import ContractError
from engage_assets.extracts.contract import ExtractContract
from engage_assets.extracts.features import is_dynamic
from engage_assets.extracts.history_sql import history_week, moment_of, preparation
from engage_assets.extracts.platform_tables import platform_contract_of
from engage_assets.extracts.snapshot_sql import snapshot_week
from engage_assets.extracts.typed_rows import dynamic_tables, rows_of

MEMORY_LIMIT = "1GB"
TABLES = ("customers", "activity", "billing", "campaign_contacts")


def week_range(contract: ExtractContract, folder: Path, fallback: date) -> tuple[date, date]:
    """The first and the last whole week of the ingested rows in `folder`; of a snapshot, its one week.

    fallback: the week of a snapshot that does not say its as_of.
    Raises ContractError when no row has a time, or they do not cover one whole week.
    """
    if contract.kind == "snapshot":
        day = contract.as_of
        week = fallback if day is None else day - timedelta(days=day.weekday() + 7)
        return week, week
    times = " union all ".join(
        f"select {moment_of(contract, table)} as moment from {rows_of(folder, table)}"
        for table in dynamic_tables(contract)
    )
    with connected(folder) as connection:
        found = connection.execute(f"select min(moment), max(moment) from ({times})").fetchone()
    first, last = found or (None, None)
    if first is None or last is None:
        raise ContractError(f"{contract.name}: no row has a time; a history needs at least one whole week of rows")
    monday = first.date() - timedelta(days=first.date().weekday())
    # The last week counts when its Sunday was seen: a half week looks like a week in which everybody left.
    after = last.date() + timedelta(days=1)
    newest = after - timedelta(days=after.weekday() + 7)
    if newest < monday:
        raise ContractError(f"{contract.name}: the rows are from {first:%Y-%m-%d} to {last:%Y-%m-%d}, not a whole week")
    return monday, newest


def week_digests(contract: ExtractContract, folder: Path) -> dict[str, str]:
    """What the rows of each week are, in short: another text, other rows. Of a snapshot, of all its rows together.

    The order of the rows does not matter. A profile belongs to every week, so a change of one changes the first.
    """
    digests: dict[str, int] = {}
    with connected(folder) as connection:
        for table in contract.tables.values():
            moment = moment_of(contract, table) if is_dynamic(contract, table) else "timestamp '1970-01-05'"
            found = connection.execute(
                "select week, cast(sum(cast(h as hugeint)) % 9223372036854775807 as bigint) from "
                f"(select cast(date_trunc('week', {moment}) as date) as week, hash(t) as h "
                f"from {rows_of(folder, table)} as t) group by week"
            ).fetchall()
            for week, digest in found:
                key = week.isoformat()
                digests[key] = (digests.get(key, 0) * 31 + digest) % 2**63
    return {week: f"{digest:016x}" for week, digest in sorted(digests.items())}


def write_weeks_of(contract: ExtractContract, folder: Path, weeks: Sequence[date], raw: Path) -> dict[str, int]:
    """Writes ``raw/<table>/week=…/part-0.parquet`` of the four tables for each of `weeks`; returns rows by table."""
    totals = dict.fromkeys(TABLES, 0)
    columns = {name: list(table.columns) for name, table in platform_contract_of(contract).tables.items()}
    no_contacts = pa.Table.from_pylist([], schema=load_contract().tables["campaign_contacts"].schema)
    with connected(folder) as connection:
        if contract.kind == "history":
            for statement in preparation(contract, folder):
                connection.execute(statement)
        for week in weeks:
            statements = (
                history_week(contract, week) if contract.kind == "history" else snapshot_week(contract, folder, week)
            )
            for table in TABLES:
                target = raw / table / f"week={week.isoformat()}"
                new = _fresh(target)
                if table in statements:
                    totals[table] += _copy(connection, statements[table], columns[table], new)
                else:
                    pq.write_table(no_contacts, new / "part-0.parquet")
                _put(new, target)
    return totals


def _copy(connection: duckdb.DuckDBPyConnection, sql: str, columns: Sequence[str], folder: Path) -> int:
    listed = ", ".join(f'"{name}"' for name in columns)
    counted = connection.execute(
        f"copy (select {listed} from ({sql}) order by customer_id) to '{folder}/part-0.parquet' "
        "(format parquet, compression snappy, row_group_size 32768)"
    ).fetchone()
    return int(counted[0]) if counted else 0


def _fresh(target: Path) -> Path:
    new = target.with_name(f".{target.name}.new")
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(parents=True)
    return new


def _put(new: Path, target: Path) -> None:
    """Puts a finished folder in the place of the old one."""
    old = target.with_name(f".{target.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if target.exists():
        target.rename(old)
    new.rename(target)
    shutil.rmtree(old, ignore_errors=True)


def connected(folder: Path) -> duckdb.DuckDBPyConnection:
    """DuckDB without a file, within the memory limit; what does not fit is spilled below `folder`.

    One thread: a sum over two differs in its last digits with the rows that come after, and a week must not.
    """
    connection = duckdb.connect()
    connection.execute(
        f"set memory_limit = '{MEMORY_LIMIT}'; set threads = 1; set TimeZone = 'UTC'; "
        f"set temp_directory = '{folder / '.spill'}'; set preserve_insertion_order = false"
    )
    return connection
