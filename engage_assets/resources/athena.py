"""Statements in Athena: started, waited for, and their rows with the types that Athena names.

Rows come from the file that Athena writes for a query, one whole and ordered CSV: paging through the API takes a call
for each thousand rows, and an UNLOAD keeps no order.
"""

import io
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pyarrow as pa
import pyarrow.csv as pacsv
import sqlglot
from botocore.exceptions import ClientError
from sqlglot import exp
from sqlglot.dialects.athena import Athena as AthenaDialect

from engage_assets.errors import EngageError, InputError
from engage_assets.resources import s3
from engage_assets.resources.warehouse import QueryError

THROTTLED = frozenset({"TooManyRequestsException", "ThrottlingException"})
STARTS = 8
"""How often the start of a statement is tried when Athena says that there are too many, with pauses that double."""

TYPES: Mapping[str, pa.DataType] = {
    "varchar": pa.string(),
    "char": pa.string(),
    "boolean": pa.bool_(),
    "tinyint": pa.int8(),
    "smallint": pa.int16(),
    "integer": pa.int32(),
    "bigint": pa.int64(),
    "float": pa.float32(),
    "double": pa.float64(),
    "decimal": pa.float64(),  # no table holds one; it is what an expression such as 1.0 * n yields
    "date": pa.date32(),
    "timestamp": pa.timestamp("us"),
}
"""Arrow's types of the columns of a result. Others, such as arrays, arrive as Athena's text of them."""


@dataclass
class ScanMeter:
    """What this process has had Athena scan."""

    bytes: int = 0


@dataclass(frozen=True)
class Athena:
    """Where statements run."""

    region: str
    workgroup: str
    results_uri: str
    prefix: str
    poll_seconds: float
    limit_bytes: int
    meter: ScanMeter

    def run(self, sql: str) -> dict[str, Any]:
        """Runs a statement to its end and returns what Athena says of it.

        Raises
        ------
        QueryError
            When the statement fails; the message is Athena's.
        EngageError
            When the process has scanned more than it may.
        """
        if self.meter.bytes > self.limit_bytes:
            raise EngageError(
                f"this process has had Athena scan {self.meter.bytes / 1e9:,.1f} GB, more than the "
                f"{self.limit_bytes / 1e9:,.0f} GB of ENGAGE_SCAN_LIMIT_GB. Raise the limit, or find what scans."
            )
        client = s3.client("athena", self.region)
        query_id = self._start(sql)
        while True:
            execution: dict[str, Any] = client.get_query_execution(QueryExecutionId=query_id)["QueryExecution"]
            state = execution["Status"]["State"]
            if state in {"SUCCEEDED", "FAILED", "CANCELLED"}:
                break
            time.sleep(self.poll_seconds)
        self.meter.bytes += execution.get("Statistics", {}).get("DataScannedInBytes", 0)
        if state != "SUCCEEDED":
            reason = execution["Status"].get("StateChangeReason", "Athena gives no reason")
            raise QueryError(f"the query cannot be run: {reason} (Athena query {query_id}, {state})")
        return execution

    def _start(self, sql: str) -> str:
        client = s3.client("athena", self.region)
        for attempt in range(STARTS):
            try:
                started = client.start_query_execution(
                    QueryString=sql,
                    WorkGroup=self.workgroup,
                    ResultConfiguration={"OutputLocation": f"{self.results_uri}/"},
                    QueryExecutionContext={"Catalog": "awsdatacatalog", "Database": f"{self.prefix}_published"},
                )
                return str(started["QueryExecutionId"])
            except ClientError as error:
                if error.response["Error"]["Code"] not in THROTTLED or attempt == STARTS - 1:
                    raise
            time.sleep(self.poll_seconds * 2**attempt)
        raise AssertionError("the last attempt returns or raises")

    def rows(self, sql: str) -> pa.Table:
        """The rows of a query."""
        execution = self.run(sql)
        client = s3.client("athena", self.region)
        answer = client.get_query_results(QueryExecutionId=execution["QueryExecutionId"], MaxResults=1)
        columns = answer["ResultSet"]["ResultSetMetadata"]["ColumnInfo"]
        content = s3.read(self.region, execution["ResultConfiguration"]["OutputLocation"])
        return parse_result(content, columns)


