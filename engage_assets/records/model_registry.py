"""The model registry as the platform sees it: which version a week trained, and what speaks for it.

The versions themselves are written by the training program and never change; ``gates.json`` beside a version is the
verdict on it. Which version is champion, and why, is in ``promotions``.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from engage_assets.errors import InputError
from engage_assets.records.gate_log import GateRecord
from engage_assets.resources.lake import Lake


@dataclass(frozen=True)
class Verdict:
    """What the gates said of a version, and which of them a person has overridden, with the reason.

    state: ``passed``, ``insufficient`` (a user's extract is too small for a gate to tell), ``overridden`` (a person
    promoted it in spite of a gate) or ``not promoted``. Scoring refuses the last.
    """

    state: str
    gates: list[GateRecord]
    overrides: dict[str, str] = field(default_factory=dict)

    def shown(self) -> list[GateRecord]:
        """The records as reports show them: an overridden gate says so, and why."""
        return [
            _overridden(each, self.overrides[each.gate]) if each.gate in self.overrides else each for each in self.gates
        ]


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


def read_comparison(registry: Lake, version: str, champion: str | None) -> dict[str, Any]:
    """The paired comparison of a version with the champion, or with the baseline when there is none to compare with.

    Raises
    ------
    InputError
        When training has not compared the two.
    """
    made = registry.names(f"comparisons/{version}")
    for name in ([f"{champion}.json"] if champion else []) + ["baseline.json"]:
        if name in made:
            record: dict[str, Any] = registry.read_json(f"comparisons/{version}/{name}")
            if name == "baseline.json" and champion and not record["note"]:
                continue  # made before there was a champion
            return record
    raise InputError(f"{version} was not compared with {champion or 'the baseline'}. Train the week again.")


def versions(registry: Lake) -> list[str]:
    """All versions that training has made and compared, oldest week first."""
    return registry.names("comparisons")


def read_tuned(registry: Lake) -> dict[str, Any] | None:
    """The parameters of the churn trees that tuning found and adopted; None before it has."""
    try:
        tuned: dict[str, Any] = registry.read_json("tuning/current.json")["churn_trees"]
    except FileNotFoundError:
        return None
    return tuned


def read_tuning(registry: Lake) -> dict[str, Any]:
    """What the newest search found. Raises InputError when there was none."""
    try:
        found: dict[str, Any] = registry.read_json("tuning/newest.json")
    except FileNotFoundError:
        raise InputError("no search for parameters has been made. `engage tune` makes one.") from None
    return found


def write_verdict(
    registry: Lake, version: str, *, state: str, gates: Sequence[GateRecord], overrides: dict[str, str] | None = None
) -> Verdict:
    """Keeps the verdict on a version beside it."""
    verdict = Verdict(state, list(gates), overrides or {})
    content = {"state": state, "gates": [vars(each) for each in gates], "overrides": verdict.overrides}
    registry.write_json(f"{version}/gates.json", content)
    return verdict


def read_verdict(registry: Lake, version: str) -> Verdict | None:
    """The verdict on a version; None when its gates have not been judged."""
    try:
        content = registry.read_json(f"{version}/gates.json")
    except FileNotFoundError:
        return None
    gates = [GateRecord(**each) for each in content["gates"]]
    return Verdict(content["state"], gates, content.get("overrides", {}))


def _overridden(record: GateRecord, reason: str) -> GateRecord:
    message = f"{record.state}, overridden by hand: {reason}; {record.message}"
    return replace(record, state="overridden", message=message)
