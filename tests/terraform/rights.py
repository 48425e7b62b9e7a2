"""What a role may do, compared with what it asked for: by action and place, both ways.

A *place* is what a record keeps of an ARN: the folder of an object, the database of a table, the family of a task
definition. What may be listed of a bucket is a place, too: the folder that the request names as its prefix.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from itertools import takewhile
from typing import Any

from tests.terraform.iam import Need, arn, as_list, statements

NOWHERE = ""
"""The place of an action that has no resource."""

Right = tuple[str, str]
"""An action and a place."""

UNSEEN: Mapping[str, str] = {
    "kms:ResourceAliases": "the emulated account has no keys; requests name none, S3 does",
    "aws:ResourceTag/aws:rds:primaryDBClusterArn": "AWS knows the tags of a secret, a request does not tell them",
}
"""Keys of conditions that no request holds, and why. They count as met."""

FOREIGN: Mapping[str, Sequence[str]] = {
    "s3": ("elsewhere",),
    "glue": ("database/other", "table/other/*"),
    "athena": ("workgroup/other",),
    "ecs": ("task-definition/other:*", "task/other/*"),
    "iam": ("role/other",),
    "sns": ("other",),
}
"""Places of somebody else in the same account. Nobody may do anything there."""


def met(conditions: Mapping[str, Mapping[str, Any]], context: Iterable[tuple[str, str]]) -> bool:
    """Whether a request with these condition keys meets all conditions. A key that it lacks is not met, unless UNSEEN.

    Raises ValueError for an operator that is not known here.
    """
    held = dict(context)
    for operator, wanted in conditions.items():
        for key, values in wanted.items():
            if key in UNSEEN:
                continue
            if operator not in ("StringEquals", "ArnEquals", "StringLike"):
                raise ValueError(f"{operator} of {key}: this operator is not checked yet; add it to met()")
            value = held.get(key)
            if value is None or not any(_equal(operator, value, each) for each in as_list(values)):
                return False
    return True


def _equal(operator: str, value: str, wanted: str) -> bool:
    return value == wanted if operator == "StringEquals" else fnmatchcase(value, wanted)


def allows(policy: Mapping[str, Any], need: Need) -> bool:
    """Whether a statement allows the action, on the resource, with the condition keys of the request."""
    return any(
        any(fnmatchcase(need.resource, each) for each in as_list(statement["Resource"]))
        and met(statement.get("Condition", {}), need.context)
        for statement in statements(policy, need.action)
    )


def place(need: Need) -> str:
    """What a record keeps of where a right was needed. Below lake/ the folders count, elsewhere the first one."""
    if need.action == "s3:ListBucket":
        return _folder(dict(need.context).get("s3:prefix", ""))
    if need.resource.startswith("arn:aws:s3:::"):
        return _folder(need.resource.partition(":::")[2].partition("/")[2])
    if need.resource == "*":
        return NOWHERE
    inside = need.resource.split(":", 5)[5]
    kind, _, name = inside.partition("/")
    if kind in ("table", "task"):
        return f"{kind}/{name.partition('/')[0]}/*"
    return re.sub(r":\d+$", ":*", inside)


def _folder(key: str) -> str:
    parts = key.split("/")
    folders = list(takewhile(lambda part: "=" not in part, parts[:-1]))
    return "/".join(folders[:3] if parts[0] == "lake" else parts[:1])


def need_at(action: str, where: str, bucket: str, context: Iterable[tuple[str, str]] = ()) -> Need:
    """A request that would need the action at a place: the other way round of :func:`place`."""
    service = action.partition(":")[0]
    if action == "s3:ListBucket":
        return Need(action, f"arn:aws:s3:::{bucket}", frozenset({("s3:prefix", f"{where}/")} if where else ()))
    if service == "s3":
        return Need(action, f"arn:aws:s3:::{bucket}/{where}/object" if where else f"arn:aws:s3:::{bucket}")
    return Need(action, arn(service, where) if where else "*", frozenset(context))


def summary(needed: Iterable[Need]) -> dict[str, dict[str, list[str]]]:
    """What a record keeps of a run: by action the places, and the condition keys that its requests held."""
    found: dict[str, dict[str, set[str]]] = defaultdict(lambda: {"places": set()})
    for need in needed:
        found[need.action]["places"].add(place(need))
        for key, value in need.context:
            if key != "s3:prefix":  # it is the place
                found[need.action].setdefault(key, set()).add(value)
    return {action: {name: sorted(about[name]) for name in sorted(about)} for action, about in sorted(found.items())}


def coarse(where: str) -> str:
    """A place as the role of the orchestrator names it: it owns the lake and the databases as a whole."""
    if where.startswith(("database/engage_prod_", "table/engage_prod_")):
        return f"{where.partition('/')[0]}/engage_prod_*" + ("/*" if where.startswith("table/") else "")
    return "lake" if where.startswith("lake/") else where


def granted(policy: Mapping[str, Any], action: str, places: Iterable[str], bucket: str) -> Iterator[Right]:
    """The places among some at which a policy allows an action, in requests that hold what the conditions want."""
    for where in places:
        need = need_at(action, where, bucket)
        for statement in statements(policy, action):
            held = {
                (key, str(as_list(values)[0]))
                for wanted in statement.get("Condition", {}).values()
                for key, values in wanted.items()
                if key != "s3:prefix"
            }
            if allows({"Statement": [statement]}, Need(action, need.resource, need.context | held)):
                yield action, where
                break


def unused(policy: Mapping[str, Any], known: Iterable[Right], bucket: str, free: Iterable[str]) -> Iterator[str]:
    """Resources and listed prefixes at which no action of their statement has a known right. `free` may be anywhere."""
    by_action: dict[str, list[Need]] = defaultdict(list)
    for action, where in known:
        by_action[action].append(need_at(action, where, bucket))
    for statement in policy["Statement"]:
        actions = as_list(statement["Action"])
        if {*actions} <= {*free}:
            continue
        needed = [need for action in actions for need in by_action[action]]
        for resource in as_list(statement["Resource"]):
            if not any(fnmatchcase(need.resource, resource) for need in needed):
                yield f"{resource} of {statement.get('Sid')}"
        for prefix in as_list(statement.get("Condition", {}).get("StringLike", {}).get("s3:prefix", [])):
            if not any(fnmatchcase(dict(need.context).get("s3:prefix", ""), prefix) for need in needed):
                yield f"prefix {prefix} of {statement.get('Sid')}"


def unmet_keys(
    policy: Mapping[str, Any], record: Mapping[str, Mapping[str, Sequence[str]]], free: Iterable[str]
) -> Iterator[str]:
    """Keys of conditions that requests hold with other values, or do not hold at all and are not UNSEEN."""
    for statement in policy["Statement"]:
        for operator, wanted in statement.get("Condition", {}).items():
            for key, values in wanted.items():
                for action in {*as_list(statement["Action"])} - {*free}:
                    held = record.get(action, {}).get(key, [])
                    unmet = [each for each in held if not met({operator: {key: values}}, [(key, each)])]
                    if key not in {*UNSEEN, "s3:prefix"} and (unmet or not held):
                        yield f"{action}: {key} is {unmet or 'not told'}, not {values}"


def open_keys(policy: Mapping[str, Any], record: Mapping[str, Mapping[str, Sequence[str]]]) -> Iterator[str]:
    """Keys that requests hold and a statement does not ask for, or with other values than theirs.

    A statement whose resources are all inside one cluster asks for that cluster already.
    """
    for action, about in record.items():
        for key, held in about.items():
            if key == "places":
                continue
            for statement in statements(policy, action):
                asked = [wanted[key] for wanted in statement.get("Condition", {}).values() if key in wanted]
                if not asked and not _inside(statement, key, held):
                    yield f"{action}: whatever {key} is"
                for values in asked:
                    if {*as_list(values)} != {*held}:
                        yield f"{action}: {key} {as_list(values)}, asked for was {list(held)}"


def _inside(statement: Mapping[str, Any], key: str, held: Sequence[str]) -> bool:
    clusters = tuple(arn("ecs", f"task/{each.rpartition('/')[2]}/") for each in held)
    return key == "ecs:cluster" and all(each.startswith(clusters) for each in as_list(statement["Resource"]))


def other_buckets(policy: Mapping[str, Any], bucket: str) -> Iterator[str]:
    """Resources in S3 that are not in the bucket, or not in it alone."""
    for statement in policy["Statement"]:
        for resource in as_list(statement["Resource"]):
            service, _, inside = resource.partition(":::")
            if service == "arn:aws:s3" and inside.partition("/")[0] != bucket:
                yield f"{resource} of {statement.get('Sid')}"
