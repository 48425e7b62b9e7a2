"""What a drop of a user's extract changes: the weeks whose rows are others than those the features were built from.

Two files of the home remember it: the digests of the weeks as built, and the plan of the newest drop.
"""

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import dagster as dg

from engage_assets.extracts import week_digests
from engage_assets.extracts.ingestion import read_ingestion
from engage_assets.history import history_before, missing_history, own_weeks
from engage_assets.own_extract import extract_folder, record_extract, take_in
from engage_assets.platform_contract import platform_contract
from engage_assets.settings import Settings

DIGESTS = "extract_weeks.json"
"""What the rows of each week were when its features were built."""
PLAN = "extract_drop.json"
"""What has to be built after the newest drop."""


@dataclass(frozen=True)
class DropPlan:
    """What a drop that was taken in asks for: weeks of history from the first changed one, and the newest week.

    week: None when no whole week has other rows than before. digests: of all weeks, to be kept once they are built.
    sequence: raised with each plan, for a place may go back to an earlier fingerprint.
    """

    fingerprint: str
    week: date | None
    history: tuple[date, date] | None
    digests: dict[str, str]
    sequence: int

    def as_json(self) -> dict[str, Any]:
        """For the home."""
        return {
            "fingerprint": self.fingerprint,
            "week": self.week.isoformat() if self.week else None,
            "history": [day.isoformat() for day in self.history] if self.history else None,
            "digests": self.digests,
            "sequence": self.sequence,
        }

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> "DropPlan":
        """From the home."""
        days = [date.fromisoformat(day) for day in content["history"] or ()]
        return cls(
            fingerprint=content["fingerprint"],
            week=date.fromisoformat(content["week"]) if content["week"] else None,
            history=(days[0], days[1]) if days else None,
            digests=content["digests"],
            sequence=content.get("sequence", 0),
        )


def read_plan(settings: Settings) -> DropPlan | None:
    """The plan of the newest drop; None when nothing was taken in yet."""
    try:
        return DropPlan.from_json(json.loads((settings.home / PLAN).read_text()))
    except FileNotFoundError:
        return None


def first_changed_week(settings: Settings) -> date | None:
    """The first week whose rows are not those that the features were last built from; None when nothing changed."""
    platform = platform_contract(settings)
    if platform.own is None:
        return None
    return _first_change(_digests_as_built(settings), week_digests(platform.own, extract_folder(settings)))


def take_in_drop(settings: Settings, instance: dg.DagsterInstance) -> DropPlan:
    """Reads what lies in the extract's place now, and plans what has to be built again.

    Raises
    ------
    InputError
        When a file cannot be read at all.
    EngageError
        When too many of its rows are refused.
    """
    platform = platform_contract(settings)
    assert platform.own is not None
    known = take_in(platform.own, platform.base, settings)
    _, last = record_extract(platform.own, platform.base, settings)
    before, now = _digests_as_built(settings), week_digests(platform.own, extract_folder(settings))
    platform = platform_contract(settings)
    wanted, history_weeks = own_weeks(platform, None, None)
    changed_since = _first_change(before, now)
    missing = missing_history(
        instance, history_before(wanted, history_weeks, first=platform.first_week), changed_since=changed_since
    )
    # Rows of a week that is not whole yet change nothing that is built.
    newest = last.isoformat()
    is_new = {w: d for w, d in now.items() if w <= newest} != {w: d for w, d in before.items() if w <= newest}
    plan = DropPlan(
        known.fingerprint,
        week=wanted if is_new else None,
        history=(missing[0], missing[-1]) if missing and is_new else None,
        digests=now,
        sequence=_next_sequence(settings),
    )
    _write(settings.home / PLAN, plan.as_json())
    return plan


def keep_digests(settings: Settings, plan: DropPlan) -> None:
    """Remembers that what a plan asked for was built."""
    if _digests_as_built(settings) != plan.digests:
        _write(settings.home / DIGESTS, plan.digests)


def keep_built_weeks(settings: Settings, last: date) -> None:
    """Remembers the rows that the features of the weeks up to `last` were built from; later weeks stay as they were."""
    platform = platform_contract(settings)
    if platform.own is not None and read_ingestion(extract_folder(settings)) is not None:
        newest, now = last.isoformat(), week_digests(platform.own, extract_folder(settings))
        later = {week: digest for week, digest in _digests_as_built(settings).items() if week > newest}
        _write(settings.home / DIGESTS, {week: digest for week, digest in now.items() if week <= newest} | later)


def close_plan(settings: Settings) -> None:
    """Remembers that the drop which was read last asks for nothing more."""
    platform = platform_contract(settings)
    known = read_ingestion(extract_folder(settings)) if platform.own is not None else None
    if known is not None:
        plan = DropPlan(known.fingerprint, None, None, _digests_as_built(settings), _next_sequence(settings))
        _write(settings.home / PLAN, plan.as_json())


def _next_sequence(settings: Settings) -> int:
    plan = read_plan(settings)
    return plan.sequence + 1 if plan else 1


def _digests_as_built(settings: Settings) -> dict[str, str]:
    try:
        known: dict[str, str] = json.loads((settings.home / DIGESTS).read_text())
    except FileNotFoundError:
        return {}
    return known


def _first_change(before: dict[str, str], now: dict[str, str]) -> date | None:
    # A new week is no change of an old one: it has no features yet and is built anyway.
    changed = [week for week in before if now.get(week) != before[week]]
    appeared = [week for week in now if week not in before and before and week < max(before)]
    return date.fromisoformat(min([*changed, *appeared])) if changed or appeared else None


def _write(path: Path, content: dict[str, Any]) -> None:
    beside = path.with_name(f".{path.name}")
    beside.write_text(json.dumps(content, indent=1) + "\n")
    beside.replace(path)
