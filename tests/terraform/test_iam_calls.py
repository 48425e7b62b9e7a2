"""Each role may do what its program asks for, and nothing else: compared both ways with the record of a week."""

from collections.abc import Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.terraform.iam import allowed_actions, allowed_resources, allows
from tests.terraform.workspace import Plan

RECORD = Path(__file__).with_name("recorded_calls.yaml")
ELSEWHERE = Path(__file__).with_name("calls_elsewhere.yaml")
pytestmark = pytest.mark.terraform

ADDRESSES = {
    "orchestrator": "module.orchestration.aws_iam_role_policy.task",
    "scoring": 'module.compute.aws_iam_role_policy.task["scoring"]',
    "training": 'module.compute.aws_iam_role_policy.task["training"]',
}


def policies_by_role(plan: Plan) -> Mapping[str, Mapping[str, Any]]:
    """The policy of each task."""
    return {role: plan.policies[address] for role, address in ADDRESSES.items()}


def recorded() -> Mapping[str, Mapping[str, list[str]]]:
    return dict(yaml.safe_load(RECORD.read_text()))


def elsewhere(role: str) -> Mapping[str, str]:
    """Actions, and places in the bucket, that a week on the local AWS does not show, with the reason for each."""
    return {
        action: reason for reason, actions in yaml.safe_load(ELSEWHERE.read_text())[role].items() for action in actions
    }


@pytest.mark.parametrize("role", ADDRESSES)
def test_all_that_was_asked_for_is_allowed(created, role):
    policy = policies_by_role(created)[role]
    refused = [
        (action, place)
        for action, places in recorded()[role].items()
        for place in places or [""]
        if not allows(policy, (action, _arn(created, place) if place else "*"))
    ]
    assert refused == []


@pytest.mark.parametrize("role", ADDRESSES)
def test_nothing_else_is_allowed(created, role):
    allowed = allowed_actions(policies_by_role(created)[role])
    assert sorted(allowed - set(recorded()[role]) - set(elsewhere(role))) == []


@pytest.mark.parametrize("role", ADDRESSES)
def test_what_is_needed_elsewhere_is_allowed_and_not_in_the_record(created, role):
    allowed = allowed_actions(policies_by_role(created)[role])
    actions = {each for each in elsewhere(role) if ":" in each}
    assert sorted(actions - allowed) == []
    assert sorted(actions & set(recorded()[role])) == []


@pytest.mark.parametrize("role", ADDRESSES)
def test_no_place_is_open_that_nothing_is_read_from_or_written_to(created, role):
    asked = [_arn(created, place) for places in recorded()[role].values() for place in places]
    opened = {
        each for each in allowed_resources(policies_by_role(created)[role]) if fnmatchcase(each, "arn:aws:s3:::*/*")
    }
    unused = {each for each in opened if not any(fnmatchcase(arn, each) for arn in asked)}
    known = {_arn(created, place).removesuffix("object") + "*" for place in elsewhere(role) if ":" not in place}
    assert sorted(unused - known) == []
    assert sorted(known - unused) == []


def _arn(plan: Plan, place: str) -> str:
    bucket = plan.one("module.lake.aws_s3_bucket.data")["bucket"]
    return f"arn:aws:s3:::{bucket}/{place}/object"
