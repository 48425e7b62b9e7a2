"""A home's own extract: taken in when it has changed, cut into the weeks that a run builds, and accounted for."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from engage_assets.contracts import ContractError
from engage_assets.errors import EngageError, InputError
from engage_assets.extracts import ExtractContract, Ingestion, ingest, week_range, write_weeks_of
from engage_assets.extracts.ingestion import fingerprint_of, read_ingestion
from engage_assets.partitions import last_ended_week
from engage_assets.platform_contract import PlatformContract, platform_contract
from engage_assets.resources.lake import Lake
from engage_assets.settings import Settings

FOLDER = "extract"
"""Below the lake: the typed rows of the extract, its quarantine, and the record of what was read."""


def extract_folder(settings: Settings) -> Path:
    """Where the rows of the extract are kept."""
    return settings.lake / FOLDER


def take_in(own: ExtractContract, base: str, settings: Settings) -> Ingestion:
    """Reads the extract unless exactly this was read before.

    Raises
    ------
    InputError
        When a file cannot be read at all.
    EngageError
        When too many of its rows are refused; they are in quarantine, with their reasons.
    """
    folder = extract_folder(settings)
    try:
        known = read_ingestion(folder)
        if known is None or known.fingerprint != fingerprint_of(own, base):
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "ingested.json").unlink(missing_ok=True)
            known = ingest(own, base, folder, before=known)
    except ContractError as error:
        raise InputError(str(error)) from None
    if faults := [f"{name} {counts.refused}" for name, counts in known.tables.items() if counts.refused]:
        rules: Counter[str] = Counter()
        for counts in known.tables.values():
            rules.update(counts.by_rule)
        where = (
            f"By rule: {', '.join(f'{rule} {count:,}' for rule, count in rules.most_common())}. The refused rows are "
            f"in {folder / 'quarantine'}; `engage validate` shows examples. Repair them, or change the contract."
            if rules
            else "Deliver the files with their rows, or correct the contract."
        )
        changes = "".join(f" {line}." for counts in known.tables.values() for line in counts.schema_changes())
        raise EngageError(f"the extract is refused: {'; '.join(faults)}.{changes} {where}")
    return known


def record_extract(own: ExtractContract, base: str, settings: Settings) -> tuple[date, date]:
    """Keeps the place of the extract and the weeks that it covers, which it returns."""
    first, last = week_range(own, extract_folder(settings), last_ended_week())
    content = {"base": base, "first_week": first.isoformat(), "last_week": last.isoformat()}
    path = settings.home / "extract.json"
    if not path.exists() or json.loads(path.read_text()) != content:
        beside = path.with_name(".extract.json")
        beside.write_text(json.dumps(content, indent=2) + "\n")
        beside.replace(path)
    return first, last


def write_own_weeks(settings: Settings, lake: Lake, weeks: Sequence[date]) -> dict[str, int]:
    """The raw tables of `weeks`, from the extract as it is now; returns rows by table."""
    platform = platform_contract(settings)
    assert platform.own is not None
    take_in(platform.own, platform.base, settings)
    with lake.filled("raw") as folder:
        return write_weeks_of(platform.own, extract_folder(settings), weeks, folder)


def extract_accounting(settings: Settings) -> list[dict[str, Any]]:
    """The accounting of the extract itself, one row a table; none for the platform's own tables."""
    platform = platform_contract(settings)
    known = read_ingestion(extract_folder(settings)) if platform.is_own else None
    return [
        {
            "source_table": _named(name),
            "rows_in": counts.rows_in,
            "rows_kept": counts.rows_kept,
            "rows_quarantined": counts.rows_quarantined,
        }
        for name, counts in (known.tables.items() if known else ())
    ]


def extract_limits(platform: PlatformContract) -> Mapping[str, float]:
    """The quarantined share that the contract accepts, by the name of the table in the accounting."""
    if platform.own is None:
        return {}
    return {
        _named(name): max(table.max_quarantined_share, platform.own.max_quarantined_share)
        for name, table in platform.own.tables.items()
    }


def _named(table: str) -> str:
    return f"extract: {table}"
