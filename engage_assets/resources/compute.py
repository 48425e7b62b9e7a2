"""Compute: runs a program of ``engage_ml`` and brings its metadata back. A subprocess here, a Fargate task on AWS."""

import sys
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg


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

    @abstractmethod
    def abandon(self, run_id: str) -> int:
        """Ends what a run that is no more has left at work, and returns how much that was."""


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

    def _run_one(
        self, context: dg.AssetExecutionContext, program: str, parameters: Mapping[str, Any]
    ) -> Sequence[dg.MaterializeResult]:  # type: ignore[type-arg]
        client = dg.PipesSubprocessClient(forward_termination=True)
        completed = client.run(
            context=context.op_execution_context,
            command=[sys.executable, "-m", program],
            extras=dict(parameters),
        )
        reported = completed.get_results(implicit_materializations=False)
        results = [each for each in reported if isinstance(each, dg.MaterializeResult)]
        if not results:
            raise dg.Failure(f"{program} ended without reporting a result", allow_retries=False)
        return results
