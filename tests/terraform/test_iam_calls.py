"""Each role may do what its program asks for, where it does, and nothing else: compared with a week, both ways."""

import json
from collections.abc import Iterable, Mapping
from copy import deepcopy
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.terraform.iam import allowed_actions, as_list
from tests.terraform.rights import (
    FOREIGN,
    NOWHERE,
    UNSEEN,
    Right,
    allows,
    bucket_of,
    coarse,
    granted,
    need_at,
    unmet_keys,
    unused,
)
from tests.terraform.workspace import Plan

RECORD = Path(__file__).with_name("recorded_calls.yaml")
ELSEWHERE = Path(__file__).with_name("calls_elsewhere.yaml")
EVERYWHERE = "everywhere"
"""In the list of calls elsewhere: wherever the role may do it. For actions whose places no request of a week tells."""
AS = "as "
"""In the same list: where another action was asked for."""

pytestmark = pytest.mark.terraform

ADDRESSES = {
    "orchestrator": "module.orchestration.aws_iam_role_policy.task",
    "scoring": 'module.compute.aws_iam_role_policy.task["scoring"]',
    "training": 'module.compute.aws_iam_role_policy.task["training"]',
}
Policy = Mapping[str, Any]


def policies_by_role(plan: Plan) -> Mapping[str, Policy]:
    """The policy of each task."""
    return {role: plan.policies[address] for role, address in ADDRESSES.items()}


@cache
def recorded() -> Mapping[str, Mapping[str, Mapping[str, list[str]]]]:
    """By role and action: places, and values of condition keys."""
    return dict(yaml.safe_load(RECORD.read_text()))


def places_of(role: str, action: str) -> set[str]:
    """Where a role asked for an action, as finely as its policy tells places apart."""
    found = recorded()[role].get(action, {}).get("places", [])
    return {coarse(each) for each in found} if role == "orchestrator" else set(found)


def asked(role: str) -> set[Right]:
    """What the week asked for."""
    return {(action, where) for action in recorded()[role] for where in places_of(role, action)}


@cache
def elsewhere(role: str) -> Mapping[str, list[str]]:
    """What a week on the local AWS does not show, with the places; the file has the reason for each."""
    found: dict[str, list[str]] = {}
    for actions in yaml.safe_load(ELSEWHERE.read_text())[role].values():
        for action, places in actions.items():
            for where in as_list(places):
                named = places_of(role, where.removeprefix(AS)) if where.startswith(AS) else {where}
                assert named, f"{action} {where}: {role} has not asked for that in the week"
                found.setdefault(action, []).extend(sorted(named))
    return found


def universe(role: str, action: str) -> set[str]:
    """All places at which somebody could do an action: those of every role and reason, and somebody else's."""
    service = action.partition(":")[0]
    known = {
        where
        for one in ADDRESSES
        for other in {*recorded()[one], *elsewhere(one)}
        if other.partition(":")[0] == service
        for where in {*recorded()[one].get(other, {}).get("places", []), *listed(one, other)}
    }
    if role == "orchestrator":
        known = {coarse(each) for each in known}
    named = {each for each in elsewhere(role).get(action, []) if each != EVERYWHERE}
    kinds = {_kind(action, each) for each in {*places_of(role, action), *named}}
    # Where somebody lists a folder of folders, the folders count.
    parents = {each for each in known if any(other.startswith(f"{each}/") for other in known) and service == "s3"}
    known -= parents - places_of(role, action) - {NOWHERE}
    return {each for each in {*known, *FOREIGN.get(service, ())} if _kind(action, each) in kinds}


def listed(role: str, action: str) -> list[str]:
    """The places that the list of calls elsewhere names one by one."""
    return [each for each in elsewhere(role).get(action, []) if "*" not in each and each != EVERYWHERE]


def _kind(action: str, where: str) -> str:
    """What sort of thing a place is: an action acts on some sorts only, whatever else its statement names."""
    if action.startswith("s3:"):
        return "bucket" if where == NOWHERE and action != "s3:ListBucket" else "folder"
    return where.partition("/")[0] if "/" in where else bool(where) * "one"


