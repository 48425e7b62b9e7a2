"""The rules that count stopped tasks, read as EventBridge reads them, on events as ECS sends them."""

import json
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any

import pytest

from tests.terraform.workspace import Plan


def matches(pattern: Mapping[str, Any], event: Any) -> bool:
    """Whether an event matches a pattern of exact values, wildcards and $or; of a list, one member has to."""
    if isinstance(event, list):
        return any(matches(pattern, each) for each in event)
    return isinstance(event, Mapping) and all(
        any(matches(each, event) for each in wanted)
        if name == "$or"
        else matches(wanted, event.get(name))
        if isinstance(wanted, Mapping)
        else any(_is(value, event.get(name)) for value in wanted)
        for name, wanted in pattern.items()
    )


def _is(wanted: Any, value: Any) -> bool:
    if isinstance(wanted, Mapping):
        [(kind, text)] = wanted.items()
        assert kind == "wildcard", f"the test does not know {kind}"
        return isinstance(value, str) and fnmatchcase(value, text)
    return bool(wanted == value)


def stopped(
    code: str, reason: str, *, container: str | None = None, status: str = "STOPPED", name: str = "engage-prod"
) -> Mapping[str, Any]:
    """The event of a task that stops."""
    return {
        "source": "aws.ecs",
        "detail-type": "ECS Task State Change",
        "detail": {
            "clusterArn": f"arn:aws:ecs:us-east-1:123456789012:cluster/{name}",
            "lastStatus": status,
            "desiredStatus": "STOPPED",
            "stopCode": code,
            "stoppedReason": reason,
            "containers": [{"name": "training", "exitCode": 137} | ({"reason": container} if container else {})],
        },
    }


KILLED = "OutOfMemoryError: Container killed due to memory usage"
EXITED = "Essential container in task exited"
INTERRUPTED = "Your Spot Task was interrupted."


@pytest.mark.parametrize(
    ("event", "counted"),
    [
        (stopped("EssentialContainerExited", EXITED, container=KILLED), {"out-of-memory"}),
        (stopped("EssentialContainerExited", KILLED), {"out-of-memory"}),
        (stopped("EssentialContainerExited", EXITED), set()),
        (stopped("SpotInterruption", INTERRUPTED), {"spot-interruption"}),
        (stopped("TerminationNotice", INTERRUPTED), {"spot-interruption"}),
        (stopped("TerminationNotice", INTERRUPTED, status="RUNNING"), set()),
        (stopped("TerminationNotice", "A newer platform version is there"), set()),
        (stopped("UserInitiated", "the run was cancelled"), set()),
        (stopped("EssentialContainerExited", EXITED, container=KILLED, name="somebody-else"), set()),
    ],
)
def test_a_stopped_task_is_counted_for_what_stopped_it(created: Plan, event: Mapping[str, Any], counted: set[str]):
    patterns = {
        each["name"].removeprefix("engage-prod-"): json.loads(each["event_pattern"])
        for each in created.of_type("aws_cloudwatch_event_rule")
    }
    assert {name for name, pattern in patterns.items() if matches(pattern, event)} == counted
