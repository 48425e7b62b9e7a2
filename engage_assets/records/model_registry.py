"""The model registry as the platform sees it: which version a week trained, what speaks for it, which one is champion.

The versions themselves are written by the training program and never change; this module adds the verdict of the gates
beside a version and moves the champion pointer.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

from engage_assets.errors import InputError
from engage_assets.records.gate_log import GateRecord
from engage_assets.resources.lake import Lake


def write_trained(registry: Lake, week: date, *, version: str, run_id: str) -> None:
    """Remembers which version a week's training made."""
    registry.write_json(f"trained/week={week.isoformat()}.json", {"model_version": version, "run_id": run_id})


def read_trained(registry: Lake, week: date) -> dict[str, Any]:
    """The version and run id of a week's training. Raises InputError when there was none."""
    try:
        content: dict[str, Any] = registry.read_json(f"trained/week={week.isoformat()}.json")
    except FileNotFoundError:
        raise InputError(f"no model was trained for week {week}. Materialize the models group for it first.") from None
    return content


def read_evidence(registry: Lake, week: date) -> dict[str, Any]:
    """What the model gates judge: the evidence stored beside the version that the week's training made."""
    evidence: dict[str, Any] = registry.read_json(f"{read_trained(registry, week)['model_version']}/evidence.json")
    return evidence


def promote(registry: Lake, version: str, *, week: date, verdicts: Sequence[GateRecord]) -> None:
    """Stores the passed gates beside the version, then points the champion at it, in this order.

    Scoring refuses a version without the first, so a kill between the two leaves the earlier champion in place.
    """
    registry.write_json(f"{version}/gates.json", {"state": "passed", "gates": [vars(verdict) for verdict in verdicts]})
    registry.write_json("champion.json", {"model_version": version, "week": week.isoformat()})


def champion_version(registry: Lake) -> str | None:
    """The version that scoring uses, or None before the first has passed its gates."""
    try:
        return str(registry.read_json("champion.json")["model_version"])
    except FileNotFoundError:
        return None


def require_champion(registry: Lake) -> str:
    """The version that scoring uses. Raises InputError when none has passed its gates yet."""
    version = champion_version(registry)
    if version is None:
        raise InputError("no model has passed its gates yet. Materialize the models group first.")
    return version