def parse_result(content: bytes, columns: Sequence[Mapping[str, Any]]) -> pa.Table:
    """The CSV file of a result as a table. A null is an empty field, an empty text a quoted one."""
    names = [str(column["Name"]) for column in columns]
    if len(set(names)) < len(names):
        raise InputError(f"the query names a column twice: {', '.join(names)}. Give each one a name of its own.")
    types = {str(column["Name"]): _type(column) for column in columns}
    if b"\n" not in content.rstrip(b"\n"):  # the header alone
        return pa.schema(list(types.items())).empty_table()
    return pacsv.read_csv(
        io.BytesIO(content),
        parse_options=pacsv.ParseOptions(newlines_in_values=True),
        convert_options=pacsv.ConvertOptions(
            column_types=types,
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
            true_values=["true"],
            false_values=["false"],
            timestamp_parsers=["%Y-%m-%d %H:%M:%S", pacsv.ISO8601],
        ),
    )


def _type(column: Mapping[str, Any]) -> pa.DataType:
    return TYPES.get(str(column["Type"]), pa.string())


def statement(sql: str, parameters: Sequence[Any], *, prefix: str, search_path: str) -> str:
    """SQL of the platform as Athena's: parameters in place, and every layer with the prefix of its Glue database.

    Raises
    ------
    InputError
        When it cannot be parsed, or the number of parameters is another than that of the question marks.
    """
    tree = parse(sql)
    _bind(tree, list(parameters))
    ctes = {cte.alias_or_name for cte in tree.find_all(exp.CTE)}
    for table in tree.find_all(exp.Table):
        if not isinstance(table.this, exp.Identifier) or (not table.db and table.name in ctes):
            continue
        layer = table.db or search_path
        table.set("db", exp.to_identifier(f"{prefix}_{layer}", quoted=True))
    return str(tree.sql(AthenaDialect))


def parse(sql: str) -> Any:
    """One statement as a tree. Raises InputError when it is none, or more than one.

    The dialect is a class that is imported with this module: by its name, the first two threads to ask for it may meet
    it half loaded.
    """
    try:
        trees = [tree for tree in sqlglot.parse(sql, read=AthenaDialect) if tree is not None]
    except sqlglot.errors.SqlglotError as error:
        raise InputError(f"the query cannot be run: {error}") from None
    if len(trees) != 1:
        raise InputError("expected one SELECT statement; nothing else can be run here.")
    return trees[0]


def _bind(tree: Any, parameters: list[Any]) -> None:
    holes = list(tree.find_all(exp.Placeholder, bfs=False))
    if len(holes) != len(parameters):
        raise InputError(f"the statement has {len(holes)} parameters; {len(parameters)} were given.")
    for hole, value in zip(holes, parameters, strict=True):
        hole.replace(literal(value))


def literal(value: Any) -> exp.Expression:
    """A value as a literal of Athena's SQL."""
    writers: list[tuple[type, Callable[[Any], exp.Expression]]] = [
        (bool, lambda v: exp.Boolean(this=v)),
        (datetime, lambda v: exp.cast(exp.Literal.string(v.strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]), "timestamp")),
        (date, lambda v: exp.cast(exp.Literal.string(v.isoformat()), "date")),
        (str, exp.Literal.string),
        (int, exp.Literal.number),
        (float, lambda v: exp.cast(exp.Literal.string(repr(v)), "double")),
    ]
    for kind, write in writers:
        if isinstance(value, kind):
            return write(value)
    if value is None:
        return exp.Null()
    raise InputError(f"{value!r} ({type(value).__name__}) cannot be a parameter of a statement.")
