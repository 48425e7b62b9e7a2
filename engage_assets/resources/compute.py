"""Compute: runs a program of ``engage_ml`` and brings its metadata back. A subprocess here, a Fargate task on AWS."""

import sys
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg


class Compute(dg.ConfigurableResource, ABC):  # type: ignore[type-arg]
    """Runs one program to its end."""

    @abstractmethod
    def run(
        self, context: dg.AssetExecutionContext, *, program: str, parameters: Mapping[str, Any]
    ) -> Sequence[dg.MaterializeResult]:  # type: ignore[type-arg]
        """Runs ``python -m <program>`` with `parameters` as Dagster Pipes extras.

        Returns what the program reported about each asset. Raises when the program fails or reports nothing:
        silence is not success.
        """


class SubprocessCompute(Compute):
    """Runs the program as a child process of this interpreter."""

    def run(
        self, context: dg.AssetExecutionContext, *, program: str, parameters: Mapping[str, Any]
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
