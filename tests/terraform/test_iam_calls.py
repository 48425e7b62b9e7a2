"""Each role may do what its program asks for, where it does, and nothing else: compared with a week, both ways."""

import json
from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.terraform.iam import allowed_actions, as_list, statements
from tests.terraform.rights import (
    FOREIGN,
    NOWHERE,
    UNSEEN,
    Right,
    allows,
    coarse,
    granted,
    need_at,
    open_keys,
    other_buckets,
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
Change = Callable[[Policy], Policy]
NEVER = "allowed, never asked for"


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


def bucket_of(plan: Plan) -> str:
    """The bucket of the data, as it is planned."""
    return str(plan.one("module.lake.aws_s3_bucket.data")["bucket"])


def differences(role: str, policy: Policy, bucket: str) -> Iterable[str]:
    """Everything in which a policy and the calls of a role, all of them on this bucket, are not the same."""
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
            yield f"{NEVER}: {action} at {where or 'no place'}"
    for action in sorted({*allowed_actions(policy)} - {action for action, _ in known} - free):
        yield f"{NEVER}: {action}"
    yield from (f"names what is not used: {each}" for each in unused(policy, known, bucket, free))
    yield from (f"a condition that no request meets: {each}" for each in unmet_keys(policy, recorded()[role], free))
    yield from (f"{NEVER}: {each}" for each in open_keys(policy, recorded()[role]))
    yield from (f"another bucket: {each}" for each in other_buckets(policy, bucket))


@pytest.mark.parametrize("role", ADDRESSES)
def test_rights_and_calls_are_the_same_by_action_and_place(created, role):
    assert list(differences(role, policies_by_role(created)[role], bucket_of(created))) == []


def test_conditions_that_cannot_be_seen_are_in_use(created):
    keys = {
        key
        for policy in policies_by_role(created).values()
        for statement in policy["Statement"]
        for wanted in statement.get("Condition", {}).values()
        for key in wanted
    }
    assert set(UNSEEN) <= keys


def text(old: str, new: str) -> Change:
    """One text of the policy in place of another, throughout."""

    def change(policy: Policy) -> Policy:
        content = json.dumps(policy)
        assert old in content, f"the policy does not hold {old!r} any more: change this test with it"
        changed: Policy = json.loads(content.replace(old, new))
        return changed

    return change


def condition(action: str, key: str, *values: str) -> Change:
    """The condition of an action with other values; without values the condition is dropped."""

    def change(policy: Policy) -> Policy:
        changed = deepcopy(dict(policy))
        [statement] = statements(changed, action)
        [wanted] = statement["Condition"].values()
        assert list(wanted) == [key], f"the condition of {action} is {wanted}: change this test with it"
        if values:
            wanted[key] = list(values)
        else:
            del statement["Condition"]
        return changed

    return change


PLANTED = (
    ("training", text("lake/handover/training_set/*", "lake/handover/*"), f"{NEVER}: s3:GetObject at"),
    ("training", text("lake/evaluation/*", "lake/evaluation/metrics/*"), "asked for, not allowed: s3:PutObject at"),
    ("scoring", text("lake/predictions/*", "lake/*"), f"{NEVER}: s3:PutObject at lake/"),
    (
        "scoring",
        text('"lake/handover/features/*"', '"lake/*"'),
        f"{NEVER}: s3:ListBucket at lake/truth",
    ),
    ("scoring", text("123456789012/models/*", "123456789012/nothing/*"), "names what is not used: arn:aws:s3:::"),
    (
        "orchestrator",
        text("table/engage_prod_*/*", "table/*/*"),
        f"{NEVER}: glue:CreateTable at table/other",
    ),
    ("orchestrator", text("workgroup/engage-prod", "workgroup/*"), f"{NEVER}: athena:"),
    (
        "orchestrator",
        text("123456789012:engage-prod", "123456789012:*"),
        f"{NEVER}: sns:Publish at other",
    ),
    ("orchestrator", text("cluster/engage-prod", "cluster/engage-dev"), "asked for, not allowed: ecs:RunTask at"),
    ("orchestrator", text("ecs-tasks.amazonaws.com", "ec2.amazonaws.com"), "asked for, not allowed: iam:PassRole at"),
    ("orchestrator", text("role/engage-prod-scoring-execution", "role/*"), f"{NEVER}: iam:PassRole at"),
    (
        "orchestrator",
        text("task-definition/engage-prod-scoring:*", "task-definition/x:*"),
        "asked for, not allowed: ecs:",
    ),
    # --- a condition that is dropped or too wide
    ("orchestrator", condition("ecs:RunTask", "ecs:cluster"), f"{NEVER}: ecs:RunTask: whatever ecs:cluster"),
    ("orchestrator", condition("ecs:ListTasks", "ecs:cluster"), f"{NEVER}: ecs:ListTasks: whatever ecs:cluster"),
    ("orchestrator", text("cluster/engage-prod", "cluster/*"), f"{NEVER}: ecs:RunTask: ecs:cluster ["),
    ("orchestrator", text("task/engage-prod/*", "task/*"), f"{NEVER}: ecs:DescribeTasks: whatever ecs:cluster"),
    (
        "orchestrator",
        condition("ecs:TagResource", "ecs:CreateAction"),
        f"{NEVER}: ecs:TagResource: whatever ecs:CreateAction",
    ),
    (
        "orchestrator",
        condition("iam:PassRole", "iam:PassedToService"),
        f"{NEVER}: iam:PassRole: whatever iam:PassedToService",
    ),
    (
        "orchestrator",
        condition("iam:PassRole", "iam:PassedToService", "ecs-tasks.amazonaws.com", "ec2.amazonaws.com"),
        f"{NEVER}: iam:PassRole: iam:PassedToService [",
    ),
    # --- another bucket of the deployment, or any of them
    ("scoring", text("engage-prod-data", "engage-prod-logs"), "asked for, not allowed: s3:GetObject at"),
    ("training", text("engage-prod-data", "engage-prod-*"), "another bucket: arn:aws:s3:::engage-prod-*"),
    ("orchestrator", text("engage-prod-data", "engage-prod-logs"), "asked for, not allowed: s3:PutObject at"),
    ("orchestrator", text("engage-prod-data", "engage-prod-*"), "another bucket: arn:aws:s3:::engage-prod-*"),
)
"""Role, what happens to its policy, and how the comparison tells it."""


@pytest.mark.parametrize(("role", "change", "told"), PLANTED)
def test_a_right_that_is_too_wide_or_too_narrow_is_told(created, role, change, told):
    found = list(differences(role, change(policies_by_role(created)[role]), bucket_of(created)))
    assert any(each.startswith(told) for each in found), found


def test_a_statement_that_nothing_uses_is_told(created):
    policy = deepcopy(dict(policies_by_role(created)["scoring"]))
    place = f"arn:aws:s3:::{bucket_of(created)}/lake/truth/*"
    policy["Statement"].append({"Effect": "Allow", "Action": "s3:GetObject", "Resource": place})
    assert f"{NEVER}: s3:GetObject at lake/truth" in list(differences("scoring", policy, bucket_of(created)))
