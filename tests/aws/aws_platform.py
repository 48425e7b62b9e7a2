"""A platform whose environment is aws, on the local AWS: driven by the command line, or in this process."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import dagster as dg
import pyarrow as pa

from engage_assets.definitions import build_defs
from engage_assets.resources.bindings import build_resources
from engage_assets.settings import Settings
from tests.aws.local_aws.platform import BUCKET, REPOSITORY, LocalAws

CUSTOMERS = 20_000
"""Enough leavers for the gates that compare two models; with fewer they say `insufficient`, which refuses the week."""

WEEKS = 10
WEEK = "2026-11-09"


class AwsPlatform:
    """One home, one prefix of the bucket, one prefix of the Glue databases."""

    def __init__(self, aws: LocalAws, home: Path, *, customers: int = CUSTOMERS) -> None:
        self.aws, self.home, self.customers = aws, home, customers
        self.environ = {"ENGAGE_ENVIRONMENT": "aws", "ENGAGE_HOME": str(home), **aws.environment("weekly")}

    def command(self, *arguments: str, **changed: str) -> subprocess.Popen[str]:
        """A command of the platform, started."""
        return subprocess.Popen(
            [sys.executable, "-m", "engage_assets.cli", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=REPOSITORY,
            env={**os.environ, **self.environ, **changed},
            start_new_session=True,
        )

    def run(self, **changed: str) -> subprocess.Popen[str]:
        """``engage run`` of the week, started."""
        options = ("--customers", str(self.customers), "--week", WEEK, "--weeks", str(WEEKS))
        return self.command("run", *options, **changed)

    @property
    def settings(self) -> Settings:
        """The settings of this platform, for this process."""
        return Settings.from_environment(self.environ, customers=self.customers)

    def rerun(self, *groups: str) -> dg.ExecuteInProcessResult:
        """The weekly job again, in this process, from the first of some groups of assets on."""
        definitions = build_defs(self.settings)
        first = dg.AssetSelection.groups(*groups)
        chosen = sorted((first | first.downstream()).resolve(definitions.resolve_asset_graph()), key=str)
        with dg.DagsterInstance.from_config(str(self.home / "dagster")) as instance:
            return definitions.resolve_job_def("weekly").execute_in_process(
                partition_key=WEEK, asset_selection=chosen, instance=instance, raise_on_error=False
            )

    def rows(self, sql: str) -> pa.Table:
        """Rows of the warehouse."""
        return build_resources(self.settings)["warehouse"].query(sql)

    def published(self) -> Mapping[str, str]:
        """Everything that a consumer can see: the pointers, the reports, the exports, the published tables."""
        s3, state = self.aws.client("s3"), {}
        for place in ("lake/published", "reports", "exports"):
            for key in self.aws.keys(f"weekly/{place}"):
                content = s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()
                state[key] = hashlib.sha256(content).hexdigest()
        warehouse = build_resources(self.settings)["warehouse"]
        tables = sorted(warehouse.table_names("published"))
        counted = warehouse.query_all({name: f"select count(*) as n from published.{name}" for name in tables})
        state.update({name: str(rows["n"][0].as_py()) for name, rows in counted.items()})
        return state


def message_of(result: dg.ExecuteInProcessResult) -> str:
    """Why the first step that failed did."""
    failures = [event for event in result.all_events if event.is_step_failure]
    error = failures[0].step_failure_data.error
    return (error.cause or error).message
