"""Reads a contract file. Every way in which a person can get the file wrong ends in one readable message."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from engage_assets.contracts.model import Contract, ContractError
from engage_assets.yaml_file import describe_errors, read_yaml

DEFAULT_CONTRACT = Path(__file__).with_name("engage.yaml")


def _named(parts: Any, where: str, path: Path) -> dict[str, Any]:
    """Adds to each entry of a mapping its own key as ``name``."""
    if not isinstance(parts, Mapping):
        raise ContractError(f"{path}: {where} must be a mapping of names to descriptions, found {parts!r:.80}")
    named = {}
    for name, part in parts.items():
        if not isinstance(part, Mapping):
            raise ContractError(f"{path}: {where}.{name} must be a mapping of fields, found {part!r:.80}")
        named[name] = {**part, "name": name}
    return named


def load_contract(path: Path | None = None) -> Contract:
    """The contract in ``path``, or the platform's own ``engage.yaml``.

    Raises ContractError (file, place, value, remedy) for a missing file, invalid YAML, an unknown field, a duplicate
    column, or a description that contradicts itself.
    """
    path = DEFAULT_CONTRACT if path is None else path
    content = read_yaml(path, ContractError)
    if not isinstance(content, Mapping):
        raise ContractError(f"{path}: expected a mapping with name, tables and derived, found {content!r:.80}")
    tables = _named(content.get("tables"), "tables", path)
    for name, table in tables.items():
        table["columns"] = _named(table.get("columns"), f"tables.{name}.columns", path)
    derived = _named(content.get("derived") or {}, "derived", path)
    try:
        return Contract.model_validate({**content, "tables": tables, "derived": derived})
    except ValidationError as cause:
        raise ContractError(f"{path} is not a valid contract: {describe_errors(cause)}") from None