def differences(role: str, policy: Policy) -> Iterable[str]:
    """Everything in which a policy and the calls of a role are not the same."""
    bucket = bucket_of(policy)
    for action, about in recorded()[role].items():
        for where in about["places"]:
            need = need_at(action, where, bucket, [(key, value[0]) for key, value in about.items() if key != "places"])
            if not allows(policy, need):
                yield f"asked for, not allowed: {action} at {where or 'no place'}"
    allowed = {
        right for action in allowed_actions(policy) for right in granted(policy, action, universe(role, action), bucket)
    }
    known = asked(role)
    for action, places in elsewhere(role).items():
        if action not in allowed_actions(policy):
            yield f"needed elsewhere, not allowed: {action}"
        if places == [EVERYWHERE]:
            if action in recorded()[role]:
                yield f"in the week, not only elsewhere: {action}"
            continue
        for named in places:
            meant = {(action, each) for each in universe(role, action) if fnmatchcase(each, named)}
            if not meant or meant <= asked(role):
                yield f"in the week, not only elsewhere: {action} at {named}"
            if not meant <= allowed:
                yield f"needed elsewhere, not allowed: {action} at {named}"
            known |= meant
    free = {action for action, places in elsewhere(role).items() if places == [EVERYWHERE]}
    for action, where in sorted(allowed - known):
        if action not in free:
            yield f"allowed, never asked for: {action} at {where or 'no place'}"
    for action in sorted({*allowed_actions(policy)} - {action for action, _ in known} - free):
        yield f"allowed, never asked for: {action}"
    yield from (f"names what is not used: {each}" for each in unused(policy, known, bucket, free))
    yield from (f"a condition that no request meets: {each}" for each in unmet_keys(policy, recorded()[role], free))


@pytest.mark.parametrize("role", ADDRESSES)
def test_rights_and_calls_are_the_same_by_action_and_place(created, role):
    assert list(differences(role, policies_by_role(created)[role])) == []


def test_conditions_that_cannot_be_seen_are_in_use(created):
    keys = {
        key
        for policy in policies_by_role(created).values()
        for statement in policy["Statement"]
        for wanted in statement.get("Condition", {}).values()
        for key in wanted
    }
    assert set(UNSEEN) <= keys


def altered(policy: Policy, old: str, new: str) -> Policy:
    """The policy with one text in place of another."""
    text = json.dumps(policy)
    assert old in text, f"the policy does not hold {old!r} any more: change this test with it"
    changed: Policy = json.loads(text.replace(old, new))
    return changed


PLANTED = (
    ("training", "lake/handover/training_set/*", "lake/handover/*", "allowed, never asked for: s3:GetObject at"),
    ("training", "lake/evaluation/*", "lake/evaluation/metrics/*", "asked for, not allowed: s3:PutObject at"),
    ("scoring", "lake/predictions/*", "lake/*", "allowed, never asked for: s3:PutObject at lake/"),
    ("scoring", '"lake/handover/features/*"', '"lake/*"', "allowed, never asked for: s3:ListBucket at lake/truth"),
    ("scoring", "123456789012/models/*", "123456789012/nothing/*", "names what is not used: arn:aws:s3:::"),
    ("orchestrator", "table/engage_prod_*/*", "table/*/*", "allowed, never asked for: glue:CreateTable at table/other"),
    ("orchestrator", "workgroup/engage-prod", "workgroup/*", "allowed, never asked for: athena:"),
    ("orchestrator", "123456789012:engage-prod", "123456789012:*", "allowed, never asked for: sns:Publish at other"),
    ("orchestrator", "cluster/engage-prod", "cluster/engage-dev", "asked for, not allowed: ecs:RunTask at"),
    ("orchestrator", "ecs-tasks.amazonaws.com", "ec2.amazonaws.com", "asked for, not allowed: iam:PassRole at"),
    ("orchestrator", "role/engage-prod-scoring-execution", "role/*", "allowed, never asked for: iam:PassRole at"),
    ("orchestrator", "task-definition/engage-prod-scoring:*", "task-definition/x:*", "asked for, not allowed: ecs:"),
)
"""Role, a text of its policy, what takes its place, and how the comparison tells it."""


@pytest.mark.parametrize(("role", "old", "new", "told"), PLANTED)
def test_a_right_that_is_too_wide_or_too_narrow_is_told(created, role, old, new, told):
    found = list(differences(role, altered(policies_by_role(created)[role], old, new)))
    assert any(each.startswith(told) for each in found), found


def test_a_statement_that_nothing_uses_is_told(created):
    policy = deepcopy(dict(policies_by_role(created)["scoring"]))
    place = f"arn:aws:s3:::{bucket_of(policy)}/lake/truth/*"
    policy["Statement"].append({"Effect": "Allow", "Action": "s3:GetObject", "Resource": place})
    assert "allowed, never asked for: s3:GetObject at lake/truth" in list(differences("scoring", policy))
