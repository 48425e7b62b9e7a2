"""The statements that Athena runs, on the emulated tables. What is not here is refused, never ignored."""

import base64
import json
import re
from dataclasses import dataclass
from typing import Any

import duckdb
import sqlglot
from sqlglot import exp
from sqlglot.dialects.athena import Athena
from sqlglot.dialects.hive import Hive

from tests.aws.local_aws.athena_errors import AthenaError
from tests.aws.local_aws.athena_tables import PARQUET, Tables
from tests.aws.local_aws.athena_types import duck_type, glue_type, result_type

UNLOAD = re.compile(r"(?is)unload\s*\((.*)\)\s*to\s*'([^']+)'\s*with\s*\((.*)\)\s*$")
ADD_COLUMNS = re.compile(r"(?is)add\s+columns\s*\((.*)\)\s*$")
ADD_PARTITION = re.compile(
    r"(?is)alter\s+table\s.*\sadd\s+if\s+not\s+exists\s+partition\s*\(([^)]*)\)\s*location\s*'([^']+)'\s*$"
)
SET_PROPERTIES = re.compile(r"(?is)set\s+tblproperties\s*\((.*)\)")


@dataclass
class Answer:
    """What a statement did: its kind, its rows if it has any, and how many rows it wrote."""

    kind: str
    statement: str
    rows: Any = None
    written: int | None = None


