"""``make first-week``, the smoke test of a real account, run to its end against a local AWS that runs beside it."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.aws.aws_platform import CUSTOMERS, WEEK, WEEKS
from tests.aws.local_aws.platform import REPOSITORY

pytestmark = [pytest.mark.slow, pytest.mark.browser]


@pytest.fixture
def environment_file(tmp_path):
    """The settings of a local AWS that runs beside the test."""
    file = tmp_path / "aws-local.env"
    command = [sys.executable, "-m", "tests.aws.local_aws.start", "--env-file", str(file)]
    with subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout:
            if line == "ready\n":
                break
        yield file
        process.terminate()
        process.wait(10)


def test_the_first_week_there_and_here_is_the_same(environment_file):
    chosen = {"CUSTOMERS": str(CUSTOMERS), "WEEKS": str(WEEKS), "WEEK": WEEK, "ENGAGE_ENV_FILE": str(environment_file)}
    ran = subprocess.run(
        ["sh", "scripts/first-week", str(Path(sys.executable).parent)],
        cwd=REPOSITORY,
        env={**os.environ, **chosen},
        capture_output=True,
        text=True,
        timeout=3_000,
    )
    print(ran.stdout, ran.stderr)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    *_, verdict = ran.stdout.splitlines()
    same = re.fullmatch(r"(\d+) of (\d+) tables are the same", verdict)
    assert same, verdict
    assert same[1] == same[2]
    assert int(same[1]) >= 20
