"""Compute: runs a program of ``engage_ml`` and brings its metadata back. A subprocess here, a Fargate task on AWS."""

import json
import signal
import subprocess
import sys
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import dagster as dg

STOP_SECONDS = 20
"""How long an interrupted program may take to end, before it is killed."""

_ready: dict[str, "subprocess.Popen[str]"] = {}
"""Programs of this process that wait for work. Not in the resource: Dagster makes a new one for each step."""


class Compute(dg.ConfigurableResource, ABC):  # type: ignore[type-arg]
    """Runs one program to its end."""

    def run(
        self, context: dg.AssetExecutionContext, *, program: str, parameters: Mapping[str, Any]
    ) -> Sequence[dg.MaterializeResult]:  # type: ignore[type-arg]
        """Runs ``python -m <program>`` with `parameters` as Dagster Pipes extras.

        Returns what the program reported about each asset. Raises when the program fails or reports nothing:
        silence is not success.
        """
        return self.run_shares(context, program=program, parameters=[parameters])[0]

    @abstractmethod
    def run_shares(
        self, context: dg.AssetExecutionContext, *, program: str, parameters: Sequence[Mapping[str, Any]]
    ) -> list[Sequence[dg.MaterializeResult]]:  # type: ignore[type-arg]
        """Runs a program once for each of `parameters`; returns what each reported, or raises when any fails."""

    def get_ready(self, programs: Sequence[str]) -> None:
        """Starts what is slow about `programs`, which this process will run soon."""

    @abstractmethod
    def abandon(self, run_id: str) -> int:
        """Ends what a run that is no more has left at work, and returns how much that was."""


def results_of(session: dg.PipesSession) -> list[dg.MaterializeResult]:  # type: ignore[type-arg]
    """What the program has reported about assets."""
    reported = session.get_results(implicit_materializations=False)
    return [each for each in reported if isinstance(each, dg.MaterializeResult)]


class SubprocessCompute(Compute):
    """Runs the program as a child process of this interpreter."""

    def run_shares(
        self, context: dg.AssetExecutionContext, *, program: str, parameters: Sequence[Mapping[str, Any]]
    ) -> list[Sequence[dg.MaterializeResult]]:  # type: ignore[type-arg]
        # One after the other: each takes the threads that this machine has.
        return [self._run_one(context, program, each) for each in parameters]

    def abandon(self, run_id: str) -> int:  # noqa: ARG002 - no run leaves anything
        """Nothing: a child process ends with the program that waits for it."""
        return 0

    def get_ready(self, programs: Sequence[str]) -> None:
        """Starts the programs, so that they import while others work; without work they end with this process."""
        for program in programs:
            if program not in _ready:
                _ready[program] = _start(program)

    def _run_one(
        self, context: dg.AssetExecutionContext, program: str, parameters: Mapping[str, Any]
    ) -> Sequence[dg.MaterializeResult]:  # type: ignore[type-arg]
        with dg.open_pipes_session(
            context=context.op_execution_context,
            context_injector=dg.PipesTempFileContextInjector(),
            message_reader=dg.PipesTempFileMessageReader(),
            extras=dict(parameters),
        ) as session:
            process = _ready.pop(program, None)
            if process is None or process.poll() is not None:
                process = _start(program)
            try:
                _give_work(process, session.get_bootstrap_env_vars())
                process.wait()
            except BaseException:
                _stop(process)
                raise
            if process.returncode != 0:
                raise dg.Failure(f"{program} ended with exit status {process.returncode}", allow_retries=False)
        results = results_of(session)
        if not results:
            raise dg.Failure(f"{program} ended without reporting a result", allow_retries=False)
        return results


def _give_work(process: "subprocess.Popen[str]", environment: Mapping[str, str]) -> None:
    """Sends the line that a ready program waits for. Its standard input stays open, as the program ends with it."""
    assert process.stdin is not None
    with suppress(BrokenPipeError):  # it has ended; its exit status says how
        process.stdin.write(json.dumps(environment) + "\n")
        process.stdin.flush()


def _stop(process: "subprocess.Popen[str]") -> None:
    process.send_signal(signal.SIGINT)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _start(program: str) -> "subprocess.Popen[str]":
    return subprocess.Popen([sys.executable, "-m", "engage_ml.ready", program], stdin=subprocess.PIPE, text=True)  # noqa: S603
