"""``engage validate``: what would be quarantined of an extract. Changes nothing."""

import tempfile
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from engage_assets.commands.extract import extract_of, print_ingestion
from engage_assets.contracts import REFUSAL_SHARE, ContractError, load_contract, read_extract, validate_extract
from engage_assets.errors import InputError
from engage_assets.extracts import ingest, week_range
from engage_assets.extracts.features import features_of
from engage_assets.extracts.loading import is_extract_contract
from engage_assets.extracts.sufficiency import sufficiency_of
from engage_assets.partitions import last_ended_week

EXAMPLES = 3
"""Refused rows that are shown of each rule and column."""


def validate_folder(folder: Path, contract_file: Path | None, week: date) -> int:
    """Prints rows in, kept and quarantined of each table, and the rules behind them.

    Returns the exit status: 0 when the week would be taken, 1 when it would be refused.
    """
    if contract_file is not None and _is_of_an_extract(contract_file):
        return validate_own(str(folder), contract_file)
    if not folder.is_dir():
        raise InputError(f"{folder} is not a folder. Give the one that holds a sub-folder for each table.")
    try:
        contract = load_contract(contract_file)
    except ContractError as error:
        raise InputError(str(error)) from None
    if contract_file is None and not any((folder / name).is_dir() for name in contract.tables):
        raise InputError(
            f"{folder} has none of the folders {', '.join(contract.tables)} of the platform's own contract. For other "
            f"data give --contract; `engage init {folder}` proposes one."
        )
    refused = False
    customers: pa.ChunkedArray | None = None
    for name, table in contract.tables.items():
        place = folder / name
        place = place / f"week={week}" if (place / f"week={week}").is_dir() else place
        try:
            validation = validate_extract(table, read_extract(place), week=week, known_customers=customers)
        except ContractError as error:
            print(f"{name}: refused: {error}")
            refused = True
            continue
        if name == "customers":
            customers = validation.kept["customer_id"]
        share = validation.quarantined.num_rows / max(validation.rows_in, 1)
        print(
            f"{name}: {validation.rows_in:,} rows in, {validation.kept.num_rows:,} kept, "
            f"{validation.quarantined.num_rows:,} quarantined ({share:.1%})"
        )
        for rule, count in sorted(validation.counts.items()):
            print(f"  {rule}: {count:,}")
        refused = refused or share > REFUSAL_SHARE or validation.rows_in == 0
    limit = f"more than {REFUSAL_SHARE:.0%} quarantined, an empty or an unreadable table refuses a week"
    print(f"week {week} would be refused ({limit})." if refused else f"week {week} would be taken.")
    return int(refused)


def _is_of_an_extract(contract_file: Path) -> bool:
    try:
        return is_extract_contract(contract_file)
    except ContractError as error:
        raise InputError(str(error)) from None


def validate_own(place: str, contract_file: Path) -> int:
    """Reads a user's own extract into a temporary folder and prints what a run would make of it.

    Returns the exit status: 0 when it would be taken, 1 when it would be refused.
    """
    extract = extract_of(place, contract_file)
    assert extract is not None
    with tempfile.TemporaryDirectory(prefix="engage-validate-") as folder:
        try:
            ingestion = ingest(extract.contract, extract.base, Path(folder))
            print_ingestion(ingestion)
            print_examples(Path(folder))
            refused = [f"{name} {counts.refused}" for name, counts in ingestion.tables.items() if counts.refused]
            if not refused:
                size = sufficiency_of(extract.contract, Path(folder))
                for line in size.lines():
                    print(line)
                refused = ["nothing can be learned from its outcomes"] * size.nothing_to_learn
                first, last = week_range(extract.contract, Path(folder), last_ended_week())
                print(f"weeks {first} to {last}; {len(features_of(extract.contract))} features")
        except ContractError as error:
            raise InputError(str(error)) from None
    print(f"The extract would be refused: {'; '.join(refused)}." if refused else "The extract would be taken.")
    return int(bool(refused))


def print_examples(folder: Path) -> None:
    """The first refused rows of each rule: where, what, and how to repair it."""
    for file in sorted((folder / "quarantine").glob("*/*.parquet")):
        shown: dict[tuple[str, str], int] = {}
        for row in pq.read_table(file).to_pylist():
            kind = (row["rule"], row["column"])
            shown[kind] = shown.get(kind, 0) + 1
            if shown[kind] <= EXAMPLES:
                value = "empty" if row["value"] is None else repr(row["value"][:60])
                print(f"  {row['source_table']} row {row['row_number']}: {row['rule']}: {row['column']} {value}")
                if shown[kind] == 1:
                    print(f"    repair: {row['repair']}")
