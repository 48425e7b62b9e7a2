"""The lake's folders as Glue tables, for the models that read them.

Whoever writes a folder knows its partition, so that it is registered here, from the list of the lake's objects: a
crawler would come later, cost more, and guess the types that the dbt project states. Partitions that are gone are taken
away.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from engage_assets.errors import EngageError
from engage_assets.resources import s3

GLUE_TYPES: Mapping[str, str] = {
    "varchar": "string",
    "bigint": "bigint",
    "integer": "int",
    "double": "double",
    "boolean": "boolean",
    "date": "date",
    "timestamp": "timestamp",
}
CREATED_AT_ONCE, DELETED_AT_ONCE = 100, 25
PARQUET: Mapping[str, Any] = {
    "InputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
    "OutputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
    "SerdeInfo": {
        "SerializationLibrary": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
        "Parameters": {"serialization.format": "1"},
    },
}


@dataclass(frozen=True)
class LakeTable:
    """A source of the dbt project: a folder of the lake, its columns and the names of its partitions."""

    database: str
    name: str
    location: str
    columns: tuple[tuple[str, str], ...]
    partitions: tuple[str, ...]

    def described(self) -> dict[str, Any]:
        """The table as Glue takes it."""
        types = dict(self.columns)
        return {
            "Name": self.name,
            "TableType": "EXTERNAL_TABLE",
            "Parameters": {"EXTERNAL": "TRUE", "classification": "parquet"},
            "PartitionKeys": [{"Name": name, "Type": GLUE_TYPES[types[name]]} for name in self.partitions],
            "StorageDescriptor": self.storage(self.location),
        }

    def storage(self, location: str) -> dict[str, Any]:
        """Where the files of the table, or of a partition, are and how they are read."""
        columns = [
            {"Name": name, "Type": GLUE_TYPES[kind]} for name, kind in self.columns if name not in self.partitions
        ]
        return {"Columns": columns, "Location": location, **PARQUET}


def lake_tables(manifest: Mapping[str, Any], *, lake_uri: str, prefix: str) -> list[LakeTable]:
    """The sources of the dbt project as tables. Raises EngageError for a source that does not state its columns."""
    found = []
    for source in manifest["sources"].values():
        meta = source.get("config", {}).get("meta") or source.get("meta") or {}
        path = str(meta["path"]).replace("{table}", source["name"])
        folder = re.split(r"/(?:\w+=|\*\*)", path)[0]
        partitions = meta.get("partitions") or re.findall(r"/(\w+)=", path)
        if not partitions:
            raise EngageError(
                f"source {source['name']} does not say how its folders are named; add `partitions: [week, run_id]` to "
                "its meta in the YAML."
            )
        columns = tuple((column["name"], str(column["data_type"])) for column in source["columns"].values())
        if missing := set(partitions) - {name for name, _ in columns}:
            raise EngageError(
                f"source {source['name']} has no column {', '.join(sorted(missing))}; list it in its YAML."
            )
        found.append(
            LakeTable(
                database=f"{prefix}_{source['source_name']}",
                name=source["name"],
                location=f"{lake_uri}/{folder}",
                columns=columns,
                partitions=tuple(partitions),
            )
        )
    return found


def register(region: str, tables: Iterable[LakeTable]) -> None:
    """Makes the databases and tables that are missing, and their partitions what the lake holds."""
    chosen = list(tables)
    glue = s3.client("glue", region)
    for database in sorted({table.database for table in chosen}):
        _tolerating(glue.exceptions.AlreadyExistsException, partial(_create_database, glue, database))
    s3.in_parallel(partial(_register, glue, region, table) for table in chosen)


def _create_database(glue: Any, name: str) -> None:
    glue.create_database(DatabaseInput={"Name": name})


def _register(glue: Any, region: str, table: LakeTable) -> None:
    place = {"DatabaseName": table.database, "TableName": table.name}
    try:
        known = glue.get_table(DatabaseName=table.database, Name=table.name)["Table"]["StorageDescriptor"]
        if known["Columns"] != table.storage(table.location)["Columns"] or known["Location"] != table.location:
            glue.update_table(DatabaseName=table.database, TableInput=table.described())
    except glue.exceptions.EntityNotFoundException:
        glue.create_table(DatabaseName=table.database, TableInput=table.described())
    there = folders(region, table)
    pages = glue.get_paginator("get_partitions").paginate(**place, ExcludeColumnSchema=True)
    registered = {tuple(each["Values"]) for page in pages for each in page["Partitions"]}
    for batch in _batches(sorted(there.keys() - registered), CREATED_AT_ONCE):
        inputs = [{"Values": list(values), "StorageDescriptor": table.storage(there[values])} for values in batch]
        _refuse_errors(table, glue.batch_create_partition(**place, PartitionInputList=inputs))
    for batch in _batches(sorted(registered - there.keys()), DELETED_AT_ONCE):
        values = [{"Values": list(each)} for each in batch]
        _refuse_errors(table, glue.batch_delete_partition(**place, PartitionsToDelete=values))


def folders(region: str, table: LakeTable) -> dict[tuple[str, ...], str]:
    """Partition values and locations of the folders of a table that hold data."""
    pattern = re.compile("".join(rf"{name}=([^/]+)/" for name in table.partitions) + r"[^_.][^/]*$")
    found = {}
    for each in s3.below(region, table.location):
        if match := pattern.fullmatch(each.name):
            found[match.groups()] = f"{table.location}/{each.name.rpartition('/')[0]}"
    return found


def _batches(items: list[tuple[str, ...]], size: int) -> Iterable[list[tuple[str, ...]]]:
    return (items[start : start + size] for start in range(0, len(items), size))


def _refuse_errors(table: LakeTable, answer: Mapping[str, Any]) -> None:
    # Another process may have registered the same folder meanwhile.
    problems = [
        each["ErrorDetail"] for each in answer.get("Errors", [])
        if each["ErrorDetail"]["ErrorCode"] != "AlreadyExistsException"
    ]  # fmt: skip
    if problems:
        raise EngageError(f"partitions of {table.database}.{table.name} cannot be registered: {problems[0]}")


def _tolerating(error: type[Exception], call: Callable[[], None]) -> None:
    try:
        call()
    except error:
        return
