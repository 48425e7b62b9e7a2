"""The provider's schema: read from the file, and as the messages of the provider protocol."""

import gzip
import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from tf.gen import tfplugin_pb2 as pb

NESTING = {"single": 1, "list": 2, "set": 3, "map": 4, "group": 5}
SOURCE = "registry.terraform.io/hashicorp/aws"
Leaf = Callable[[str, Any], Any]


def load(path: Path) -> dict[str, Any]:
    """The schema as ``terraform providers schema -json`` gives it."""
    with gzip.open(path, "rt") as file:
        schema: dict[str, Any] = json.load(file)["provider_schemas"][SOURCE]
    return schema


def block_message(block: Mapping[str, Any]) -> Any:
    """A block of the schema as a message."""
    message = pb.Schema.Block(version=0)
    for name, attribute in sorted(block.get("attributes", {}).items()):
        message.attributes.add(
            name=name,
            type=json.dumps(attribute["type"]).encode(),
            **{
                flag: attribute.get(flag, False)
                for flag in ("required", "optional", "computed", "sensitive", "deprecated")
            },
        )
    for name, nested in sorted(block.get("block_types", {}).items()):
        message.block_types.add(
            type_name=name,
            block=block_message(nested["block"]),
            nesting=NESTING[nested["nesting_mode"]],
            min_items=nested.get("min_items", 0),
            max_items=nested.get("max_items", 0),
        )
    return message


def schema_message(schema: Mapping[str, Any]) -> Any:
    """The schema of a resource, a data source or the provider as a message."""
    return pb.Schema(version=schema.get("version", 0), block=block_message(schema["block"]))


def filled(block: Mapping[str, Any], value: Any, leaf: Leaf, *, optional_inside: bool = True) -> Any:
    """A copy of a block's value in which every computed attribute without a value is ``leaf(name, type)``.

    Those of inner blocks that may be written, too, stay without one when `optional_inside` is false.
    """
    return _filled(block, value, leaf, optional=True, inside=optional_inside)


def _filled(block: Mapping[str, Any], value: Any, leaf: Leaf, *, optional: bool, inside: bool) -> Any:
    if not isinstance(value, dict):
        return value
    made = dict(value)
    for name, attribute in block.get("attributes", {}).items():
        if attribute.get("computed") and made.get(name) is None and (optional or not attribute.get("optional")):
            made[name] = leaf(name, attribute["type"])
    for name, nested in block.get("block_types", {}).items():
        held = made.get(name)
        fill = partial(_filled, nested["block"], leaf=leaf, optional=inside, inside=inside)
        if isinstance(held, list):
            made[name] = [fill(each) for each in held]
        elif isinstance(held, dict) and nested["nesting_mode"] == "map":
            made[name] = {key: fill(each) for key, each in held.items()}
        elif isinstance(held, dict):
            made[name] = fill(held)
    return made


def refusals(block: Mapping[str, Any], value: Any, path: Sequence[str | int] = ()) -> list[Any]:
    """A diagnostic for every value of an attribute that only AWS decides. The provider refuses these, not Terraform."""
    if not isinstance(value, dict):
        return []
    found = []
    for name, attribute in block.get("attributes", {}).items():
        if attribute.get("computed") and not attribute.get("optional") and value.get(name) is not None:
            found.append(
                pb.Diagnostic(
                    severity=pb.Diagnostic.ERROR,
                    summary="Value for unconfigurable attribute",
                    detail=f"{name!r} is decided by AWS and cannot be set.",
                    attribute=pb.AttributePath(steps=[_step(each) for each in (*path, name)]),
                )
            )
    for name, nested in block.get("block_types", {}).items():
        found_inside = value.get(name)
        for index, each in enumerate(found_inside if isinstance(found_inside, list) else [found_inside]):
            where = (*path, name, index) if nested["nesting_mode"] == "list" else (*path, name)
            found += refusals(nested["block"], each, where)
    return found


def _step(part: str | int) -> Any:
    if isinstance(part, int):
        return pb.AttributePath.Step(element_key_int=part)
    return pb.AttributePath.Step(attribute_name=part)
