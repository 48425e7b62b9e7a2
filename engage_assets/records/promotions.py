"""The champion: a pointer that is replaced in one step, and a log of every decision about it.

``champion.json`` names the version that scoring uses. ``promotions/`` holds one file for each decision, never changed:
who became champion, who did not, why, and who took it back. The log is written first; a kill before the pointer moves
leaves the earlier champion in place, and the next run decides again.
"""

from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime

from engage_assets.errors import InputError
from engage_assets.resources.lake import Lake

POINTER = "champion.json"
LOG = "promotions"

MOVES = frozenset({"promoted", "promoted by hand", "rolled back"})
"""The events after which the version is the champion."""


@dataclass(frozen=True)
class Promotion:
    """One decision. ``previous`` is the champion before it; ``overrides`` are gates that a person set aside."""

    at: str
    event: str
    version: str
    week: str
    previous: str | None
    rule: str
    reason: str
    overrides: dict[str, str] = field(default_factory=dict)


def champion_version(registry: Lake) -> str | None:
    """The version that scoring uses, or None before the first has been promoted."""
    try:
        return str(registry.read_json(POINTER)["model_version"])
    except FileNotFoundError:
        return None


def champion_for(registry: Lake, week: date) -> str | None:
    """The champion as of a week: the one in use, or for a past week the last that was champion and is not newer.

    A week that is run again is scored by a model of its time: later ones have learned from its outcome.
    """
    current = champion_version(registry)
    if current is None or _week_of(current) <= week:
        return current
    earlier = [each.version for each in read_log(registry) if each.event in MOVES and _week_of(each.version) <= week]
    return earlier[-1] if earlier else None


def require_champion(registry: Lake, week: date) -> str:
    """The version that scores a week. Raises InputError when none has passed its gates yet."""
    version = champion_for(registry, week)
    if version is None:
        raise InputError("no model has passed its gates yet. Materialize the models group first.")
    return version


def record_decision(
    registry: Lake,
    *,
    event: str,
    version: str,
    week: date,
    rule: str,
    reason: str,
    overrides: dict[str, str] | None = None,
) -> Promotion:
    """Logs a decision, then moves the pointer when the version becomes champion of the newest week.

    The same decision as the last one on this version is logged once.
    """
    by_hand = event in MOVES - {"promoted"}
    current = champion_version(registry)
    previous = current if by_hand else champion_for(registry, week)
    log = read_log(registry)
    last = next((each for each in reversed(log) if each.version == version), None)
    moment = datetime.now(UTC).replace(tzinfo=None)
    promotion = Promotion(
        at=moment.isoformat(timespec="microseconds"),
        event=event,
        version=version,
        week=week.isoformat(),
        previous=previous,
        rule=rule,
        reason=reason,
        overrides=overrides or {},
    )
    if event in MOVES or last is None or (last.event, last.reason) != (event, reason):
        registry.write_json(f"{LOG}/{moment:%Y%m%dT%H%M%S.%f}-{version}.json", asdict(promotion))
    if event in MOVES and (by_hand or current is None or _week_of(current) <= week):
        registry.write_json(POINTER, {"model_version": version, "week": week.isoformat(), "since": promotion.at})
    return promotion


def read_log(registry: Lake) -> list[Promotion]:
    """Every decision, oldest first."""
    return [Promotion(**registry.read_json(f"{LOG}/{name}")) for name in registry.names(LOG)]


def withdrawn(registry: Lake, version: str) -> str:
    """Why a version was taken back by a person and has not been promoted by one since; empty when it was not."""
    reason = ""
    for each in read_log(registry):
        if each.event == "rolled back" and each.previous == version:
            reason = each.reason
        elif each.version == version and each.event in MOVES:
            reason = ""
    return reason


def previous_champion(registry: Lake) -> str:
    """The champion before the one in use. Raises InputError when there was none."""
    current = champion_version(registry)
    for each in reversed(read_log(registry)):
        if each.version == current and each.event in MOVES and each.previous not in (None, current):
            return str(each.previous)
    raise InputError(
        f"{current or 'no version'} is the first champion: there is none to go back to. "
        "Promote another version with engage models promote."
    )


def _week_of(version: str) -> date:
    return date.fromisoformat(version[:10])
