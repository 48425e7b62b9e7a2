"""``engage validate``: what would be quarantined of an extract. Changes nothing."""

from datetime import date
from pathlib import Path

import pyarrow as pa

from engage_assets.contracts import REFUSAL_SHARE, ContractError, load_contract, read_extract, validate_extract
from engage_assets.errors import InputError


def validate_folder(folder: Path, contract_file: Path | None, week: date) -> int:
    """Prints rows in, kept and quarantined of each table, and the rules behind them.

    Returns the exit status: 0 when the week would be taken, 1 when it would be refused.
    """
    if not folder.is_dir():
        raise InputError(f"{folder} is not a folder. Give the one that holds a sub-folder for each table.")
    try:
        contract = load_contract(contract_file)
    except ContractError as error:
        raise InputError(str(error)) from None
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
