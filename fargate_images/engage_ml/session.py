"""The conversation with whoever started the program: Dagster Pipes, or a person with ``--params FILE.json``."""

import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import dagster_pipes as pipes

from engage_ml.errors import ProgramError


class Session(Protocol):
    """Parameters in; progress and asset metadata out."""

    extras: Mapping[str, Any]

    def log(self, message: str) -> None:
        """Says how far the program is."""

    def report(self, asset: str, metadata: Mapping[str, Any], version: str) -> None:
        """Reports that an asset (``group/name``) was built, with its metadata and data version."""


class PipesSession:
    """A session with Dagster."""

    def __init__(self, context: pipes.PipesContext) -> None:
        self._context = context
        self.extras: Mapping[str, Any] = context.extras

    def log(self, message: str) -> None:
        """Writes to the run's log."""
        self._context.log.info(message)

    def report(self, asset: str, metadata: Mapping[str, Any], version: str) -> None:
        """Materializes an asset of the step."""
        self._context.report_asset_materialization(metadata=dict(metadata), data_version=version, asset_key=asset)


class FileSession:
    """A session with a person: parameters from a JSON file, reports as JSON lines on standard output."""

    def __init__(self, path: Path) -> None:
        try:
            self.extras: Mapping[str, Any] = json.loads(path.read_text())
        except (OSError, ValueError) as error:
            raise ProgramError(
                f"cannot read {path}: {error}. --params expects a JSON file with the parameters."
            ) from None
        self._started = time.perf_counter()

    def log(self, message: str) -> None:
        """Writes to standard error with the seconds since the start."""
        sys.stderr.write(f"{time.perf_counter() - self._started:6.2f} s  {message}\n")

    def report(self, asset: str, metadata: Mapping[str, Any], version: str) -> None:
        """Prints the report."""
        sys.stdout.write(json.dumps({"asset": asset, "version": version, "metadata": dict(metadata)}) + "\n")


def run_program(work: Callable[[Session], None], arguments: list[str]) -> int:
    """Opens a session, does the work, and turns an expected failure into one line and exit status 1."""
    try:
        with _open(arguments) as session:
            work(session)
    except ProgramError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    return 0


def limit_threads(threads: int) -> None:
    """Sets the thread counts of the numeric libraries, also of those that are loaded already."""
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = str(threads)
    # Waiting threads that spin slow down whoever else computes on the machine.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    if "numpy" in sys.modules:
        # The variables come too late. A sum over two threads differs from one over one in its last digits.
        from threadpoolctl import threadpool_limits  # type: ignore[import-untyped] # installed with scikit-learn

        threadpool_limits(limits=threads)


@contextmanager
def _open(arguments: list[str]) -> Iterator[Session]:
    if len(arguments) == 2 and arguments[0] == "--params":
        yield FileSession(Path(arguments[1]))
        return
    if arguments:
        raise ProgramError(f"arguments {' '.join(arguments)!r} are unknown; expected --params FILE.json or none.")
    if not pipes.PipesEnvVarParamsLoader().is_dagster_pipes_process():  # type: ignore[no-untyped-call]
        raise ProgramError("not started by Dagster and no parameters given. Use --params FILE.json.")
    loader, writer = _channels()
    with pipes.open_dagster_pipes(context_loader=loader, message_writer=writer) as context:
        try:
            yield PipesSession(context)
        except ProgramError as error:
            context.log.error(str(error))
            raise


def _channels() -> tuple[pipes.PipesContextLoader | None, pipes.PipesMessageWriter[Any] | None]:
    """S3 when the launcher says so by naming a bucket (a Fargate task), else files and variables (a subprocess)."""
    parameters = pipes.PipesEnvVarParamsLoader()  # type: ignore[no-untyped-call]
    context_in_s3 = "bucket" in parameters.load_context_params()
    messages_in_s3 = "bucket" in parameters.load_messages_params()
    if not (context_in_s3 or messages_in_s3):
        return None, None
    import boto3  # only a container on AWS needs it, and importing it takes half a second

    client = boto3.client("s3")
    return (
        pipes.PipesS3ContextLoader(client) if context_in_s3 else None,
        pipes.PipesS3MessageWriter(client) if messages_in_s3 else None,
    )
