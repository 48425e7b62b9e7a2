"""``engage init`` and ``engage validate`` as a newcomer meets them: a contract that works, or a message that helps."""

import shutil
from datetime import date
from pathlib import Path

import pytest

from engage_assets.commands.init import propose_contract
from engage_assets.commands.validate import validate_folder, validate_own
from engage_assets.errors import InputError
from engage_assets.extracts import load_extract_contract

TELCO = Path(__file__).parents[3] / "examples" / "telco"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "data").mkdir()
    return tmp_path / "data"


@pytest.fixture
def telco(folder):
    shutil.copy(TELCO / "telco_ibm.csv", folder)
    return folder


def test_the_proposal_is_a_contract_that_takes_the_file(telco, capsys):
    out = telco.parent / "contract.yaml"
    propose_contract(str(telco), out)
    [table] = load_extract_contract(out).tables.values()
    assert table.key.source == "customerID"
    assert [column.source for column in table.with_role("label")] == ["Churn"]
    assert [column.source for column in table.with_role("sensitive")] == ["gender", "SeniorCitizen"]
    assert validate_own(str(telco), out) == 0
    assert "7,043 rows in, 7,043 kept, 0 quarantined" in capsys.readouterr().out


def test_an_edited_contract_is_not_overwritten(telco):
    out = telco.parent / "contract.yaml"
    out.write_text("mine")
    with pytest.raises(InputError, match="never overwritten"):
        propose_contract(str(telco), out)
    assert out.read_text() == "mine"


def test_a_label_of_three_values_is_named_with_them(folder, capsys):
    rows = [f"c{n},{n % 7},{('yes', 'no', 'unknown')[n % 3]}" for n in range(60)]
    (folder / "clients.csv").write_text("\n".join(["id,visits,churned", *rows]) + "\n")
    propose_contract(str(folder), folder.parent / "contract.yaml")
    assert "churned may be it, with the values 'no', 'unknown', 'yes'" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, "holds no file that can be read; expected .csv"),
        ({"notes.pdf": "%PDF"}, "holds no file that can be read"),
        ({"clients.csv": ""}, "is empty"),
        ({"clients.csv": "id,visits,churned\n"}, "has a header and no rows"),
    ],
)
def test_what_cannot_be_read_is_told(folder, files, message):
    for name, text in files.items():
        (folder / name).write_text(text)
    with pytest.raises(InputError, match=message):
        propose_contract(str(folder), folder.parent / "contract.yaml")
    assert not (folder.parent / "contract.yaml").exists()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("tenure: {", "tenur: {"), r"lacks the columns tenur \(tenur may be tenure\)"),
        (("telco_ibm.csv", "telco.csv"), "no file of table subscribers is there"),
        (("role: label", "role: lable"), "lable"),
        (("kind: snapshot", "kind: history"), "Churn cannot be a label"),
    ],
)
def test_a_mistake_in_the_contract_is_named(telco, change, message):
    text = (TELCO / "contract.yaml").read_text()
    assert change[0] in text
    (telco.parent / "contract.yaml").write_text(text.replace(*change))
    with pytest.raises(InputError, match=message):
        validate_own(str(telco), telco.parent / "contract.yaml")


def test_own_data_without_their_contract_are_told_where_to_get_one(telco):
    with pytest.raises(InputError, match=r"none of the folders customers, .*`engage init .*data` proposes one"):
        validate_folder(telco, None, date(2026, 11, 16))


def test_a_label_with_a_third_value_refuses_the_file_and_says_why(telco, capsys):
    text = (telco / "telco_ibm.csv").read_text()
    (telco / "telco_ibm.csv").write_text(text.replace(",No\n", ",Maybe\n", 2_000))
    assert validate_own(str(telco), TELCO / "contract.yaml") == 1
    shown = capsys.readouterr().out
    assert "wrong_type: Churn 'Maybe'" in shown
    assert "Write Churn as bool (Yes or No)" in shown
