"""The columns of the published tables, as the dbt project's contracts state them."""

from pathlib import Path

import yaml

MODELS = Path(__file__).resolve().parents[3] / "dbt_project" / "models"
UNPUBLISHED = {"scored_customers"}
"""Replaced by each run, so there is no published view of it."""


def published_types() -> dict[str, dict[str, str]]:
    """For each published table its columns and their types, in order."""
    types: dict[str, dict[str, str]] = {}
    for layer in ("analytics", "results", "monitoring", "fairness"):
        for path in sorted((MODELS / layer).glob("_*.yml")):
            for model in yaml.safe_load(path.read_text()).get("models", []):
                if model["name"] not in UNPUBLISHED:
                    types[model["name"]] = {column["name"]: column["data_type"] for column in model["columns"]}
    return types
