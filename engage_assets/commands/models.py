"""``engage models``: versions, their figures and why each is or is not the champion; promotion by hand; rollback."""

from datetime import date
from typing import Any

from engage_assets.checks.gates import gates_of
from engage_assets.checks.rules_promotion import NAME as COMPARISON
from engage_assets.commands.home import locked
from engage_assets.errors import EngageError, InputError
from engage_assets.platform_contract import platform_contract, words_of
from engage_assets.records.gate_log import faults_of
from engage_assets.records.model_registry import read_verdict, versions, write_verdict
from engage_assets.records.promotions import (
    Promotion,
    champion_version,
    previous_champion,
    read_log,
    record_decision,
)
from engage_assets.resources.bindings import build_resources
from engage_assets.resources.lake import Lake
from engage_assets.settings import Settings

FIGURES = (("PR-AUC", "pr_auc"), ("AUC", "auc"), ("log loss", "log_loss"), ("ECE", "expected_calibration_error"))
MIN_REASON = 10


def registry_of(settings: Settings) -> Lake:
    """The model registry of a home."""
    registry: Lake = build_resources(settings)["registry"]
    return registry


def list_versions(registry: Lake) -> tuple[list[str], list[list[str]]]:
    """Column names and rows of the list, newest version first; the figures are those on active held-out customers."""
    champion, log = champion_version(registry), read_log(registry)
    rows = []
    for version in reversed(versions(registry)):
        card = registry.read_json(f"{version}/card.json")
        found = {row["metric"]: row["value"] for row in card["metrics"] if _is_shown(row)}
        figures = [f"{found[metric]:.4f}" if metric in found else "-" for _, metric in FIGURES]
        mine = [each for each in log if each.version == version]
        state = "champion" if version == champion else mine[-1].event if mine else "not judged"
        rows.append([version, state, *figures, explain(mine[-1]) if mine else "its gates have not been judged"])
    return ["version", "state", *(name for name, _ in FIGURES), "why"], rows


def explain(promotion: Promotion) -> str:
    """A decision in one line."""
    overridden = f" [overridden: {', '.join(promotion.overrides)}]" if promotion.overrides else ""
    return f"{promotion.at[:16].replace('T', ' ')} {promotion.rule}: {promotion.reason}{overridden}"


def print_history(registry: Lake) -> None:
    """Prints every decision, oldest first."""
    for each in read_log(registry):
        before = f", before: {each.previous}" if each.previous else ""
        print(f"{each.event}: {each.version}{before}\n  {explain(each)}")


def promote_by_hand(settings: Settings, version: str, *, reason: str, override: bool) -> Promotion:
    """Makes a version the champion.

    Raises
    ------
    InputError
        When the version is unknown, its gates were not judged, or the reason is no reason.
    EngageError
        When a gate other than the comparison with the champion did not pass and `override` is not set.
    """
    registry = registry_of(settings)
    _require_reason(reason)
    _require_known(registry, version)
    if version == champion_version(registry):
        raise InputError(f"{version} is the champion already.")
    verdict = read_verdict(registry, version)
    if verdict is None:
        raise InputError(
            f"the gates of {version} have not been judged. Materialize models/champion for its week first."
        )
    gates = gates_of("model", settings)
    faults = {fault.split(":")[0]: fault for fault in faults_of(verdict.gates, gates, subject=version)}
    barred = [fault for gate, fault in faults.items() if gate != COMPARISON]
    if barred and not override:
        raise EngageError(
            f"{version} is refused by {'; '.join(barred)}. Promote another version, or take the responsibility with "
            "--override: it is written into the model card and the reports."
        )
    undecided = [each for each in verdict.gates if each.gate == COMPARISON and each.state != "passed"]
    overrides = {**verdict.overrides, **dict.fromkeys([*faults, *(each.gate for each in undecided)], reason)}
    with locked(settings.home):
        state = "overridden" if overrides else "passed"
        write_verdict(registry, version, state=state, gates=verdict.gates, overrides=overrides)
        return record_decision(
            registry,
            event="promoted by hand",
            version=version,
            week=date.fromisoformat(version[:10]),
            rule="by hand",
            reason=reason,
            overrides=overrides,
        )


def roll_back(settings: Settings, *, reason: str) -> Promotion:
    """Makes the champion before the present one champion again. The present one is not promoted by a run again.

    Raises
    ------
    InputError
        When there was none, or the reason is no reason.
    """
    registry = registry_of(settings)
    _require_reason(reason)
    version = previous_champion(registry)
    with locked(settings.home):
        return record_decision(
            registry,
            event="rolled back",
            version=version,
            week=date.fromisoformat(version[:10]),
            rule="by hand",
            reason=reason,
        )


def read_card(settings: Settings, version: str | None) -> str:
    """The model card of a version, the champion's when none is named, with its verdicts and decisions as of now."""
    # Imported here: no other command on models needs the words of the reports.
    from engage_assets.records.model_card import render_card
    from engage_reports.house_words import Words

    registry = registry_of(settings)
    chosen = version or champion_version(registry)
    if chosen is None:
        raise InputError("there is no champion yet. `engage run` makes the first.")
    _require_known(registry, chosen)
    return render_card(registry, chosen, words_of(platform_contract(settings)) or Words())


def _require_known(registry: Lake, version: str) -> None:
    known = versions(registry)
    if version not in known:
        newest = f"the newest is {known[-1]}" if known else "none has been trained yet"
        raise InputError(f"{version!r} is no model version here; {newest}. `engage models` lists them.")


def _require_reason(reason: str) -> None:
    if len(reason.strip()) < MIN_REASON:
        raise InputError(
            f"--reason is {reason!r}; expected a sentence of at least {MIN_REASON} characters that a colleague will "
            "understand in a year."
        )


def _is_shown(row: dict[str, Any]) -> bool:
    return (row["model"], row["population"]) == ("churn", "active")
