"""Glue's tables over the Parquet that lies in the S3 emulator: read into DuckDB, and written as hive partitions."""

import base64
import hashlib
import json
import os
import shutil
import tempfile
import uuid
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlparse

import boto3
import duckdb
import sqlglot
from botocore.exceptions import ClientError
from sqlglot import exp
from sqlglot.dialects.athena import Athena

from tests.aws.local_aws.athena_errors import AthenaError
from tests.aws.local_aws.athena_sql import MACROS, to_duckdb
from tests.aws.local_aws.athena_types import duck_type, glue_type

CATALOG = "awsdatacatalog"
MAX_OPEN_PARTITIONS = 100
PARQUET = {
    "InputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
    "OutputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
    "SerdeInfo": {
        "SerializationLibrary": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
        "Parameters": {"serialization.format": "1"},
    },
}
Object = tuple[str, str, str, int]
"""Bucket, key, ETag and size."""

NULL_PARTITION = "__HIVE_DEFAULT_PARTITION__"
KINDS = {
    # What a Parquet file may hold for a column that Glue declares; anything else is HIVE_BAD_DATA.
    "bigint": {"bigint", "integer", "smallint", "tinyint"},
    "int": {"integer", "smallint", "tinyint"},
    "double": {"double", "float"},
    "float": {"float"},
    "string": {"varchar"},
    "boolean": {"boolean"},
    "date": {"date"},
    "timestamp": {"timestamp", "timestamp_ms", "timestamp_ns", "timestamp_s"},
}


