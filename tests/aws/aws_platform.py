"""A platform whose environment is aws, on the local AWS: driven by the command line, or in a process of the tests.

As a program it runs the assets of the groups that it is given, with the settings of its environment.
"""

import hashlib
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import dagster as dg
import pyarrow as pa

from engage_assets.commands.recovery import COMMAND_LINE_TAG, recover
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

    def rerun(self, *groups: str, alone: bool = False) -> dg.ExecuteInProcessResult:
        """The weekly job again, in this process, from the first of some groups of assets on, or only those."""
        return rerun(self.settings, groups, alone=alone)

    def rerun_beside(self, *groups: str) -> subprocess.Popen[str]:
        """The same for these groups alone, in a process of its own, started."""
        return subprocess.Popen(
            [sys.executable, "-m", "tests.aws.aws_platform", *groups],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=REPOSITORY,
            env={**os.environ, **self.environ},
            start_new_session=True,
        )

    def recover(self) -> None:
        """What ``engage run`` does before anything else: it ends what killed runs have left."""
        with dg.DagsterInstance.from_config(str(self.home / "dagster")) as instance:
            recover(instance, self.home, build_resources(self.settings)["compute"])

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


def rerun(settings: Settings, groups: Sequence[str], *, alone: bool) -> dg.ExecuteInProcessResult:
    """The weekly job of :data:`WEEK` from some groups of assets on, or only those, as the command line runs it."""
    definitions = build_defs(settings)
    first = dg.AssetSelection.groups(*groups)
    selection = first if alone else first | first.downstream()
    chosen = sorted(selection.resolve(definitions.resolve_asset_graph()), key=str)
    with dg.DagsterInstance.from_config(str(settings.home / "dagster")) as instance:
        return definitions.resolve_job_def("weekly").execute_in_process(
            partition_key=WEEK,
            asset_selection=chosen,
            instance=instance,
            tags={COMMAND_LINE_TAG: "run"},
            raise_on_error=False,
        )


def message_of(result: dg.ExecuteInProcessResult) -> str:
    """Why the first step that failed did."""
    failures = [event for event in result.all_events if event.is_step_failure]
    error = failures[0].step_failure_data.error
    return (error.cause or error).message


if __name__ == "__main__":
    rerun(Settings.from_environment(os.environ, customers=CUSTOMERS), sys.argv[1:], alone=True)
