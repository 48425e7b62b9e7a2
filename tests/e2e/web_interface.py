"""Dagster's web interface as ``engage ui`` starts it: waiting for it, and asking it what a browser would ask."""

import json
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.e2e.small_platform import SmallPlatform

START_SECONDS = 180
RUN_SECONDS = 400
STOP_SECONDS = 60
LIMIT_SECONDS = 1_500
FINISHED = frozenset({"SUCCESS", "FAILURE", "CANCELED"})


class WebInterface:
    """A running web interface."""

    def __init__(self, address: str, process: subprocess.Popen[str], log: Path) -> None:
        self.address, self.log = address, log
        self._process = process

    def press_ctrl_c(self) -> None:
        """What a terminal does on Ctrl-C: the signal goes to the whole group."""
        os.killpg(self._process.pid, signal.SIGINT)
        self._process.wait(STOP_SECONDS)

    def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        """The ``data`` of a GraphQL answer."""
        request = urllib.request.Request(
            f"{self.address}/graphql",
            data=json.dumps({"query": query, "variables": variables}).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=60) as response:
            answer: dict[str, Any] = json.load(response)
        assert "errors" not in answer, answer
        data: dict[str, Any] = answer["data"]
        return data

    def runs(self) -> dict[str, Mapping[str, Any]]:
        """The runs by id: status, jobName, week."""
        data = self.ask("{ runsOrError { ... on Runs { results { runId status jobName tags { key value } } } } }")
        return {
            each["runId"]: {
                **each,
                "week": next((tag["value"] for tag in each["tags"] if tag["key"] == "dagster/partition"), None),
            }
            for each in data["runsOrError"]["results"]
        }

    def launch(self, job: str, week: str) -> None:
        """Starts a job for one week."""
        [place] = self.ask(
            "{ repositoriesOrError { ... on RepositoryConnection { nodes { name location { name } } } } }"
        )["repositoriesOrError"]["nodes"]
        launched = self.ask(
            "mutation ($parameters: ExecutionParams!) { launchRun(executionParams: $parameters) { __typename } }",
            parameters={
                "selector": {
                    "repositoryName": place["name"],
                    "repositoryLocationName": place["location"]["name"],
                    "jobName": job,
                },
                "executionMetadata": {"tags": [{"key": "dagster/partition", "value": week}]},
            },
        )
        assert launched["launchRun"]["__typename"] == "LaunchRunSuccess", launched

    def wait_for_new_run(self, before: set[str]) -> Mapping[str, Any]:
        """The one run that is not among `before`, when it has ended."""
        deadline = time.monotonic() + RUN_SECONDS
        while time.monotonic() < deadline:
            new = [run for run_id, run in self.runs().items() if run_id not in before]
            assert len(new) <= 1, new
            if new and new[0]["status"] in FINISHED:
                return new[0]
            time.sleep(1)
        raise AssertionError(f"no run ended within {RUN_SECONDS} s: {new}")

    def check_results(self, run_id: str) -> dict[str, bool]:
        """Whether each blocking check of a run passed, by name."""
        data = self.ask(
            """query ($run: ID!) { logsForRun(runId: $run, limit: 5000) { ... on EventConnection { events {
                 ... on AssetCheckEvaluationEvent { evaluation { checkName severity success } } } } } }""",
            run=run_id,
        )
        evaluations = [event["evaluation"] for event in data["logsForRun"]["events"] if event.get("evaluation")]
        return {
            each["checkName"]: each["success"] for each in evaluations if each["success"] or each["severity"] == "ERROR"
        }


@contextmanager
def web_interface(platform: SmallPlatform, log: Path, *, defects: str = "") -> Iterator[WebInterface]:
    """``engage ui`` on the platform's home; it and everything it started are gone afterwards."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with (
        log.open("w") as output,
        platform.started(
            "ui", "--port", str(port), defects=defects, stdout=output, stderr=output, limit_seconds=LIMIT_SECONDS
        ) as process,
    ):
        address = f"http://127.0.0.1:{port}"
        deadline = time.monotonic() + START_SECONDS
        while not _serves(address):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.5)
        yield WebInterface(address, process, log)


def _serves(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/server_info", timeout=5) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False
