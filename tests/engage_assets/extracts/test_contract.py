"""Every way to get the contract wrong ends in one message that names the place and the remedy."""

import copy

import pytest
import yaml

from engage_assets.contracts import ContractError
from engage_assets.extracts import load_extract_contract
from engage_assets.extracts.naming import RESERVED, identifier
from tests.engage_assets.extracts.small_extracts import HISTORY, SNAPSHOT


def changed(content, path, value):
    content = copy.deepcopy(content)
    *way, last = path
    place = content
    for step in way:
        place = place[step]
    if value is None:
        del place[last]
    else:
        place[last] = value
    return content


CLIENTS = ("tables", "clients")
COLUMNS = (*CLIENTS, "columns")
WRONG = [
    (SNAPSHOT, ("kind",), "table", "'history' or 'snapshot'"),
    (SNAPSHOT, ("time_zone",), "Mars/Olympus", "time_zone 'Mars/Olympus' is unknown"),
    (SNAPSHOT, (*CLIENTS, "files"), None, "give either files"),
    (SNAPSHOT, (*CLIENTS, "query"), "select 1", "give either files"),
    (SNAPSHOT, (*COLUMNS, "id"), None, "exactly one names the customer"),
    (SNAPSHOT, (*COLUMNS, "left"), None, "a snapshot has exactly one label; found 0"),
    (SNAPSHOT, (*COLUMNS, "visits", "role"), "label", "a label is a bool"),
    (SNAPSHOT, (*COLUMNS, "visits", "rolle"), "key", "rolle"),
    (SNAPSHOT, (*COLUMNS, "visits", "type"), "string", "is a number, not string"),
    (SNAPSHOT, (*COLUMNS, "plan", "as"), "gender", "is for sensitive columns"),
    (SNAPSHOT, (*COLUMNS, "visits", "as"), "revenue", "is for money columns"),
    (SNAPSHOT, (*COLUMNS, "left", "false"), ["yes"], "mean both true and false"),
    (SNAPSHOT, (*COLUMNS, "visits", "name"), "paid", "become paid more than once"),
    (SNAPSHOT, (*COLUMNS, "visits", "name"), "order", "'order' is taken"),
    (SNAPSHOT, ("accepted_findings",), {"calibration": "no"}, "fairness"),
    (SNAPSHOT, ("words",), {"customers": "{week}"}, "words: customers is '{week}'; expected words without"),
    (HISTORY, ("words",), {"customer": "member}"}, "words: customer is 'member}'; expected words without"),
    (HISTORY, ("words",), {"churn": "no {{ visit }}"}, "words: churn"),
    (HISTORY, ("tables", "orders", "grain"), "customer", "a table with grain event or week"),
    (HISTORY, ("tables", "orders", "columns", "at"), None, "needs exactly one"),
    (HISTORY, ("tables", "orders", "columns", "channel"), {"role": "label"}, "cannot be a label"),
    (HISTORY, ("horizon_days",), 3, "horizon_days"),
    (HISTORY, ("tables", "orders", "generated_key"), True, "drop one"),
    (
        HISTORY,
        ("tables", "orders"),
        {
            "files": "o.csv",
            "grain": "event",
            "generated_key": True,
            "columns": {"at": {"role": "time"}, "n": {"role": "behaviour"}},
        },
        "nobody would ever come back",
    ),
    (SNAPSHOT, ("monthly_revenue",), 25, "monthly_revenue is for extracts without amounts, yet paid"),
    (HISTORY, ("monthly_revenue",), 25, "yet amount tells what customers pay"),
    (SNAPSHOT, ("monthly_revenue",), 0, "monthly_revenue"),
    (SNAPSHOT, (*COLUMNS, "id", "type"), "float", "a key is a string, or an int"),
    (SNAPSHOT, (*COLUMNS, "plan", "categories"), None, "a category needs its categories listed"),
    (SNAPSHOT, (*COLUMNS, "plan"), {"role": "category", "other_category": True}, "needs its categories listed"),
    (SNAPSHOT, (*COLUMNS, "plan", "type"), "int", "a category is a string or a bool"),
    (HISTORY, ("week_start",), "noon", "week_start"),
]  # fmt: skip


@pytest.mark.parametrize(("content", "path", "value", "message"), WRONG)
def test_a_wrong_contract_says_what_is_wrong(tmp_path, content, path, value, message):
    file = tmp_path / "contract.yaml"
    file.write_text(yaml.safe_dump(changed(content, path, value), sort_keys=False))
    with pytest.raises(ContractError, match=message):
        load_extract_contract(file)


@pytest.mark.parametrize("content", [SNAPSHOT, HISTORY])
def test_the_examples_of_the_tests_are_right(tmp_path, content):
    file = tmp_path / "contract.yaml"
    file.write_text(yaml.safe_dump(content))
    assert load_extract_contract(file).name == content["name"]


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("customerID", "customer_id_value"), ("TotalCharges", "total_charges"), ("Call  Failure", "call_failure"),
        ("2nd", "c_2nd"), ("order", "order_value"), ("Größe", "gr_e"), ("", "column_value"), ("week", "week_value"),
    ],
)  # fmt: skip
def test_names_become_identifiers(name, plain):
    assert identifier(name) == plain
    assert identifier(name) not in RESERVED
