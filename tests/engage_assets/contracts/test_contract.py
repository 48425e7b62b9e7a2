"""The contract file: what it says, how mistakes in it are reported, and the pages rendered from it."""

from pathlib import Path

import pytest
import yaml

from engage_assets.contracts import ContractError, load_contract, render_data_dictionary, render_dbt_sources

MINIMAL = """
name: tiny
tables:
  people:
    description: People.
    key: [person, week]
    columns:
      person: {type: string, role: key, description: Who}
      week: {type: date, role: time, description: When}
      age: {type: int, min: 0, max: 120, role: sensitive, description: Age}
"""


def test_the_platforms_contract_has_the_dataset_of_72_columns() -> None:
    contract = load_contract()
    assert list(contract.tables) == ["customers", "activity", "billing", "campaign_contacts"]
    assert len(contract.platform_dataset) == 72
    assert len({column.name for column in contract.platform_dataset}) == 72
    assert contract.tables["activity"].columns["dates_completed_month"].maximum == 200
    assert {column.name for column in contract.columns_with_role("sensitive")} == {"age", "gender", "location"}


def test_outcomes_and_model_outputs_are_never_raw_input() -> None:
    contract = load_contract()
    raw = {name for table in contract.tables.values() for name in table.columns}
    assert raw.isdisjoint(contract.derived)
    assert {"churn_30_day", "churn_probability"} <= set(contract.derived)


def test_another_contract_needs_no_other_code(tmp_path: Path) -> None:
    path = tmp_path / "tiny.yaml"
    path.write_text(MINIMAL)
    contract = load_contract(path)
    assert contract.tables["people"].columns["age"].name == "age"
    assert contract.derived == {}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("type: int", "type: integer", r"tables\.people\.columns\.age\.type.*'int'.*found 'integer'"),
        ("role: sensitive, ", "", r"columns\.age\.role: Field required"),
        ("max: 120", "maximun: 120", r"columns\.age\.maximun: Extra inputs"),
        ("min: 0, max: 120", "min: 9, max: 1", r"min 9 is above max 1"),
        ("type: int, min: 0", "type: string, min: 0", r"min and max apply to int and float, not to string"),
        ("role: key,", "role: key, nullable: true,", r"a key cannot be nullable"),
        ("key: [person, week]", "key: [someone, week]", r"column someone is needed and missing"),
        ("type: date", "type: timestamp", r"column week has type timestamp; it must be date"),
        ("description: Age", "description: Yes", r"age\.description: True was read from an unquoted"),
        ("type: int", "type: string, categories: []", r"min and max apply|categories need"),
        (
            "    columns:",
            "    relations: [{left: age, operator: '<=', right: size, repair: r}]\n    columns:",
            "names size",
        ),
        ("    columns:", "    references_customers: true\n    columns:", r"customer_id is needed and missing"),
        ("      age:", "      week: {}\n      age:", r"'week' is given twice"),
        ("people:", "people: [", r"is not valid YAML"),
        ("      age: {type", "      age: 3 #", r"columns\.age must be a mapping of fields, found 3"),
        ("name: tiny\ntables:", "tables: []\nother:", r"tables must be a mapping"),
    ],
)
def test_a_mistake_in_the_file_is_reported_with_its_place(tmp_path: Path, old: str, new: str, message: str) -> None:
    path = tmp_path / "tiny.yaml"
    assert old in MINIMAL
    path.write_text(MINIMAL.replace(old, new, 1))
    with pytest.raises(ContractError, match=message) as caught:
        load_contract(path)
    assert str(path) in str(caught.value)


def test_a_file_that_is_not_there_or_not_text_is_reported(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match="does not exist"):
        load_contract(tmp_path / "none.yaml")
    (tmp_path / "bytes.yaml").write_bytes(b"\xff\xfe\x00\xd8")
    with pytest.raises(ContractError, match=r"cannot be read|not valid YAML"):
        load_contract(tmp_path / "bytes.yaml")
    (tmp_path / "list.yaml").write_text("[1, 2]")
    with pytest.raises(ContractError, match="expected a mapping"):
        load_contract(tmp_path / "list.yaml")


def test_the_dictionary_page_has_a_line_for_every_column() -> None:
    contract = load_contract()
    page = render_data_dictionary(contract)
    sections = {part.split("\n", 1)[0]: part for part in page.split("\n## ")}
    for name, columns in [*((n, t.columns) for n, t in contract.tables.items()), ("Derived", contract.derived)]:
        named = [line.split("`")[1] for line in sections[name].splitlines() if line.startswith("| `")]
        assert named == list(columns)
    assert "| `age` | int | years | 18 – 100 |  | sensitive |" in page
    assert all(line.count(" | ") == 6 for line in page.splitlines() if line.startswith("| `"))


def test_the_dbt_sources_name_every_table_and_column() -> None:
    contract = load_contract()
    (source,) = yaml.safe_load(render_dbt_sources(contract, meta={"external_location": "x"}))["sources"]
    assert source["name"] == "accepted"
    assert source["config"]["meta"] == {"external_location": "x"}
    for table in source["tables"]:
        expected = contract.tables[table["name"]].columns
        assert [column["name"] for column in table["columns"]] == list(expected)
        assert all(column["description"] == expected[column["name"]].description for column in table["columns"])
