"""Which rights a request needs: actions, the ARNs they act on, and the condition keys that the request holds."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote

REGION, ACCOUNT = "us-east-1", "123456789012"


@dataclass(frozen=True)
class Need:
    """One right that a request needs."""

    action: str
    resource: str = "*"
    """The ARN; * where AWS knows no resource for the action."""
    context: frozenset[tuple[str, str]] = field(default=frozenset())
    """Condition keys that the request holds, with their values."""


@dataclass(frozen=True)
class Account:
    """What a request does not say itself and AWS knows."""

    roles: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The roles that a task definition gives to its tasks, by family."""
    workgroups: Mapping[str, str] = field(default_factory=dict)
    """The workgroup of a query, by the query's id."""


def arn(service: str, place: str) -> str:
    """The ARN of what is at a place of the account, such as ``workgroup/engage``."""
    return f"arn:aws:{service}:{'' if service == 'iam' else REGION}:{ACCOUNT}:{place}"


def caller(headers: Mapping[str, str]) -> tuple[str, str]:
    """Access key and service of a signed request; empty when it is not signed."""
    found = re.search(r"Credential=([^/]+)/\d{8}/[^/]+/([^/]+)/aws4_request", headers.get("Authorization", ""))
    return (found[1], found[2]) if found else ("", "")


def needs(
    service: str, method: str, path: str, query: str, headers: Mapping[str, str], body: bytes, account: Account
) -> set[Need]:
    """What a request needs to be allowed."""
    if service == "s3":
        return _s3(method, unquote(path), parse_qs(query, keep_blank_values=True), headers, body)
    target = headers.get("X-Amz-Target", "")
    if not target:
        given: Mapping[str, Any] = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        return rights(service, str(given.get("Action", "")), given, account)
    return rights(service, target.rpartition(".")[2], json.loads(body or b"{}"), account)


def rights(service: str, operation: str, given: Mapping[str, Any], account: Account) -> set[Need]:
    """What an operation needs with these arguments. Raises KeyError for a service that is not known here."""
    if (service, operation) == ("sts", "GetCallerIdentity"):
        return set()  # everyone may ask who they are
    return set(SERVICES[service](f"{service}:{operation}", operation, given, account))


def _glue(action: str, operation: str, given: Mapping[str, Any], account: Account) -> Iterator[Need]:
    """The catalogue, the database, and for all but databases the table: Glue asks for the right on each of them."""
    del account
    yield Need(action, arn("glue", "catalog"))
    if operation == "GetDatabases":
        return
    made = given.get("DatabaseInput", {}).get("Name")
    database = given.get("DatabaseName") or made or ("Database" in operation and given.get("Name")) or "*"
    yield Need(action, arn("glue", f"database/{database}"))
    if "Database" not in operation:
        about = ("Partition" in operation or "Version" in operation) and given.get("TableName")
        table = about or given.get("TableInput", {}).get("Name") or given.get("Name") or "*"
        yield Need(action, arn("glue", f"table/{database}/{table}"))


def _athena(action: str, operation: str, given: Mapping[str, Any], account: Account) -> Iterator[Need]:
    if operation == "GetDataCatalog":
        yield Need(action, arn("athena", f"datacatalog/{given['Name']}"))
    else:
        group = given.get("WorkGroup") or account.workgroups[str(given["QueryExecutionId"])]
        yield Need(action, arn("athena", f"workgroup/{group}"))


def _ecs(action: str, operation: str, given: Mapping[str, Any], account: Account) -> Iterator[Need]:
    cluster = str(given.get("cluster", "default")).rpartition("/")[2]
    within = frozenset({("ecs:cluster", arn("ecs", f"cluster/{cluster}"))})
    if operation == "RunTask":
        definition = str(given["taskDefinition"]).rpartition("/")[2]
        family, _, revision = definition.partition(":")
        yield Need(action, arn("ecs", f"task-definition/{family}:{revision or 1}"), within)
        for role in account.roles[family]:
            yield Need("iam:PassRole", role, frozenset({("iam:PassedToService", "ecs-tasks.amazonaws.com")}))
        if given.get("tags"):
            made = frozenset({("ecs:CreateAction", operation)})
            yield Need("ecs:TagResource", arn("ecs", f"task/{cluster}/new"), made)
    elif operation in ("DescribeTasks", "StopTask"):
        for task in given.get("tasks") or [given["task"]]:
            yield Need(action, task if str(task).startswith("arn:") else arn("ecs", f"task/{cluster}/{task}"), within)
    elif operation == "ListTasks":
        yield Need(action, context=within)
    else:
        yield Need(action)


def _sns(action: str, operation: str, given: Mapping[str, Any], account: Account) -> Iterator[Need]:
    del operation, account
    yield Need(action, str(given["TopicArn"]))


def _secrets(action: str, operation: str, given: Mapping[str, Any], account: Account) -> Iterator[Need]:
    del operation, account
    secret = str(given["SecretId"])
    yield Need(action, secret if secret.startswith("arn:") else arn("secretsmanager", f"secret:{secret}-000000"))


SERVICES = {"athena": _athena, "ecs": _ecs, "glue": _glue, "secretsmanager": _secrets, "sns": _sns}


def _s3(method: str, path: str, query: Mapping[str, Any], headers: Mapping[str, str], body: bytes) -> set[Need]:
    bucket, _, key = path.lstrip("/").partition("/")
    place = f"arn:aws:s3:::{bucket}"
    if not key:
        if method == "POST" and "delete" in query:
            keys = re.findall(r"<Key>(.*?)</Key>", body.decode())
            return {Need("s3:DeleteObject", f"{place}/{each}") for each in keys}
        if method == "GET" and "location" in query:
            return {Need("s3:GetBucketLocation", place)}
        if method in ("GET", "HEAD"):
            held = {("s3:prefix", query["prefix"][0])} if query.get("prefix") else set()
            return {Need("s3:ListBucket", place, frozenset(held))}
        return {Need(f"s3:{method} of a bucket", place)}
    thing = f"{place}/{key}"
    if method in ("GET", "HEAD"):
        return {Need("s3:GetObject", thing)}
    if method == "DELETE":
        return {Need("s3:AbortMultipartUpload" if "uploadId" in query else "s3:DeleteObject", thing)}
    found = {Need("s3:PutObject", thing)}
    if source := headers.get("X-Amz-Copy-Source"):
        found.add(Need("s3:GetObject", "arn:aws:s3:::" + unquote(source).lstrip("/").partition("?")[0]))
    return found


def as_list(value: Any) -> list[Any]:
    """One or many, as a list."""
    return value if isinstance(value, list) else [value]


def statements(policy: Mapping[str, Any], action: str) -> Iterator[Mapping[str, Any]]:
    """The statements that allow an action somewhere."""
    for statement in policy["Statement"]:
        if statement["Effect"] == "Allow" and action in as_list(statement["Action"]):
            yield statement


def allowed_actions(policy: Mapping[str, Any]) -> Iterable[str]:
    """All actions that a policy allows."""
    return {action for each in policy["Statement"] if each["Effect"] == "Allow" for action in as_list(each["Action"])}