class Statements:
    """Runs one statement at a time, each on a connection of its own."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables

    def run(
        self, sql: str, database: str, connection: duckdb.DuckDBPyConnection, query_id: str, results: str
    ) -> Answer:
        """Runs a statement. `results` is the folder of the workgroup's results."""
        body = re.sub(r"^\s*((--[^\n]*\n|/\*.*?\*/)\s*)+", "", sql, flags=re.DOTALL).strip().rstrip(";")
        if found := UNLOAD.match(body):
            rows = self.tables.select(connection, sqlglot.parse_one(found[1], read=Athena), database)
            if next(self.tables.objects(found[2]), None):
                raise AthenaError(f"HIVE_PATH_ALREADY_EXISTS: Target directory already exists: {found[2]}", 2, 1301)
            count, _ = self.tables.write(connection, rows, found[2], [], query_id)
            return Answer("DML", "UNLOAD", written=count)
        try:
            tree = sqlglot.parse_one(body, read=Athena)
        except sqlglot.errors.ParseError as error:
            raise AthenaError(f"SYNTAX_ERROR: {error}", 2, 1000) from None
        if isinstance(tree, exp.Query):
            return Answer("DML", "SELECT", self.tables.select(connection, tree, database))
        if isinstance(tree, exp.Insert):
            return self._insert(tree, database, connection, query_id)
        if isinstance(tree, exp.Create):
            kind = str(tree.args["kind"]).upper()
            if kind in ("SCHEMA", "DATABASE"):
                return self._create_schema(tree)
            if kind == "VIEW":
                return self._create_view(tree, database, connection)
            if tree.expression:
                return self._create_table_as(tree, database, connection, query_id, results)
            return self._create_table(tree, database)
        if isinstance(tree, exp.Drop):
            return self._drop(tree, database)
        if isinstance(tree, exp.Alter):
            return self._alter(tree, body, database)
        raise AthenaError(f"NOT_SUPPORTED: the local Athena does not run {type(tree).__name__}: {body[:80]}")

    def _create_schema(self, tree: exp.Create) -> Answer:
        glue = self.tables.glue
        try:
            glue.create_database(DatabaseInput={"Name": (tree.this.db or tree.this.name).lower()})
        except glue.exceptions.AlreadyExistsException:
            if not tree.args.get("exists"):
                raise
        return Answer("DDL", "CREATE_SCHEMA")

    def _create_table(self, tree: exp.Create, database: str) -> Answer:
        place, properties = _place(tree.this, database), _properties(tree)
        if self._exists(place, tolerated=bool(tree.args.get("exists"))):
            return Answer("DDL", "CREATE_TABLE")
        if "parquet" not in str(properties.get("format", "")).lower():
            raise AthenaError("NOT_SUPPORTED: the local Athena stores Parquet only")
        self._define(
            place,
            [_declared(column) for column in tree.this.expressions],
            [_declared(column) for column in properties["keys"].expressions] if "keys" in properties else [],
            properties["location"],
        )
        return Answer("DDL", "CREATE_TABLE")

    def _create_table_as(
        self, tree: exp.Create, database: str, connection: duckdb.DuckDBPyConnection, query_id: str, results: str
    ) -> Answer:
        place, properties = _place(tree.this, database), _properties(tree)
        if self._exists(place, tolerated=bool(tree.args.get("exists"))):
            return Answer("DDL", "CREATE_TABLE_AS_SELECT", written=0)
        location = properties.get("external_location") or f"{results}/tables/{query_id}"
        if next(self.tables.objects(location), None):
            raise AthenaError(
                f"HIVE_PATH_ALREADY_EXISTS: Target directory for table '{'.'.join(place)}' already exists: {location}. "
                "You may need to manually clean the data",
                2,
                1301,
            )
        named = properties.get("keys")
        partitioned_by = [each.name for each in named.find_all(exp.Literal)] if named is not None else []
        rows = self.tables.select(connection, tree.expression, database)
        count, values = self.tables.write(connection, rows, location, partitioned_by, query_id)
        columns = [
            {"Name": name.lower(), "Type": glue_type(kind)} for name, kind in zip(rows.columns, rows.types, strict=True)
        ]
        split = len(columns) - len(partitioned_by)
        self._define(place, columns[:split], columns[split:], location)
        if partitioned_by:
            self.tables.add_partitions(self.tables.require(*place), values)
        return Answer("DDL", "CREATE_TABLE_AS_SELECT", written=count)

    def _exists(self, place: tuple[str, str], *, tolerated: bool) -> bool:
        found = self.tables.table(*place) is not None
        if found and not tolerated:
            raise AthenaError(
                f"TABLE_ALREADY_EXISTS: line 1:1: Destination table 'awsdatacatalog.{'.'.join(place)}' already exists",
                2,
                1010,
            )
        return found

    def _define(
        self, place: tuple[str, str], columns: list[dict[str, str]], keys: list[dict[str, str]], location: str
    ) -> None:
        self.tables.glue.create_table(
            DatabaseName=place[0],
            TableInput={
                "Name": place[1],
                "TableType": "EXTERNAL_TABLE",
                "PartitionKeys": keys,
                "StorageDescriptor": {"Columns": columns, "Location": location.rstrip("/"), **PARQUET},
                "Parameters": {"EXTERNAL": "TRUE"},
            },
        )

    def _create_view(self, tree: exp.Create, database: str, connection: duckdb.DuckDBPyConnection) -> Answer:
        place, sql = _place(tree.this, database), tree.expression.sql(Athena)
        rows = self.tables.select(connection, tree.expression.copy(), database)  # refuses what cannot be read
        described = {
            "originalSql": sql,
            "catalog": "awsdatacatalog",
            "schema": database,
            "columns": [
                {"name": name.lower(), "type": result_type(kind)}
                for name, kind in zip(rows.columns, rows.types, strict=True)
            ],
        }
        view = {
            "Name": place[1],
            "TableType": "VIRTUAL_VIEW",
            "Parameters": {"presto_view": "true", "comment": "Presto View"},
            "PartitionKeys": [],
            "ViewExpandedText": "/* Presto View */",
            "ViewOriginalText": f"/* Presto View: {base64.b64encode(json.dumps(described).encode()).decode()} */",
            "StorageDescriptor": {
                "Columns": [
                    {"Name": name.lower(), "Type": glue_type(kind)}
                    for name, kind in zip(rows.columns, rows.types, strict=True)
                ],
                "Location": "",
                "SerdeInfo": {},
            },
        }
        glue = self.tables.glue
        change = glue.update_table if self.tables.table(*place) else glue.create_table
        change(DatabaseName=place[0], TableInput=view)
        return Answer("DDL", "CREATE_VIEW")

    def _drop(self, tree: exp.Drop, database: str) -> Answer:
        target = tree.args["tables"][0]
        place = _place(target, database)
        if self.tables.table(*place) is not None:
            self.tables.glue.delete_table(DatabaseName=place[0], Name=place[1])
        elif not tree.args.get("exists"):
            self.tables.require(*place)
        return Answer("DDL", f"DROP_{str(tree.args['kind']).upper()}")

    def _alter(self, tree: exp.Alter, body: str, database: str) -> Answer:
        place = _place(tree.this, database)
        table = self.tables.require(*place)
        kept = ("Name", "TableType", "Parameters", "StorageDescriptor", "PartitionKeys")
        changed = {name: table[name] for name in kept if name in table}
        if found := SET_PROPERTIES.search(body):
            pairs = dict(re.findall(r"'([^']+)'\s*=\s*'([^']*)'", found[1]))
            changed["Parameters"] = {**changed.get("Parameters", {}), **pairs}
        elif found := ADD_PARTITION.match(body):
            given = dict(re.findall(r"`?(\w+)`?\s*=\s*'([^']*)'", found[1]))
            values = [given[key["Name"]] for key in table["PartitionKeys"]]
            self.tables.add_partitions(table, [values], location=found[2])
            return Answer("DDL", "ALTER_TABLE_ADD_PARTITION")
        elif found := ADD_COLUMNS.search(body):
            declared = sqlglot.parse_one(f"create external table x ({found[1]}) location 's3://x/'", read=Athena)
            columns = [*table["StorageDescriptor"]["Columns"], *map(_declared, declared.this.expressions)]
            changed["StorageDescriptor"] = {**table["StorageDescriptor"], "Columns": columns}
        else:
            raise AthenaError(f"NOT_SUPPORTED: {body[:80]}")
        self.tables.glue.update_table(DatabaseName=place[0], TableInput=changed)
        return Answer("DDL", "ALTER_TABLE")

    def _insert(self, tree: exp.Insert, database: str, connection: duckdb.DuckDBPyConnection, query_id: str) -> Answer:
        target = tree.this.this if isinstance(tree.this, exp.Schema) else tree.this
        table = self.tables.require(*_place(target, database))
        keys = table.get("PartitionKeys") or []
        columns = table["StorageDescriptor"]["Columns"] + keys
        named = [c.name.lower() for c in tree.this.expressions] if isinstance(tree.this, exp.Schema) else None
        new = self.tables.select(connection, tree.expression, database)
        source = dict(zip(named or [column["Name"] for column in columns], new.columns, strict=False))
        if len(new.columns) != len(source):
            raise AthenaError("MISMATCHED_COLUMN_COUNT: Insert query has a different number of columns")
        connection.execute("create or replace temp table inserted as select * from new")
        listed = ", ".join(
            f"cast({chr(34) + source[c['Name']] + chr(34) if c['Name'] in source else 'null'}"
            f' as {duck_type(c["Type"])}) as "{c["Name"]}"'
            for c in columns
        )
        rows = connection.sql(f"select {listed} from inserted")
        location = table["StorageDescriptor"]["Location"]
        count, values = self.tables.write(connection, rows, location, [key["Name"] for key in keys], query_id)
        if keys:
            self.tables.add_partitions(table, values)
        return Answer("DML", "INSERT", written=count)


def _place(tree: exp.Expression, database: str) -> tuple[str, str]:
    table = tree if isinstance(tree, exp.Table) else tree.find(exp.Table)
    return (table.db or database).lower(), table.name.lower()


def _declared(column: exp.ColumnDef) -> dict[str, str]:
    return {"Name": column.name.lower(), "Type": column.kind.sql(Hive).lower().replace(" ", "")}


def _properties(tree: exp.Create) -> dict[str, Any]:
    found: dict[str, Any] = {}
    given = tree.args.get("properties")
    for each in given.expressions if given else []:
        if isinstance(each, exp.LocationProperty):
            found["location"] = each.this.name
        elif isinstance(each, exp.FileFormatProperty):
            found["format"] = each.this.name
        elif isinstance(each, exp.PartitionedByProperty):
            found["keys"] = each.this
        elif type(each) is exp.Property:
            found[each.this.name] = each.args["value"].name
    return found
