"""A user's own extract below an ``s3://`` prefix: proposed, validated and taken in like one in a folder."""

import gzip

import pytest

from engage_assets.commands.init import propose_contract
from engage_assets.commands.validate import validate_own
from engage_assets.contracts import ContractError
from engage_assets.errors import InputError
from engage_assets.extracts import ingest, load_extract_contract
from engage_assets.extracts.ingestion import fingerprint_of
from tests.aws.local_aws.platform import BUCKET
from tests.engage_assets.extracts.small_extracts import CLEAN, HEADER, SNAPSHOT, contract_of


@pytest.fixture
def prefix(aws, tmp_path):
    return f"s3://{BUCKET}/drops/{tmp_path.name}"


@pytest.fixture
def put(aws, prefix):
    def write(name, text):
        body = text.encode()
        key = f"{prefix.removeprefix(f's3://{BUCKET}/')}/{name}"
        aws.client("s3").put_object(Bucket=BUCKET, Key=key, Body=gzip.compress(body) if name.endswith("gz") else body)

    return write


def rows(first, last):
    return "\n".join([HEADER, *(CLEAN.replace("a1", f"a{n}") for n in range(first, last))]) + "\n"


def test_the_files_below_a_prefix_are_one_table(put, prefix, tmp_path):
    put("clients/1.csv", rows(0, 3))
    put("clients/2.csv.gz", rows(2, 6))
    own = contract_of(SNAPSHOT, tmp_path, files="clients")
    counts = ingest(own, prefix, tmp_path / "taken").tables["clients"]
    assert (counts.rows_in, counts.rows_kept, counts.by_rule) == (7, 6, {"duplicate_key": 1})


def test_a_pattern_chooses_files(put, prefix, tmp_path):
    put("a-1.csv", rows(0, 3))
    put("b-1.csv", rows(3, 5))
    own = contract_of(SNAPSHOT, tmp_path, files=f"{prefix}/b-*.csv")
    assert ingest(own, str(tmp_path), None).tables["clients"].rows_kept == 2


def test_a_corrected_object_is_another_drop(put, prefix, tmp_path):
    put("clients.csv", rows(0, 3))
    own = contract_of(SNAPSHOT, tmp_path)
    before = fingerprint_of(own, prefix)
    assert fingerprint_of(own, prefix) == before
    put("clients.csv", rows(0, 4))
    assert fingerprint_of(own, prefix) != before


def test_init_and_validate_read_a_prefix(put, prefix, tmp_path, capsys):
    labels = [f"c{n},{n % 9},{'yes' if n % 4 == 0 else 'no'}" for n in range(400)]
    put("clients.csv", "\n".join(["id,visits,churned", *labels]) + "\n")
    propose_contract(prefix, tmp_path / "contract.yaml")
    [table] = load_extract_contract(tmp_path / "contract.yaml").tables.values()
    assert [column.source for column in table.with_role("label")] == ["churned"]
    assert validate_own(prefix, tmp_path / "contract.yaml") == 0
    assert "400 rows in, 400 kept" in capsys.readouterr().out


def test_what_is_not_there_is_told(put, prefix, tmp_path):
    own = contract_of(SNAPSHOT, tmp_path)
    with pytest.raises(ContractError, match="no file of table clients is there"):
        ingest(own, prefix, None)
    with pytest.raises(ContractError, match=r"no file of table clients|cannot be reached"):
        ingest(own, "s3://no-such-bucket-anywhere/x", None)
    with pytest.raises(InputError, match="holds no file that can be read"):
        propose_contract(prefix, tmp_path / "c.yaml")
