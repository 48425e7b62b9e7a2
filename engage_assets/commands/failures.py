"""From a failed Dagster run to one message that says what happened and what to do."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
from dagster_shared.error import SerializableErrorInfo

from engage_assets import errors
from engage_assets.commands.home import disk_full, tells_of_a_full_disk
from engage_assets.errors import EngageError, GateRefusedError

USER_ERRORS = {
    name: error for name, error in vars(errors).items() if isinstance(error, type) and issubclass(error, EngageError)
}

ACCEPTABLE = frozenset({"fairness"})
"""Gates whose finding the contract of a user's own extract may accept, with a reason."""


SAYS_WHERE = frozenset({"EndpointConnectionError", "ConnectTimeoutError", "ReadTimeoutError", "SSLError"})
"""Errors of AWS's client that name the address. What has caused them says that something was refused, and not what."""


def explain_failure(result: dg.ExecuteInProcessResult, *, home: Path) -> EngageError | None:
    """The error to show for a run that did not succeed, or None when the run has no failed step."""
    refused = [
        event.asset_check_evaluation_data
        for event in result.all_events
        if event.event_type_value == "ASSET_CHECK_EVALUATION"
        and not event.asset_check_evaluation_data.passed
        and event.asset_check_evaluation_data.severity == dg.AssetCheckSeverity.ERROR
    ]
    if refused:
        lines = [f"{each.check_name} on {each.asset_key.to_user_string()}: {_message(each)}" for each in refused]
        if (home / "extract.json").exists() and any(each.check_name in ACCEPTABLE for each in refused):
            lines.append("If that is known and acceptable, say why in the contract: accepted_findings: {fairness: …}")
        if (home / "extract.json").exists():
            lines.append("What a refusal means for your own data: docs/your-own-data.md, when a gate refuses")
        return GateRefusedError("refused by a gate; the last published week is untouched.\n  " + "\n  ".join(lines))
    for event in result.all_events:
        if event.is_step_failure and event.step_failure_data.error is not None:
            return _translate(event.step_key or "", event.step_failure_data.error, home)
    return None


def _message(evaluation: dg.AssetCheckEvaluation) -> str:
    value = evaluation.metadata.get("message")
    return str(value.value) if value is not None else "did not pass"


def _translate(step: str, error: SerializableErrorInfo, home: Path) -> EngageError:
    chain = list(_causes(error))
    if any(tells_of_a_full_disk(each.message) for each in chain):
        return disk_full(home)
    for each in chain:
        if each.cls_name in USER_ERRORS:
            return USER_ERRORS[each.cls_name](_text(each))
    root = next((each for each in chain if each.cls_name in SAYS_WHERE), chain[-1])
    return EngageError(
        f"{step} failed: {root.cls_name}: {_text(root)}\n"
        "The last published week is untouched. `engage ui` shows the full log of the run."
    )


def _causes(error: SerializableErrorInfo) -> Iterator[SerializableErrorInfo]:
    current: SerializableErrorInfo | None = error
    while current is not None:
        yield current
        current = current.cause or current.context


def _text(error: SerializableErrorInfo) -> str:
    # Dagster puts the class in front: "package.InputError: message".
    message = error.message.strip()
    head, separator, tail = message.partition(": ")
    return tail if separator and head.endswith(error.cls_name or "\0") else message
