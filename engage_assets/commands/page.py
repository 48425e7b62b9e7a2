"""``engage page``: the assistant's page on this machine, alone or beside Dagster's web interface."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from engage_assets.assistant.history import History
from engage_assets.errors import InputError
from engage_assets.resources.bindings import build_resources
from engage_assets.resources.language_model import LanguageModel
from engage_assets.settings import Settings

LOOPBACK = "127.0.0.1"
STOP_SECONDS = 5


def is_free(port: int, host: str = LOOPBACK) -> bool:
    """Whether a server could listen there."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def serve_page(settings: Settings, *, host: str, port: int, dagster_port: int | None) -> None:
    """Serves the page until it is interrupted.

    Raises
    ------
    InputError
        When the address cannot be listened on.
    """
    if not is_free(port, host):
        raise InputError(f"{host}:{port} cannot be listened on. Choose another one with --port.")
    # Imported here: Dash takes a second, and no other command needs it.
    from werkzeug.serving import make_server

    from engage_assets.assistant.page import build_page

    resources = build_resources(settings)
    model: LanguageModel = resources["language_model"]
    links = [("Dagster", f"http://{LOOPBACK}:{dagster_port}")] if dagster_port else []
    page = build_page(
        model.assistant(),
        model.catalogue().catalogue,
        History(resources["lake"]),
        resources["reports"],
        links=links,
        hosts=frozenset({"127.0.0.1", "localhost"}) if host == LOOPBACK else None,
    )
    server = make_server(host, port, page.server, threaded=True)
    print(f"Questions: http://{host}:{port}   (Ctrl-C ends it)", flush=True)
    server.serve_forever()


@contextmanager
def page_beside(settings: Settings, *, port: int, dagster_port: int) -> Iterator[None]:
    """The page in a process of its own, for as long as the web interface runs."""
    if not is_free(port):
        print(
            f"The page for questions is not started: port {port} is in use. Choose another with --page-port.",
            flush=True,
        )
        yield
        return
    command = [sys.executable, "-m", "engage_assets.cli", "page", "--home", str(settings.home)]
    with subprocess.Popen([*command, "--port", str(port), "--dagster-port", str(dagster_port)]) as page:  # noqa: S603
        try:
            yield
        finally:
            page.terminate()
            try:
                page.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                page.kill()
