"""YAML and tables say the same, and the features are what the contract and the models expect."""

import re

import pytest

from engage_assets.contracts import load_contract
from engage_assets.contracts.dbt_sources import render_dbt_sources
from tests.dbt_project.project import PROJECT_DIR, Project

pytestmark = pytest.mark.integration

THEMES = {
    *("recency", "activity_level", "activity_trend", "social", "dating", "satisfaction"),
    *("payment", "friction", "tenure", "spending", "profile", "campaign"),
}
NOT_FEATURES_OF_A_WEEK = {
    "churn_30_day": "features.customer_outcomes.churned_30d",
    "churn_probability": "results.customer_scores.churn_probability",
    "data_generated_at": "written by the extract, not known to the features",
}
"""Columns of the platform dataset that must not be features, and where they are instead."""

TYPES = {"numeric": {"bigint", "double"}, "boolean": {"boolean"}, "category": {"varchar"}}


@pytest.fixture(scope="module")
def feature_columns(project: Project) -> dict:
    node = project.manifest.nodes["model.engage.customer_features"]
    return dict(node.columns)


def test_yaml_columns_are_the_built_columns(project: Project) -> None:
    built: dict[tuple[str, str], dict[str, str]] = {}
    for schema, table, column, data_type in project.rows(
        "select table_schema, table_name, column_name, lower(data_type) from information_schema.columns"
    ):
        built.setdefault((schema, table), {})[column] = data_type
    for node in project.models():
        described = {column.name: column.data_type for column in node.columns.values()}
        assert described == built[(node.schema, node.name)], node.name


def test_everything_is_described(project: Project) -> None:
    missing = [node.name for node in project.models() if not node.description]
    missing += [
        f"{node.name}.{column.name}"
        for node in project.models()
        for column in node.columns.values()
        if not column.description
    ]
    assert missing == []


def test_what_others_read_has_a_contract_and_a_grain(project: Project) -> None:
    steps = {"activity_trends", "last_activity", "contact_history"}
    consumed = {node.name for node in project.models() if node.fqn[1] != "staging"} - steps
    assert {node.name for node in project.models() if node.contract.enforced} == consumed
    tests = [node for node in project.manifest.nodes.values() if node.resource_type == "test"]
    with_grain = {node.attached_node for node in tests if node.test_metadata.name == "unique_grain"}
    assert {node.unique_id for node in project.models() if node.name not in steps} <= with_grain
    assert len(tests) < 120


def test_sources_are_rendered_from_the_contract() -> None:
    rendered = render_dbt_sources(load_contract(), meta={"path": "accepted/{table}/week=*/*.parquet"})
    assert (PROJECT_DIR / "models" / "staging" / "_accepted.yml").read_text() == rendered


def test_staging_has_the_columns_of_the_contract(project: Project) -> None:
    for name, table in load_contract().tables.items():
        assert set(project.manifest.nodes[f"model.engage.{name}"].columns) == set(table.columns), name


def test_features_speak_the_vocabulary_of_the_contract(feature_columns: dict) -> None:
    contract = load_contract()
    platform_dataset = {
        column.name
        for columns in (*(table.columns for table in contract.tables.values()), contract.derived)
        for column in columns.values()
        if column.in_platform_dataset
    }
    assert platform_dataset - set(feature_columns) == set(NOT_FEATURES_OF_A_WEEK)


def test_feature_list_is_complete_and_typed(feature_columns: dict) -> None:
    features = {name: column for name, column in feature_columns.items() if column.meta["role"] == "feature"}
    assert 110 <= len(features) <= 140
    for name, column in features.items():
        assert set(column.meta) - {"categories", "peers"} == {"role", "theme", "label", "type"}, name
        assert column.meta["theme"] in THEMES, name
        assert column.data_type in TYPES[column.meta["type"]], name
        assert re.fullmatch(r"[a-z0-9][a-z0-9 ,'-]*", column.meta["label"]), f"{name}: {column.meta['label']}"
    labels = [column.meta["label"] for column in features.values()]
    assert sorted(labels) == sorted(set(labels)), "two features would be told apart by nobody"


def test_sensitive_attributes_are_not_features(feature_columns: dict) -> None:
    contract = load_contract()
    sensitive = {
        c.name for table in contract.tables.values() for c in table.columns.values() if c.role == "sensitive"
    } | {"age_band"}
    assert {name for name, column in feature_columns.items() if column.meta["role"] == "sensitive"} == sensitive


def test_categories_are_the_ones_in_the_data(project: Project, feature_columns: dict) -> None:
    for name, column in feature_columns.items():
        if "categories" in column.meta:
            found = {row[0] for row in project.rows(f"select distinct {name} from features.customer_features")}
            assert found <= set(column.meta["categories"]), name
