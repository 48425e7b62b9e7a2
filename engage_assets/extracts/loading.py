"""Reads the contract of a user's own extract; every way to get the file wrong ends in one readable message."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from engage_assets.contracts.model import ContractError
from engage_assets.extracts.contract import ExtractContract
from engage_assets.yaml_file import describe_errors, read_yaml


def load_extract_contract(path: Path) -> ExtractContract:
    """The contract in `path`.

    Raises ContractError (file, place, value, remedy) for a missing file, invalid YAML, an unknown field or role, or a
    description that contradicts itself.
    """
    content = read_yaml(path, ContractError)
    if not isinstance(content, Mapping):
        raise ContractError(f"{path}: expected a mapping with name, kind and tables, found {content!r:.80}")
    tables = _named(content.get("tables"), "tables", "name", path)
    for name, table in tables.items():
        table["columns"] = _named(table.get("columns"), f"tables.{name}.columns", "source", path)
    try:
        return ExtractContract.model_validate({**content, "tables": tables})
    except ValidationError as cause:
        raise ContractError(f"{path} is not a valid contract: {describe_errors(cause)}") from None


def is_extract_contract(path: Path) -> bool:
    """Whether a contract file describes a user's own extract (it says its kind), not the platform's own tables."""
    content = read_yaml(path, ContractError)
    return isinstance(content, Mapping) and "kind" in content


def _named(parts: Any, where: str, field: str, path: Path) -> dict[str, dict[str, Any]]:
    """Adds to each entry of a mapping its own key as `field`."""
    if not isinstance(parts, Mapping):
        raise ContractError(f"{path}: {where} must be a mapping of names to descriptions, found {parts!r:.80}")
    named: dict[str, dict[str, Any]] = {}
    for name, part in parts.items():
        if not isinstance(part, Mapping):
            raise ContractError(f"{path}: {where}.{name} must be a mapping of fields, found {part!r:.80}")
        named[str(name)] = {**part, field: str(name)}
    return named
