"""What ECS says of a task, judged: the reason of a failure in words, and what can be done about it.

Pure functions over the answers of RunTask and DescribeTasks. The stock Pipes client takes a task without an exit code
for a success, and hides the reasons that ECS gives.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import quote

Kind = Literal["capacity", "start", "spot", "memory", "stopped", "exit", "lost", "silent", "timeout"]

ON_DEMAND_HELPS: frozenset[Kind] = frozenset({"capacity", "spot"})
"""Failures of Spot alone: the same task may well run on demand."""

NO_CAPACITY = (
    "capacity is unavailable",
    "resource:",
    "capacityunavailable",
    "capacity provider",
    "reached the limit on",
)
"""Words of ECS for no room. Of vCPUs at once, an account has one limit for Spot and another for tasks on demand."""

KILLED_STATUS, TERMINATED_STATUS = 137, 143


@dataclass(frozen=True)
class TaskFailure:
    """Why a task did not do its work."""

    kind: Kind
    reason: str

    @property
    def on_demand_helps(self) -> bool:
        """Whether the same task may run on demand where Spot failed."""
        return self.kind in ON_DEMAND_HELPS


def refusal(answer: Mapping[str, Any]) -> TaskFailure | None:
    """Why RunTask started nothing, or None when it started a task."""
    if answer.get("tasks"):
        return None
    reasons = [str(each.get("reason", "no reason given")) for each in answer.get("failures", [])]
    return _not_started("; ".join(reasons) or "ECS gave no task and no reason")


def refused_with(error: Mapping[str, Any]) -> TaskFailure:
    """The same for a RunTask that answers with an error: its code and message."""
    return _not_started(f"{error.get('Message') or 'no reason given'} ({error.get('Code')})")


def _not_started(said: str) -> TaskFailure:
    kind: Kind = "capacity" if any(word in said.lower() for word in NO_CAPACITY) else "start"
    return TaskFailure(kind, f"ECS started no task: {said}")


def failure_of(task: Mapping[str, Any], *, container: str, reported: bool) -> TaskFailure | None:
    """Why a stopped task failed, or None when it exited with 0 and had `reported` a result."""
    reason = str(task.get("stoppedReason") or "ECS gives no reason")
    code = str(task.get("stopCode") or "")
    ran: Mapping[str, Any] = next((each for each in task.get("containers", []) if each.get("name") == container), {})
    status, detail = ran.get("exitCode"), str(ran.get("reason") or "")
    if code == "SpotInterruption" or (code == "TerminationNotice" and "spot" in reason.lower()):
        return TaskFailure("spot", f"Spot took the capacity back before the program had ended: {reason}")
    if code == "TaskFailedToStart":
        said = f"{reason} {detail}".strip()
        if any(word in said.lower() for word in NO_CAPACITY):
            return TaskFailure("capacity", f"the task did not start: {said}")
        return TaskFailure("start", f"the task did not start: {said}. {_remedy_of_start(said)}")
    if "OutOfMemory" in detail or status == KILLED_STATUS:
        return TaskFailure(
            "memory",
            f"the program was killed (exit status {status}), as a rule for lack of memory {detail}".strip()
            + ". Give it more with ENGAGE_TRAINING_MEMORY_MB or ENGAGE_SCORING_MEMORY_MB.",
        )
    if code in {"UserInitiated", "ServiceSchedulerInitiated", "TerminationNotice"}:
        return TaskFailure("stopped", f"somebody stopped the task ({code}): {reason}")
    if status is None:
        return TaskFailure(
            "lost", f"the task stopped and its program has no exit status ({code or 'no code'}): {reason}"
        )
    if status == TERMINATED_STATUS:
        return TaskFailure("stopped", f"the program was told to end (exit status {status}): {reason}")
    if status != 0:
        return TaskFailure("exit", f"the program ended with exit status {status}. {detail or 'Its log says why.'}")
    if not reported:
        return TaskFailure(
            "silent", "the program ended with exit status 0 and reported no result: silence is no success"
        )
    return None


def _remedy_of_start(said: str) -> str:
    if "CannotPull" in said:
        return "Push the image, or correct the image of the task definition."
    if "ResourceInitialization" in said:
        return "Look at the network of its subnets and at the role that starts tasks."
    return "The events of the cluster say more."


def step_name(*, step: str, program: str, share: int) -> str:
    """What a step does in one task, whichever run or attempt it belongs to. A tag of the task."""
    return f"{step}/{program}/{share}"


def token(*parts: str | int) -> str:
    """A client token: ECS starts no second task for a token that it knows."""
    return hashlib.sha256("/".join(map(str, parts)).encode()).hexdigest()[:32]


def tags_of(task: Mapping[str, Any]) -> dict[str, str]:
    """A task's tags as a dictionary."""
    return {each["key"]: each["value"] for each in task.get("tags", [])}


def task_id(task: Mapping[str, Any]) -> str:
    """The last part of the ARN."""
    return str(task["taskArn"]).rsplit("/", 1)[-1]


def log_link(region: str, definition: Mapping[str, Any], container: str, task: Mapping[str, Any]) -> str | None:
    """Where a person reads the task's log, or None when its definition sends it elsewhere than to CloudWatch."""
    defined = next(each for each in definition["containerDefinitions"] if each["name"] == container)
    options = (defined.get("logConfiguration") or {}).get("options") or {}
    if "awslogs-group" not in options:
        return None
    stream = f"{options.get('awslogs-stream-prefix', '')}/{container}/{task_id(task)}"

    def twice(text: str) -> str:
        return quote(quote(text, safe=""), safe="").replace("%", "$")

    return (
        f"https://{region}.console.aws.amazon.com/cloudwatch/home?region={region}#logsV2:log-groups/log-group/"
        f"{twice(options['awslogs-group'])}/log-events/{twice(stream)}"
    )


def newest_unfinished(tasks: Sequence[Mapping[str, Any]], name: str) -> Mapping[str, Any] | None:
    """The task that already does a step's work, or None."""
    same = [task for task in tasks if tags_of(task).get("engage/step") == name and task.get("lastStatus") != "STOPPED"]
    return max(same, key=lambda task: str(task.get("createdAt", "")), default=None)
