"""The warehouse in Athena and Glue, over the lake in S3."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
from sqlglot import exp

from engage_assets.dbt import NodeOutcome, manifest_path, read_manifest, run_dbt
from engage_assets.errors import InputError
from engage_assets.resources import s3
from engage_assets.resources.athena import Athena, ScanMeter, parse, statement
from engage_assets.resources.glue_tables import lake_tables, register
from engage_assets.resources.warehouse import ModelTable, Warehouse

METER = ScanMeter()
"""One for the process: resources come and go with the runs."""

WEEKS = ("week", "first_week", "last_week")
STAGING = "fqn:engage.staging.*"


class AthenaWarehouse(Warehouse):
    """Tables are Parquet in S3, partitioned by week, and by run where several versions of a week may exist."""

    region: str
    workgroup: str
    results_uri: str
    warehouse_uri: str
    lake_uri: str
    prefix: str
    target_path: str
    threads: int = 4
    poll_seconds: float = 1.0
    scan_limit_gb: int = 100

    def build(self, *, select: Sequence[str], variables: Mapping[str, Any], tests: bool = True) -> list[NodeOutcome]:
        self.see_files()
        first, last = _week(variables, "first_week"), _week(variables, "last_week")
        outcomes: list[NodeOutcome] = []
        # A session of Athena has no variables: the views of the features name the week that they build.
        for number in range((last - first).days // 7):
            week = first + timedelta(weeks=number)
            known = ["--exclude", STAGING] if number else []  # those views name no week
            outcomes = self._dbt(["run", *known], select, {**variables, **dict.fromkeys(WEEKS, week)})
            if not all(outcome.ok for outcome in outcomes):
                return outcomes
        newest = {**variables, **dict.fromkeys(WEEKS, last)}
        if not tests:
            return self._dbt(["run"], select, newest)
        # Unit tests judge the SQL, not the data: the test suite runs them, a weekly run need not.
        if first == last:
            return self._dbt(["build", "--exclude-resource-type", "unit_test"], select, newest)
        outcomes = self._dbt(["run"], select, newest)
        if all(outcome.ok for outcome in outcomes):
            outcomes += self._dbt(["test", "--exclude-resource-type", "unit_test"], select, variables)
        return outcomes

    def _dbt(self, command: list[str], select: Sequence[str], variables: Mapping[str, Any]) -> list[NodeOutcome]:
        outcomes = run_dbt(
            command,
            select=select,
            variables={"lake": self.lake_uri, **variables},
            target_path=Path(self.target_path),
            environment=self.profile(),
        )
        METER.bytes += sum(outcome.bytes_scanned for outcome in outcomes)
        return outcomes

    def profile(self) -> dict[str, str]:
        """What ``profiles.yml`` reads."""
        return {
            "ENGAGE_REGION": self.region,
            "ENGAGE_GLUE_PREFIX": self.prefix,
            "ENGAGE_ATHENA_WORKGROUP": self.workgroup,
            "ENGAGE_ATHENA_RESULTS_URI": self.results_uri,
            "ENGAGE_WAREHOUSE_URI": self.warehouse_uri,
            "ENGAGE_POLL_SECONDS": str(self.poll_seconds),
            "ENGAGE_DBT_THREADS": str(self.threads),
        }

    def query(self, sql: str, parameters: Sequence[Any] = (), *, search_path: str = "main") -> pa.Table:
        return self._athena().rows(statement(sql, parameters, prefix=self.prefix, search_path=search_path))

    def query_all(self, statements: Mapping[str, str]) -> dict[str, pa.Table]:
        rows = s3.in_parallel(partial(self.query, sql) for sql in statements.values())
        return dict(zip(statements, rows, strict=True))

    def table_names(self, layer: str) -> set[str]:
        glue = s3.client("glue", self.region)
        try:
            pages = list(glue.get_paginator("get_tables").paginate(DatabaseName=f"{self.prefix}_{layer}"))
        except glue.exceptions.EntityNotFoundException:
            return set()
        return {str(table["Name"]) for page in pages for table in page["TableList"]}

    def keep_run(self, tables: Sequence[ModelTable], week: date, run_id: str) -> None:
        s3.in_parallel(partial(self._keep_run, table, week, run_id) for table in tables)

    def _keep_run(self, table: ModelTable, week: date, run_id: str) -> None:
        glue = s3.client("glue", self.region)
        place = {"DatabaseName": f"{self.prefix}_{table.schema}", "TableName": table.name}
        described = glue.get_table(DatabaseName=place["DatabaseName"], Name=table.name)["Table"]
        keys = [key["Name"] for key in described.get("PartitionKeys", [])]
        if keys != ["week", "run_id"]:
            return  # a table that each run replaces as a whole
        pages = glue.get_paginator("get_partitions").paginate(**place, Expression=f"week = '{week}'")
        for superseded in [each for page in pages for each in page["Partitions"] if each["Values"][1] != run_id]:
            glue.delete_partition(**place, PartitionValues=superseded["Values"])
            location = superseded["StorageDescriptor"]["Location"]
            s3.delete(self.region, s3.split(location)[0], [each.key for each in s3.below(self.region, location)])

    def unload(self, sql: str, folder: str) -> int:
        bucket, _ = s3.split(folder)
        s3.delete(self.region, bucket, [each.key for each in s3.below(self.region, folder)])
        chosen = statement(sql, (), prefix=self.prefix, search_path="main")
        athena = self._athena()
        execution = athena.run(f"unload ({chosen}) to '{folder}/' with (format = 'PARQUET', compression = 'SNAPPY')")
        self._name_as_parquet(folder)
        answer = s3.client("athena", self.region).get_query_results(
            QueryExecutionId=execution["QueryExecutionId"], MaxResults=1
        )
        return int(answer.get("UpdateCount", 0))

    def _name_as_parquet(self, folder: str) -> None:
        """Athena's files have no extension; the programs read ``*.parquet``."""
        bucket, _ = s3.split(folder)
        client = s3.client("s3", self.region)
        unloaded = [each.key for each in s3.below(self.region, folder) if not each.key.endswith(".parquet")]
        s3.in_parallel(
            partial(client.copy, {"Bucket": bucket, "Key": key}, bucket, f"{key}.parquet") for key in unloaded
        )
        s3.delete(self.region, bucket, unloaded)

    def see_files(self) -> None:
        manifest = read_manifest(manifest_path(Path(self.target_path)))
        register(self.region, lake_tables(manifest, lake_uri=self.lake_uri, prefix=self.prefix))

    def check_select(self, sql: str) -> None:
        if not isinstance(parse(sql), exp.Query):
            raise InputError("expected one SELECT statement; nothing else can be run here.")

    def scanned_bytes(self) -> int:
        return METER.bytes

    def _athena(self) -> Athena:
        return Athena(
            region=self.region,
            workgroup=self.workgroup,
            results_uri=self.results_uri,
            prefix=self.prefix,
            poll_seconds=self.poll_seconds,
            limit_bytes=self.scan_limit_gb * 10**9,
            meter=METER,
        )


def _week(variables: Mapping[str, Any], name: str) -> date:
    value = variables[name]
    return value if isinstance(value, date) else date.fromisoformat(str(value))
