"""``engage ui``: Dagster's web interface of a home, and the page for questions beside it."""

import errno
import os
import socket
import subprocess
import sys
from pathlib import Path

import dagster as dg

from engage_assets.commands.home import adopt_platform, locked, prepare_home
from engage_assets.commands.page import page_beside
from engage_assets.commands.recovery import close_killed_runs, is_held
from engage_assets.errors import InputError
from engage_assets.resources.bindings import build_resources
from engage_assets.settings import Settings


def open_ui(settings: Settings, *, host: str, port: int, page_port: int) -> int:
    """Serves both until they are ended, and returns Dagster's exit status.

    Raises
    ------
    InputError
        When the address is not one of this machine, or the port is in use.
    """
    dagster_home = prepare_home(settings)
    settings = adopt_platform(settings, customers=None, seed=None)
    require_free(host, port)
    environment = {
        **os.environ,
        "ENGAGE_HOME": str(settings.home),
        "ENGAGE_CUSTOMERS": str(settings.customers),
        "ENGAGE_SEED": str(settings.seed),
    }
    print(f"Dagster's web interface: http://{host}:{port}   (Ctrl-C ends it)", flush=True)
    dg_program = Path(sys.executable).with_name("dg")
    repository = Path(__file__).resolve().parents[2]
    command = [str(dg_program), "dev", "--host", host, "--port", str(port)]
    with locked(settings.home, "ui.lock"):
        compute = build_resources(settings)["compute"]
        with dg.DagsterInstance.from_config(str(dagster_home)) as instance:
            close_killed_runs(instance, compute, by_command_line=False)
            if not is_held(settings.home / "run.lock"):
                close_killed_runs(instance, compute, by_command_line=True)
        with page_beside(settings, port=page_port, dagster_port=port):
            return subprocess.run(command, cwd=repository, env=environment, check=False).returncode  # noqa: S603


def require_free(host: str, port: int) -> None:
    """Raises InputError when nobody can listen there."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise InputError(f"{host!r} is no address of this machine. Choose another one with --host.") from None
            raise InputError(f"port {port} is in use. Choose another one with --port.") from None
