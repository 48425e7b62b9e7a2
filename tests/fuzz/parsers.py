"""Coverage-guided fuzzing of the readers of a user's extract, for a bounded time.

    make fuzz [SECONDS=60]      or      python tests/fuzz/parsers.py -max_total_time=60 CORPUS_FOLDER

Any content ends in a message or in an account that closes, and the quick way of reading a CSV gives what the careful
way gives. The first byte of an input chooses the format and the dialect, the rest is the file. Needs atheris, which has
no wheel for every Python and is therefore not among the locked packages: `make fuzz` installs it beside them.
"""

import gzip
import sys
import tempfile
from pathlib import Path
from unittest import mock

import atheris

with atheris.instrument_imports(include=["engage_assets.extracts", "engage_assets.contracts.casting"]):
    from engage_assets.extracts import ingest, pieces

from engage_assets.contracts import ContractError
from engage_assets.extracts import ExtractContract
from tests.engage_assets.extracts.small_extracts import CLEAN, HEADER, SNAPSHOT

DIALECTS = (
    {},
    {"quote": ""},
    {"delimiter": ";", "decimal": ","},
    {"delimiter": "spaces"},
    {"encoding": "cp1252"},
    {"encoding": "utf-16"},
    {"header": False},
    {"null_tokens": ["", "NA", "-"]},
)
NAMES = ("clients.csv", "clients.jsonl", "clients.parquet", "clients.csv.gz")
FOLDER = Path(tempfile.mkdtemp(prefix="engage-fuzz-", dir="/dev/shm" if Path("/dev/shm").is_dir() else None))


def contract_of(name: str, dialect: dict[str, object]) -> ExtractContract:
    """The snapshot of the tests, written in `dialect`."""
    [(table, content)] = SNAPSHOT["tables"].items()
    columns = {source: {"source": source, **column} for source, column in content["columns"].items()}
    changed = {**content, "name": table, "columns": columns, "files": name, "max_quarantined_share": 0.99, **dialect}
    return ExtractContract.model_validate({**SNAPSHOT, "tables": {table: changed}})


CONTRACTS = [(name, contract_of(name, dialect)) for name in NAMES for dialect in DIALECTS]


def account_of(contract: ExtractContract) -> object:
    """The counts, or the message of a refusal."""
    try:
        counts = ingest(contract, str(FOLDER), None).tables["clients"]
    except ContractError as error:
        if "report this as a defect" in str(error):
            raise AssertionError(str(error)) from error
        return "refused"
    assert counts.rows_in == counts.rows_kept + counts.rows_quarantined
    return counts


def one_input(content: bytes) -> None:
    """Writes the file and reads it both ways."""
    if not content:
        return
    name, contract = CONTRACTS[content[0] % len(CONTRACTS)]
    body = content[1:]
    (FOLDER / name).write_bytes(gzip.compress(body) if name.endswith(".gz") and content[0] < 128 else body)
    quick = account_of(contract)
    if ".csv" in name:
        with mock.patch.object(pieces, "DirectTypes", return_value=None):
            careful = account_of(contract)
        assert quick == careful, (quick, careful)


def write_seeds(folder: Path) -> None:
    """One sound file for each format and dialect, for the fuzzer to begin with."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, (name, contract) in enumerate(CONTRACTS):
        [table] = contract.tables.values()
        sign = {"spaces": " "}.get(table.delimiter, table.delimiter)
        lines = [line.replace(",", sign) for line in (HEADER, CLEAN, CLEAN.replace("a1", '"a\n2"'))]
        text = '{"id": "a", "visits": 1, "left": "no"}\n' if name.endswith("jsonl") else "\n".join(lines) + "\n"
        (folder / f"seed-{number}").write_bytes(bytes([number]) + text.encode(table.encoding))


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        if not argument.startswith("-") and not Path(argument).is_file():
            write_seeds(Path(argument))
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()