@lru_cache(maxsize=256)
def _translated(sql: str, database: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """A query as DuckDB's text with all names in full, and the tables that it names."""
    tree = sqlglot.parse_one(sql, read=Athena)
    ctes = {cte.alias_or_name.lower() for cte in tree.find_all(exp.CTE)}
    places: dict[tuple[str, str], None] = {}
    for named in list(tree.find_all(exp.Table)):
        if not isinstance(named.this, exp.Identifier) or (not named.db and named.name.lower() in ctes):
            continue
        place = (named.db or database).lower(), named.name.lower()
        places[place] = None
        if not named.alias:
            named.set("alias", exp.TableAlias(this=exp.to_identifier(named.name, quoted=True)))
        named.set("catalog", exp.to_identifier(CATALOG))
        named.set("db", exp.to_identifier(place[0], quoted=True))
    return to_duckdb(tree), tuple(places)


class Tables:
    """The tables of the emulated account."""

    def __init__(self, endpoint: str, region: str, credentials: dict[str, str]) -> None:
        where = {"endpoint_url": endpoint, "region_name": region, **credentials}
        self.s3, self.glue = boto3.client("s3", **where), boto3.client("glue", **where)
        self.cache = Path(tempfile.mkdtemp(prefix="local-athena-"))
        self._described: dict[str, dict[str, str]] = {}

    # --- S3

    @staticmethod
    def split(uri: str) -> tuple[str, str]:
        parsed = urlparse(uri)
        return parsed.netloc, parsed.path.strip("/") + "/"

    def objects(self, uri: str) -> Iterator[Object]:
        """Bucket, key, ETag and size of the data below a location; hidden names are no data."""
        bucket, prefix = self.split(uri)
        for page in self.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
            for found in page.get("Contents", []):
                relative = found["Key"][len(prefix) :]
                if relative and found["Size"] and not any(part[0] in "_." for part in relative.split("/") if part):
                    yield bucket, found["Key"], found["ETag"], found["Size"]

    def files(self, objects: Iterable[Object]) -> tuple[list[str], int]:
        """Objects as files of this machine, and their size."""
        paths, size = [], 0
        for bucket, key, etag, length in objects:
            path = self.cache / hashlib.sha1(f"{bucket}/{key}/{etag}".encode()).hexdigest()
            if not path.exists():
                unfinished = path.with_name(f"{path.name}.{uuid.uuid4().hex}")
                self.s3.download_file(bucket, key, str(unfinished))
                unfinished.replace(path)
            paths.append(str(path))
            size += length
        return paths, size

    # --- Glue

    def table(self, database: str, name: str) -> dict[str, Any] | None:
        try:
            return self.glue.get_table(DatabaseName=database, Name=name)["Table"]
        except ClientError:
            return None

    def require(self, database: str, name: str) -> dict[str, Any]:
        found = self.table(database, name)
        if found is None:
            raise AthenaError(f"TABLE_NOT_FOUND: line 1:1: Table '{CATALOG}.{database}.{name}' does not exist", 2, 1006)
        return found

    def partitions(self, table: dict[str, Any]) -> list[dict[str, Any]]:
        pages = self.glue.get_paginator("get_partitions").paginate(
            DatabaseName=table["DatabaseName"], TableName=table["Name"]
        )
        return [partition for page in pages for partition in page["Partitions"]]

    def add_partitions(self, table: dict[str, Any], values: list[list[str]], location: str = "") -> None:
        """Registers partitions that are not known yet, below the table's root unless a location is given."""
        known = {tuple(partition["Values"]) for partition in self.partitions(table)}
        new = [each for each in values if tuple(each) not in known]
        storage = table["StorageDescriptor"]
        names = [key["Name"] for key in table["PartitionKeys"]]
        for start in range(0, len(new), 100):
            entries = []
            for each in new[start : start + 100]:
                folder = "/".join(f"{name}={value}" for name, value in zip(names, each, strict=True))
                place = location or storage["Location"].rstrip("/") + "/" + folder
                entries.append({"Values": each, "StorageDescriptor": {**storage, "Location": place}})
            self.glue.batch_create_partition(
                DatabaseName=table["DatabaseName"], TableName=table["Name"], PartitionInputList=entries
            )

    # --- reading

    def connect(self) -> duckdb.DuckDBPyConnection:
        connection = duckdb.connect(":memory:", config={"threads": 2})
        connection.execute(
            f"attach ':memory:' as {CATALOG}; set TimeZone = 'UTC'; set integer_division = true;"
            f" set preserve_insertion_order = true; create temp table scanned (bytes bigint); {MACROS}"
        )
        return connection

    def select(self, connection: duckdb.DuckDBPyConnection, tree: exp.Expression, database: str) -> Any:
        """The rows of a query, as DuckDB's relation."""
        sql, places = _translated(tree.sql(Athena), database)
        self._bind(connection, places, set())
        return connection.sql(sql)

    def _bind(
        self, connection: duckdb.DuckDBPyConnection, places: Iterable[tuple[str, str]], known: set[tuple[str, str]]
    ) -> None:
        """Makes a view of every table that a statement names, and of those that they name in turn."""
        for place in places:
            if place in known:
                continue
            known.add(place)
            table = self.require(*place)
            if table.get("TableType") == "VIRTUAL_VIEW":
                view = json.loads(base64.b64decode(table["ViewOriginalText"].split(":", 1)[1].rsplit("*/", 1)[0]))
                body, inner = _translated(view["originalSql"], view["schema"])
                self._bind(connection, inner, known)
            else:
                body = self._rows(connection, table)
            connection.execute(f'create schema if not exists {CATALOG}."{place[0]}"')
            connection.execute(f'create view {CATALOG}."{place[0]}"."{place[1]}" as {body}')

    def _rows(self, connection: duckdb.DuckDBPyConnection, table: dict[str, Any]) -> str:
        """A query for the rows of a table, partition by partition."""
        storage, keys = table["StorageDescriptor"], table.get("PartitionKeys") or []
        parts = (
            [(each["StorageDescriptor"]["Location"], each["Values"]) for each in self.partitions(table)]
            if keys
            else [(storage["Location"], [])]
        )
        everything = list(self.objects(storage["Location"]))  # one request instead of one for each partition
        selects = []
        for location, values in parts:
            files, size = self.files(self._within(location, storage["Location"], everything))
            if not files:
                continue
            connection.execute("insert into scanned values (?)", [size])
            listed = "[" + ",".join(f"'{file}'" for file in files) + "]"
            source = f"read_parquet({listed}, union_by_name=true, hive_partitioning=false)"
            present = self._described.get(source)  # a file is named after its content
            if present is None:
                described = connection.execute(f"describe from {source}").fetchall()
                present = self._described[source] = {row[0].lower(): row[1] for row in described}
            columns = [self._column(table, each, present) for each in storage["Columns"]]
            for key, value in zip(keys, values, strict=True):
                quoted = "null" if value == NULL_PARTITION else "'" + value.replace("'", "''") + "'"
                columns.append(f'cast({quoted} as {duck_type(key["Type"])}) as "{key["Name"]}"')
            selects.append(f"select {', '.join(columns)} from {source}")
        if selects:
            return " union all ".join(selects)
        nothing = [f'cast(null as {duck_type(c["Type"])}) as "{c["Name"]}"' for c in storage["Columns"] + keys]
        return f"select {', '.join(nothing)} where false"

    def _within(self, location: str, root: str, everything: list[Object]) -> Iterable[Object]:
        """The objects below a location: of those below the table's root, unless it lies elsewhere."""
        prefix = self.split(location)[1]
        if not location.startswith(root.rstrip("/") + "/"):
            return everything if location == root else self.objects(location)
        return [each for each in everything if each[1].startswith(prefix)]

    @staticmethod
    def _column(table: dict[str, Any], column: dict[str, str], present: dict[str, str]) -> str:
        name, kind = column["Name"], column["Type"]
        if name.lower() not in present:
            return f'cast(null as {duck_type(kind)}) as "{name}"'
        found = present[name.lower()].lower()
        if kind in KINDS and found not in KINDS[kind]:
            raise AthenaError(
                f"HIVE_BAD_DATA: Field {name}'s type {found.upper()} in parquet file is incompatible with type {kind} "
                f"defined in table schema {table['DatabaseName']}.{table['Name']}"
            )
        return f'cast("{name}" as {duck_type(kind)}) as "{name}"'

    # --- writing

    def write(
        self, connection: duckdb.DuckDBPyConnection, rows: Any, location: str, partitioned_by: list[str], tag: str
    ) -> tuple[int, list[list[str]]]:
        """Writes rows as Parquet below a location; returns their number and the values of the partitions."""
        keys = [name.lower() for name in partitioned_by]
        names = [name.lower() for name in rows.columns]
        if names[len(names) - len(keys) :] != keys:
            raise AthenaError(
                "HIVE_COLUMN_ORDER_MISMATCH: Partition keys must be the last columns in the table and in the same "
                "order as the table properties"
            )
        for name, kind in zip(names, map(glue_type, rows.types), strict=True):
            if "time zone" in kind or kind in ("unknown", "time", "interval"):
                raise AthenaError(f"NOT_SUPPORTED: Unsupported Hive type: {kind} (column {name})")
        listed = ", ".join(
            f'cast("{column}" as {duck_type(glue_type(kind))}) as "{column.lower()}"'
            for column, kind in zip(rows.columns, rows.types, strict=True)
        )
        connection.execute(f"create or replace temp table written as select {listed} from rows")
        [count] = connection.execute("select count(*) from written").fetchone()
        quoted = ", ".join(f'"{key}"' for key in keys)
        if keys:
            [folders] = connection.execute(f"select count(*) from (select distinct {quoted} from written)").fetchone()
            if folders > MAX_OPEN_PARTITIONS:
                raise AthenaError(
                    "HIVE_TOO_MANY_OPEN_PARTITIONS: Exceeded limit of 100 open writers for partitions/buckets"
                )
        return count, self._upload(connection, location, quoted, tag) if count else []

    def _upload(
        self, connection: duckdb.DuckDBPyConnection, location: str, quoted_keys: str, tag: str
    ) -> list[list[str]]:
        folder = tempfile.mkdtemp(prefix="local-athena-out-")
        bucket, prefix = self.split(location)
        values = []
        try:
            options = f", partition_by ({quoted_keys}), overwrite_or_ignore" if quoted_keys else ""
            target = folder if quoted_keys else f"{folder}/rows"
            connection.execute(f"copy written to '{target}' (format parquet, compression snappy{options})")
            for root, _, files in os.walk(folder):
                inside = os.path.relpath(root, folder)
                if files and quoted_keys:
                    values.append([unquote(part.split("=", 1)[1]) for part in inside.split("/")])
                for number, file in enumerate(files):
                    # Athena's file names have no extension.
                    key = prefix + ("" if inside == "." else inside + "/") + f"{tag}_{number}"
                    self.s3.upload_file(str(Path(root) / file), bucket, key)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        return values
