"""Model versions in a folder: written once, never changed, used only after their gates have passed."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from engage_ml import storage
from engage_ml.errors import ModelRefusedError
from engage_ml.parameters import VERSION_PATTERN

CARD = "card.json"
EVIDENCE = "evidence.json"
EVALUATION = "evaluation.json"
GATES = "gates.json"
USABLE = ("passed", "overridden")
"""Verdicts with which a version may score."""


def store(models_uri: str, version: str, files: Mapping[str, bytes]) -> bool:
    """Stores a version. Returns False, and changes nothing, when it is there already: it is the same model."""
    return storage.publish_folder(storage.join(models_uri, version), files, last=CARD)


def has(models_uri: str, version: str) -> bool:
    """Whether a version is there and complete."""
    return storage.exists(storage.join(models_uri, version, CARD))


def load(models_uri: str, version: str) -> dict[str, bytes]:
    """The files of a version, whether or not its gates have passed.

    Raises
    ------
    ModelRefusedError
        When the version does not exist or is incomplete.
    """
    folder = storage.join(models_uri, version)
    if not has(models_uri, version):
        known = versions(models_uri)
        raise ModelRefusedError(
            f"model version {version} was not found in {models_uri}; "
            + (f"the newest there is {known[-1]}." if known else "no version is there. Train one first.")
        )
    names = [name for name in storage.list_names(folder) if name not in {EVIDENCE, EVALUATION, GATES}]
    return {name: storage.read_bytes(storage.join(folder, name)) for name in names}


def require_passed(models_uri: str, version: str, *, accept_insufficient: bool = False) -> None:
    """Refuses a version whose gates have not all passed, unless a person took the responsibility in writing.

    With `accept_insufficient`, a version whose gates had too little evidence to tell may score, too.

    Raises
    ------
    ModelRefusedError
        When there is no verdict, or it is neither ``passed`` nor ``overridden``; names the gates at fault.
    """
    try:
        verdict = storage.read_json(storage.join(models_uri, version, GATES))
    except FileNotFoundError:
        raise ModelRefusedError(
            f"model version {version} has no gate verdict. Run its checks; only a version that passed may score."
        ) from None
    except ValueError:
        raise ModelRefusedError(
            f"the gate verdict of model version {version} cannot be read. Run its checks again."
        ) from None
    state = verdict.get("state") if isinstance(verdict, dict) else None
    if state == "overridden" and not verdict.get("overrides"):
        raise ModelRefusedError(f"model version {version} is marked as overridden, but by nobody. Promote it again.")
    if state not in USABLE and not (accept_insufficient and state == "insufficient"):
        raise ModelRefusedError(f"model version {version} did not pass its gates: state {state!r}{_faults(verdict)}.")


def versions(models_uri: str) -> list[str]:
    """All complete versions, oldest week first."""
    names = [name for name in storage.list_names(models_uri) if VERSION_PATTERN.fullmatch(name)]
    return [name for name in names if has(models_uri, name)]


def previous_version(models_uri: str, week: date) -> str | None:
    """The newest version of an earlier week whose gates passed: what segment names are carried over from."""
    for version in reversed(versions(models_uri)):
        if version[:10] >= week.isoformat():
            continue
        try:
            require_passed(models_uri, version, accept_insufficient=True)
        except ModelRefusedError:
            continue
        return version
    return None


def _faults(verdict: Any) -> str:
    gates = verdict.get("gates", []) if isinstance(verdict, dict) else []
    faults = [str(g.get("gate")) for g in gates if isinstance(g, dict) and g.get("state") != "passed"]
    return f" ({', '.join(faults)})" if faults else ""
