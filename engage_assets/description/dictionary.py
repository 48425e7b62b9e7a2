"""The tables that dbt builds, by layer, from its manifest."""

from collections.abc import Mapping
from typing import Any

from engage_reports.architecture_facts import LayerFact


def layers(manifest: Mapping[str, Any]) -> tuple[LayerFact, ...]:
    """Models, columns, described columns and data tests of each layer."""
    found: dict[str, dict[str, int]] = {}
    owner = {}
    for key, node in manifest["nodes"].items():
        if node["resource_type"] == "model":
            owner[key] = node["fqn"][1]
            layer = found.setdefault(node["fqn"][1], {"models": 0, "columns": 0, "described": 0, "tests": 0})
            layer["models"] += 1
            layer["columns"] += len(node["columns"])
            layer["described"] += sum(bool(column.get("description")) for column in node["columns"].values())
    for node in manifest["nodes"].values():
        if node["resource_type"] == "test":
            for layer_name in {owner[model] for model in node["depends_on"]["nodes"] if model in owner}:
                found[layer_name]["tests"] += 1
    return tuple(LayerFact(name, **counts) for name, counts in found.items())
