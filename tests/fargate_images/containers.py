"""Built images, run without a container engine: buildah's chroot isolation, as the user that the image declares."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import dagster as dg

from engage_assets.resources.compute import Compute

MARK = "ENGAGE_CONTAINER"
"""Tells in the environment of every process which container it runs in. Those that buildah isolates with chroot ignore
SIGTERM, and what they have started outlives buildah."""


def image_name(image: str) -> str:
    """The name that ``scripts/check-images`` has built under. Raises LookupError when it handed over no tag."""
    tag = os.environ.get("IMAGE_TAG")
    if not tag:
        raise LookupError(
            "IMAGE_TAG is not set: run scripts/check-images, which builds images and hands their tag over"
        )
    return f"localhost/engage/{image}:{tag}"


def buildah(*arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Runs buildah and returns what it said."""
    return subprocess.run(["buildah", *arguments], check=check, capture_output=True, text=True)


def inspect(image: str) -> dict[str, Any]:
    """The image's configuration as Docker keeps it."""
    return json.loads(buildah("inspect", "--type", "image", image_name(image)).stdout)["Docker"]["config"]


def size_mb(image: str) -> float:
    """The image's size, uncompressed, base included."""
    [entry] = json.loads(buildah("images", "--json", image_name(image)).stdout)
    number, unit = entry["size"].split()
    return float(number) * {"KB": 1e-3, "MB": 1, "GB": 1e3}[unit]


def run(command: Sequence[str], *, limit_seconds: float = 900) -> subprocess.CompletedProcess[str]:
    """Runs a command to its end and returns what it said."""
    return subprocess.run(command, capture_output=True, text=True, timeout=limit_seconds)


@contextmanager
def container(image: str) -> Iterator[str]:
    """A container of the image; removed afterwards."""
    name = buildah("from", "--pull-never", image_name(image)).stdout.strip()
    try:
        yield name
    finally:
        end_processes(name)
        buildah("rm", name)


def mark(name: str) -> str:
    """The mark of a container; by the tag of the images at its front, ``scripts/check-images`` finds all of them."""
    return f"{MARK}={os.environ.get('IMAGE_TAG', '')}/{name}"


def processes_of(name: str) -> list[int]:
    """The processes that run in a container, and those that they have left behind."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has ended meanwhile, or is another user's
            if mark(name).encode() in (folder / "environ").read_bytes().split(b"\0"):
                found.append(int(folder.name))
    return found


def end_processes(name: str) -> None:
    """Kills them, and what they start meanwhile."""
    while found := processes_of(name):
        for process in found:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        time.sleep(0.1)


def command_in(
    name: str, command: Sequence[str], *, folders: Sequence[Path] = (), environment: Mapping[str, str] | None = None
) -> list[str]:
    """The command line that runs `command` in a container, with host folders at the same place inside."""
    volumes = [each for folder in folders for each in ("--volume", f"{folder}:{folder}")]
    variables = [each for key, value in (environment or {}).items() for each in ("--env", f"{key}={value}")]
    return ["buildah", "run", "--isolation", "chroot", *volumes, *variables, "--env", mark(name), name, "--", *command]


class ContainerCompute(Compute):
    """Runs each program in the image built for it; the rest of the platform is as it always is."""

    shared_folder: str

    def run_shares(
        self, context: dg.AssetExecutionContext, *, program: str, parameters: Sequence[Mapping[str, Any]]
    ) -> list[Sequence[dg.MaterializeResult]]:
        return [self._run_one(context, program, number, each) for number, each in enumerate(parameters)]

    def abandon(self, run_id: str) -> int:
        """Nothing: a container is removed by who waits for it."""
        return 0

    def _run_one(
        self, context: dg.AssetExecutionContext, program: str, number: int, parameters: Mapping[str, Any]
    ) -> Sequence[dg.MaterializeResult]:
        exchange = Path(self.shared_folder) / "pipes" / f"{context.run_id}-{program}-{number}"
        exchange.mkdir(parents=True)
        open_to_all(Path(self.shared_folder))
        with container(program.rpartition(".")[2]) as name:
            client = dg.PipesSubprocessClient(
                context_injector=dg.PipesFileContextInjector(str(exchange / "context")),
                message_reader=dg.PipesFileMessageReader(str(exchange / "messages")),
            )
            (exchange / "messages").touch()
            (exchange / "messages").chmod(0o666)
            forwarded = [
                each
                for key in ("CONTEXT", "MESSAGES")
                for each in ("--env", f"DAGSTER_PIPES_{key}=$DAGSTER_PIPES_{key}")
            ]
            [*start, image, dashes, python, flag, module] = command_in(
                name, ["python", "-m", program], folders=[Path(self.shared_folder)]
            )
            line = " ".join([*start, *(f'"{each}"' for each in forwarded), image, dashes, python, flag, module])
            completed = client.run(
                context=context.op_execution_context, command=["sh", "-c", f"exec {line}"], extras=dict(parameters)
            )
        results = completed.get_results(implicit_materializations=False)
        return [each for each in results if isinstance(each, dg.MaterializeResult)]


def open_to_all(folder: Path) -> None:
    """Lets the image's user write where this user has written."""
    subprocess.run(["chmod", "-R", "a+rwX", str(folder)], check=True)
