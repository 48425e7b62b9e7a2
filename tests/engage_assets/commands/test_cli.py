"""Wrong usage, as a person would type it: one clear message, the right exit status, no traceback."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[3]


def engage(*arguments, env=None):
    return subprocess.run(
        [sys.executable, "-m", "engage_assets.cli", *arguments],
        capture_output=True,
        text=True,
        cwd=REPOSITORY,
        env={**os.environ, **(env or {})},
    )


def assert_refused(completed, status, *words):
    output = completed.stdout + completed.stderr
    assert completed.returncode == status, output
    assert "Traceback" not in output
    for word in words:
        assert word in output, output


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["run", "--week", "tuesday"], ["'tuesday' is not a date", "YYYY-MM-DD"]),
        (["run", "--week", "2999-12-30"], ["has not ended"]),
        (["run", "--week", "2026-11-10"], ["Did you mean 2026-11-09"]),
        (["run", "--customers", "-5"], ["-5 is not a whole number from 500 up"]),
        (["run", "--customers", "many"], ["'many' is not a whole number"]),
        (["run", "--weeks", "0"], ["--weeks"]),
        (["query", "drop table x"], ["expected one SELECT"]),
        (["ask"], ["no question was given", "engage ask --list"]),
        (["validate", "no-such-folder"], ["is not a folder"]),
        (["frobnicate"], ["frobnicate"]),
        (["ui", "--port", "99999"], ["99999 is not a whole number from 1 to 65,535"]),
    ],
)
def test_wrong_usage_is_explained(arguments, words, tmp_path):
    completed = engage(*arguments, env={"ENGAGE_HOME": str(tmp_path)})
    assert_refused(completed, 2, *words)


def test_a_home_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("")
    completed = engage("run", "--home", str(tmp_path / "file" / "home"))
    assert_refused(completed, 2, "cannot be written", "--home")


def test_no_chromium(tmp_path):
    completed = engage("run", "--home", str(tmp_path), env={"BROWSER_PATH": "/no/such/browser"})
    assert_refused(completed, 2, "BROWSER_PATH", "/no/such/browser")
    assert not (tmp_path / "lake").exists()


def test_a_busy_port(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        completed = engage("ui", "--port", str(port), "--home", str(tmp_path))
    assert_refused(completed, 2, f"port {port} is in use")


def test_a_wrong_setting(tmp_path):
    completed = engage("status", "--home", str(tmp_path), env={"ENGAGE_ENVIRONMENT": "production"})
    assert_refused(completed, 2, "ENGAGE_ENVIRONMENT='production'")


def test_status_and_query_before_the_first_run(tmp_path):
    completed = engage("status", "--home", str(tmp_path))
    assert completed.returncode == 0
    assert "no published week" in completed.stdout
    assert_refused(engage("query", "select 1", "--home", str(tmp_path)), 1, "no warehouse", "engage run")
