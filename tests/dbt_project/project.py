"""Runs the dbt project in this process, on a lake and a warehouse file of its own."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from dbt.cli.main import dbtRunner

PROJECT_DIR = Path(__file__).resolve().parents[2] / "dbt_project"
LAYERS = ("results", "analytics", "monitoring", "fairness")
NOT_UNIT_TESTS = ("--exclude-resource-type", "unit_test")


def invoke(target: Path, *arguments: str, warehouse: Path, manifest: Any = None) -> Any:
    """One dbt command, with everything it writes in `target`."""
    options = ["--quiet", "--no-use-colors", "--log-level-file", "none", "--log-path", str(target)]
    places = ["--project-dir", str(PROJECT_DIR), "--profiles-dir", str(PROJECT_DIR), "--target-path", str(target)]
    before = os.environ.get("ENGAGE_WAREHOUSE")
    os.environ["ENGAGE_WAREHOUSE"] = str(warehouse)
    try:
        return dbtRunner(manifest=manifest).invoke([*options, *arguments, *places])
    finally:
        os.environ.pop("ENGAGE_WAREHOUSE") if before is None else os.environ.update(ENGAGE_WAREHOUSE=before)


@dataclass(frozen=True)
class Project:
    """The parsed project with one lake and one warehouse."""

    manifest: Any
    lake: Path
    warehouse: Path
    target: Path

    def run(
        self,
        command: str,
        *select: str,
        week: date,
        run_id: str = "r1",
        first_week: date | None = None,
        options: tuple[str, ...] = (),
        **variables: Any,
    ) -> Mapping[str, str]:
        """The status of every node that a dbt command ran, by name; `exception` and messages as their own entries."""
        given = {
            "lake": str(self.lake),
            "week": str(week),
            "first_week": str(first_week or week),
            "last_week": str(week),
            "run_id": run_id,
        }
        result = invoke(
            self.target,
            *(command, *options, "--select", *select, "--vars", json.dumps({**given, **variables})),
            warehouse=self.warehouse,
            manifest=self.manifest,
        )
        if result.exception is not None:
            return {"exception": str(result.exception)}
        return {
            node.node.name: str(node.status) if str(node.status) in {"success", "pass"} else str(node.message)
            for node in result.result
        }

    def build(self, *select: str, **arguments: Any) -> None:
        """Builds models and runs their data tests; all of them must succeed."""
        assert failures(self.run("build", *select, options=NOT_UNIT_TESTS, **arguments)) == {}

    def build_untested(self, *select: str, **arguments: Any) -> None:
        """Builds models alone: a test that compares one with another needs both to be of the same run."""
        assert failures(self.run("run", *select, **arguments)) == {}

    def query(self, sql: str) -> pa.Table:
        """The rows of one query on the warehouse."""
        with duckdb.connect(str(self.warehouse)) as connection:
            return connection.sql(sql).to_arrow_table()

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows of one query as tuples."""
        with duckdb.connect(str(self.warehouse)) as connection:
            return connection.sql(sql).fetchall()

    def models(self, *folders: str) -> list[Any]:
        """The models of some folders, or all."""
        return [
            node
            for node in self.manifest.nodes.values()
            if node.resource_type == "model" and (not folders or node.fqn[1] in folders)
        ]

    def contents(self, *folders: str) -> dict[str, pa.Table]:
        """Every stored table of some folders, in one order of rows."""
        return {
            f"{node.schema}.{node.name}": self.query(f"select * from {node.schema}.{node.name} order by all")
            for node in self.models(*folders)
            if node.config.materialized in {"incremental", "table"}
        }


def failures(statuses: Mapping[str, str]) -> dict[str, str]:
    """The nodes that did not succeed, with their messages."""
    return {name: status for name, status in statuses.items() if status not in {"success", "pass"}}
