"""What the data sources of the provider answer without an account."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgpack

UNKNOWN = msgpack.ExtType(0, b"\x00")
ACCOUNT, REGION = "123456789012", "us-east-1"


def _one(values: Sequence[Any]) -> Any:
    return values[0] if isinstance(values, list) and len(values) == 1 else values


def policy_document(config: Mapping[str, Any]) -> Any:
    """What ``aws_iam_policy_document`` renders. Anything unknown makes the whole document unknown."""
    if "ExtType" in repr(config.get("statement")) or "ExtType" in repr(config.get("source_policy_documents")):
        return UNKNOWN
    statements = []
    for document in config.get("source_policy_documents") or []:
        statements += json.loads(document)["Statement"] if document else []
    statements += [_statement(each) for each in config.get("statement") or []]
    return json.dumps({"Version": config.get("version") or "2012-10-17", "Statement": statements}, indent=2)


def _statement(block: Mapping[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {"Sid": block["sid"]} if block.get("sid") else {}
    made["Effect"] = block.get("effect") or "Allow"
    names = {"actions": "Action", "not_actions": "NotAction", "resources": "Resource", "not_resources": "NotResource"}
    made.update({name: _one(sorted(block[key])) for key, name in names.items() if block.get(key)})
    for key, name in {"principals": "Principal", "not_principals": "NotPrincipal"}.items():
        if block.get(key):
            made[name] = _principals(block[key])
    conditions: dict[str, dict[str, list[str]]] = {}
    for each in block.get("condition") or []:
        conditions.setdefault(each["test"], {}).setdefault(each["variable"], []).extend(each["values"])
    if conditions:
        made["Condition"] = {
            test: {variable: _one(values) for variable, values in variables.items()}
            for test, variables in conditions.items()
        }
    return made


def _principals(blocks: Sequence[Mapping[str, Any]]) -> Any:
    found: dict[str, list[str]] = {}
    for each in blocks:
        if each["type"] == "*" and each["identifiers"] == ["*"]:
            return "*"
        found.setdefault(each["type"], []).extend(each["identifiers"])
    return {kind: _one(sorted(identifiers)) for kind, identifiers in found.items()}


ANSWERS: Mapping[str, Callable[[Mapping[str, Any]], Mapping[str, Any]]] = {
    "aws_caller_identity": lambda config: {"account_id": ACCOUNT, "id": ACCOUNT, "user_id": "AIDAOFFLINE"},
    "aws_partition": lambda config: {"partition": "aws", "dns_suffix": "amazonaws.com", "id": "aws"},
    "aws_iam_policy_document": lambda config: dict.fromkeys(("json", "minified_json"), policy_document(config)),
}
