"""The JSON API of Athena on loopback."""

import csv
import io
import json
import re
import threading
import time
import traceback
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import duckdb

from tests.aws.local_aws.athena_errors import AthenaError
from tests.aws.local_aws.athena_statements import Statements
from tests.aws.local_aws.athena_tables import Tables
from tests.aws.local_aws.athena_types import result_type, text


@dataclass
class AthenaFaults:
    """Faults that a test plants."""

    throttled: int = 0
    """So many of the next statements are refused as too many."""
    failing: str = ""
    """Statements that match this pattern fail."""

    def clear(self) -> None:
        """Takes all faults back."""
        self.throttled, self.failing = 0, ""


@dataclass
class Query:
    """One statement, what became of it, and its rows as texts."""

    described: dict[str, Any]
    columns: list[tuple[str, str]] = field(default_factory=list)
    rows: list[list[str | None]] = field(default_factory=list)
    written: int | None = None
    connection: duckdb.DuckDBPyConnection | None = None


class ThrottledError(Exception):
    """Too many statements."""


class AthenaApi:
    """One method for each call of the API."""

    def __init__(self, tables: Tables, faults: AthenaFaults) -> None:
        self.statements, self.faults = Statements(tables), faults
        self.queries: dict[str, Query] = {}
        self.pool = ThreadPoolExecutor(4)

    def StartQueryExecution(self, request: dict[str, Any]) -> dict[str, Any]:  # noqa: N802 - the API's own name
        if self.faults.throttled > 0:
            self.faults.throttled -= 1
            raise ThrottledError("Rate exceeded")
        query_id = str(uuid.uuid4())
        output = (request.get("ResultConfiguration") or {}).get("OutputLocation")
        if not output:
            raise AthenaError("No output location provided, neither by the workgroup nor by the request.")
        self.queries[query_id] = Query(
            {
                "QueryExecutionId": query_id,
                "Query": request["QueryString"],
                "WorkGroup": request.get("WorkGroup", "primary"),
                "QueryExecutionContext": request.get("QueryExecutionContext", {}),
                "ResultConfiguration": {"OutputLocation": output.rstrip("/") + f"/{query_id}.csv"},
                "Status": {"State": "QUEUED", "SubmissionDateTime": time.time()},
                "Statistics": {"DataScannedInBytes": 0},
                "EngineVersion": {"EffectiveEngineVersion": "Athena engine version 3"},
            }
        )
        self.pool.submit(self._run, self.queries[query_id], query_id)
        return {"QueryExecutionId": query_id}

    def _run(self, query: Query, query_id: str) -> None:
        described, status = query.described, query.described["Status"]
        if status["State"] == "CANCELLED":
            return
        status["State"] = "RUNNING"
        started = time.time()
        connection = query.connection = self.statements.tables.connect()
        output = described["ResultConfiguration"]["OutputLocation"]
        try:
            if self.faults.failing and re.search(self.faults.failing, described["Query"]):
                raise AthenaError("GENERIC_INTERNAL_ERROR: planted by a test", 1, 1)
            database = (described["QueryExecutionContext"].get("Database") or "default").lower()
            answer = self.statements.run(described["Query"], database, connection, query_id, output.rsplit("/", 1)[0])
            described["StatementType"], described["SubstatementType"] = answer.kind, answer.statement
            query.written = answer.written
            if answer.rows is not None:
                self._store(query, answer.rows, output)
            [scanned] = connection.execute("select coalesce(sum(bytes), 0)::bigint from scanned").fetchone()
            described["Statistics"]["DataScannedInBytes"] = scanned
            if status["State"] != "CANCELLED":
                status["State"] = "SUCCEEDED"
        except Exception as error:
            if not isinstance(error, (AthenaError, duckdb.Error)):
                traceback.print_exc()
            if status["State"] != "CANCELLED":
                message = str(error)[:1000]
                status.update(State="FAILED", StateChangeReason=message)
                status["AthenaError"] = {
                    "ErrorCategory": getattr(error, "category", 2),
                    "ErrorType": getattr(error, "kind", 1000),
                    "Retryable": False,
                    "ErrorMessage": message,
                }
        finally:
            connection.close()
            query.connection = None
            status["CompletionDateTime"] = time.time()
            described["Statistics"]["TotalExecutionTimeInMillis"] = int((time.time() - started) * 1000)

    def _store(self, query: Query, rows: Any, output: str) -> None:
        query.columns = [(name, result_type(kind)) for name, kind in zip(rows.columns, rows.types, strict=True)]
        query.rows = [[text(value) for value in row] for row in rows.fetchall()]
        buffer = io.StringIO()
        csv.writer(buffer, quoting=csv.QUOTE_ALL).writerow([name for name, _ in query.columns])
        for row in query.rows:
            # A null is an empty field, an empty text a quoted one.
            cells = ["" if cell is None else '"' + cell.replace('"', '""') + '"' for cell in row]
            buffer.write(",".join(cells) + "\n")
        bucket, key = self.statements.tables.split(output)
        self.statements.tables.s3.put_object(Bucket=bucket, Key=key.rstrip("/"), Body=buffer.getvalue().encode())

    def GetQueryExecution(self, request: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        return {"QueryExecution": self.queries[request["QueryExecutionId"]].described}

    def GetQueryResults(self, request: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        query = self.queries[request["QueryExecutionId"]]
        start, size = int(request.get("NextToken") or 0), request.get("MaxResults", 1000)
        header = [[name for name, _ in query.columns]] if query.described.get("SubstatementType") == "SELECT" else []
        rows = header + query.rows
        shown = [
            {"Data": [{} if value is None else {"VarCharValue": value} for value in row]}
            for row in rows[start : start + size]
        ]
        columns = [
            {"CatalogName": "hive", "SchemaName": "", "TableName": "", "Name": name, "Label": name, "Type": kind,
             "Precision": 0, "Scale": 0, "Nullable": "UNKNOWN", "CaseSensitive": False}
            for name, kind in query.columns
        ]  # fmt: skip
        answer: dict[str, Any] = {"ResultSet": {"Rows": shown, "ResultSetMetadata": {"ColumnInfo": columns}}}
        if query.written is not None:
            answer["UpdateCount"] = query.written
        if start + size < len(rows):
            answer["NextToken"] = str(start + size)
        return answer

    def StopQueryExecution(self, request: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        query = self.queries[request["QueryExecutionId"]]
        if query.described["Status"]["State"] in ("QUEUED", "RUNNING"):
            query.described["Status"].update(State="CANCELLED", StateChangeReason="Query cancelled by user")
            if query.connection is not None:
                query.connection.interrupt()
        return {}

    def GetWorkGroup(self, request: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        engine = {"EffectiveEngineVersion": "Athena engine version 3"}
        configuration = {"EnforceWorkGroupConfiguration": False, "EngineVersion": engine}
        return {"WorkGroup": {"Name": request["WorkGroup"], "State": "ENABLED", "Configuration": configuration}}

    def GetDataCatalog(self, request: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        return {"DataCatalog": {"Name": request["Name"], "Type": "GLUE", "Parameters": {"catalog-id": "000000000000"}}}


def serve(api: AthenaApi) -> ThreadingHTTPServer:
    """A server of the API on a free port, running in a thread."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *arguments: Any) -> None:
            """Says nothing."""

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"{}")
            operation = self.headers.get("X-Amz-Target", "").split(".")[-1]
            status, answer = 400, {"__type": "InvalidRequestException", "message": f"no operation {operation} here"}
            if hasattr(api, operation):
                try:
                    status, answer = 200, getattr(api, operation)(body)
                except ThrottledError as error:
                    answer = {"__type": "TooManyRequestsException", "message": str(error)}
                except (AthenaError, KeyError) as error:
                    answer = {"__type": "InvalidRequestException", "message": str(error)}
            data = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/x-amz-json-1.1")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server
