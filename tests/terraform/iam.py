"""Which action a request needs, and whether a policy allows it."""

import json
import re
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from itertools import takewhile
from typing import Any
from urllib.parse import parse_qs, unquote

Need = tuple[str, str]
"""An action, and the ARN of its resource; * where the request does not name one that is looked at here."""

FREE = frozenset({"sts:GetCallerIdentity"})
"""Needs no right: everyone may ask who they are."""


def caller(headers: Mapping[str, str]) -> tuple[str, str]:
    """Access key and service of a signed request; empty when it is not signed."""
    found = re.search(r"Credential=([^/]+)/\d{8}/[^/]+/([^/]+)/aws4_request", headers.get("Authorization", ""))
    return (found[1], found[2]) if found else ("", "")


def needs(service: str, method: str, path: str, query: str, headers: Mapping[str, str], body: bytes) -> set[Need]:
    """What a request needs to be allowed."""
    if service == "s3":
        return _s3(method, unquote(path), parse_qs(query, keep_blank_values=True), headers, body)
    target = headers.get("X-Amz-Target", "")
    operation = target.rpartition(".")[2] if target else parse_qs(body.decode()).get("Action", [""])[0]
    if service == "ecs" and operation == "RunTask" and json.loads(body).get("tags"):
        return {("ecs:RunTask", "*"), ("ecs:TagResource", "*"), ("iam:PassRole", "*")}
    return {(f"{service}:{operation}", "*")} - {(action, "*") for action in FREE}


def _s3(method: str, path: str, query: Mapping[str, Any], headers: Mapping[str, str], body: bytes) -> set[Need]:
    bucket, _, key = path.lstrip("/").partition("/")
    arn = f"arn:aws:s3:::{bucket}"
    if not key:
        if method == "POST" and "delete" in query:
            return {("s3:DeleteObject", f"{arn}/{each}") for each in re.findall(r"<Key>(.*?)</Key>", body.decode())}
        if method == "GET" and "location" in query:
            return {("s3:GetBucketLocation", arn)}
        if method in ("GET", "HEAD"):
            return {("s3:ListBucket", arn)}
        return {(f"s3:{method} of a bucket", arn)}
    thing = f"{arn}/{key}"
    if method in ("GET", "HEAD"):
        return {("s3:GetObject", thing)}
    if method == "DELETE":
        return {("s3:AbortMultipartUpload" if "uploadId" in query else "s3:DeleteObject", thing)}
    found = {("s3:PutObject", thing)}
    if source := headers.get("X-Amz-Copy-Source"):
        found.add(("s3:GetObject", "arn:aws:s3:::" + unquote(source).lstrip("/").partition("?")[0]))
    return found


def as_list(value: Any) -> list[Any]:
    """One or many, as a list."""
    return value if isinstance(value, list) else [value]


def allows(policy: Mapping[str, Any], need: Need) -> bool:
    """Whether a statement allows the action, on the resource where that is known. Conditions are not looked at."""
    action, resource = need
    return any(
        statement["Effect"] == "Allow"
        and action in as_list(statement["Action"])
        and (resource == "*" or any(fnmatchcase(resource, each) for each in as_list(statement["Resource"])))
        for statement in policy["Statement"]
    )


def allowed_actions(policy: Mapping[str, Any]) -> set[str]:
    """All actions that a policy allows."""
    return {action for statement in policy["Statement"] for action in as_list(statement["Action"])}


def allowed_resources(policy: Mapping[str, Any]) -> set[str]:
    """All resources that a policy names."""
    return {resource for statement in policy["Statement"] for resource in as_list(statement["Resource"])}


def generalised(needed: Iterable[Need]) -> dict[str, list[str]]:
    """Actions, and where in the bucket: what a record keeps of a run. Below lake/ the folders count."""
    found: dict[str, set[str]] = {}
    for action, resource in needed:
        parts = resource.partition(":::")[2].split("/")[1:]
        folders = list(takewhile(lambda part: "=" not in part, parts[:-1]))
        place = "/".join(folders[:3] if parts[:1] == ["lake"] else parts[:1])
        found.setdefault(action, set()).add(place)
    return {action: sorted(places - {""}) for action, places in sorted(found.items())}
