"""Reads a folder of Parquet files into one table, or says which file cannot be read and what to do."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from engage_assets.contracts.model import ContractError


def _read_file(path: Path) -> pa.Table:
    try:
        with path.open("rb") as stream:
            table = pq.read_table(stream)
        # Damaged text decodes later, far from the file that caused it: look now.
        table.validate(full=True)
    except (pa.ArrowException, OSError, ValueError, MemoryError) as cause:
        reason = str(cause).splitlines()[0] if str(cause) else type(cause).__name__
        raise ContractError(
            f"{path} cannot be read as Parquet ({reason}); the file is truncated, corrupted or not Parquet: "
            "export it again and replace it"
        ) from None
    return table


def read_extract(path: Path) -> pa.Table:
    """All rows of an extract.

    path: a Parquet file, or a folder with ``*.parquet`` files (read in the order of their names, folders below it
    included). Every file must have the same columns; types may differ where one widens to the other.
    Raises ContractError naming the file and the remedy: nothing there, no Parquet file, truncated or corrupted content,
    files that do not fit together.
    """
    if not path.exists():
        raise ContractError(f"{path} does not exist; expected a folder with Parquet files, check the path or the week")
    files = sorted(path.rglob("*.parquet")) if path.is_dir() else [path]
    if not files:
        raise ContractError(f"{path} holds no *.parquet file; write the extract there, or check the path and the week")
    tables = [_read_file(file) for file in files]
    columns = set(tables[0].column_names)
    for file, table in zip(files, tables, strict=True):
        if different := columns.symmetric_difference(table.column_names):
            raise ContractError(
                f"{file} and {files[0].name} differ in the columns {', '.join(sorted(different))}; "
                "every file of an extract needs the same columns: export them together"
            )
    try:
        return pa.concat_tables(tables, promote_options="permissive")
    except (pa.ArrowException, KeyError) as cause:
        raise ContractError(
            f"the files in {path} do not fit together ({cause}); give each column one type in all files"
        ) from None
