"""The weekly run on an account that holds what the plan makes, with the settings that it puts out.

Every request is noted with its caller. The record is kept in ``recorded_calls.yaml``; the roles are compared with it.
"""

import os
import subprocess
import sys

import pytest
import yaml

from engage_assets.commands.settings import as_environment_file
from tests.aws.aws_platform import CUSTOMERS, WEEK, WEEKS
from tests.terraform.planned_aws import PlannedAws
from tests.terraform.rights import allows, summary
from tests.terraform.test_iam_calls import RECORD, policies_by_role
from tests.terraform.workspace import REPOSITORY

pytestmark = pytest.mark.slow

WRITE = "ENGAGE_RECORD_CALLS"
"""Set to write the record anew."""


@pytest.fixture(scope="module")
def week(created, tmp_path_factory):
    """The week, run twice: whoever replaces a week deletes what was there."""
    home = tmp_path_factory.mktemp("planned") / "home"
    file = home.with_name("engage.env")
    with PlannedAws(created) as aws:
        file.write_text(as_environment_file(aws.settings(home.parent)))
        arguments = ["--customers", str(CUSTOMERS), "--week", WEEK, "--weeks", str(WEEKS)]
        for _ in range(2):
            ran = subprocess.run(
                [sys.executable, "-m", "engage_assets.cli", "run", *arguments, "--home", str(home)],
                cwd=REPOSITORY,
                env={**os.environ, **aws.credentials(), "ENGAGE_ENV_FILE": str(file)},
                capture_output=True,
                text=True,
                timeout=1_500,
            )
            print(ran.stdout, ran.stderr)
        yield ran, aws


def test_the_week_is_published(week):
    ran, aws = week
    assert ran.returncode == 0, ran.stdout + ran.stderr
    bucket, _, prefix = aws.plan.outputs["settings"]["ENGAGE_LAKE_URI"].removeprefix("s3://").partition("/")
    found = aws.client("s3").list_objects_v2(Bucket=bucket, Prefix=f"{prefix}/published/week={WEEK}")
    assert found["KeyCount"] == 1
    assert aws.client("logs").describe_log_streams(logGroupName="/engage-prod/training")["logStreams"]


def test_every_request_is_allowed_to_the_role_that_makes_it(week, created):
    """With its own resource and condition keys, the folder that is listed among them."""
    policies = policies_by_role(created)
    refused = {
        role: [need for need in needed if not allows(policies[role], need)][:10]
        for role, needed in week[1].record.needs.items()
    }
    assert refused == {role: [] for role in policies}


def test_the_record_is_what_was_asked_for(week):
    """Actions, places and condition keys, by role: nothing more and nothing less is in the file."""
    made = {role: summary(needed) for role, needed in sorted(week[1].record.needs.items())}
    if os.environ.get(WRITE):
        note = f"# What one week asked for. {WRITE}=1 pytest -m slow tests/terraform/test_planned_week.py makes it.\n"
        RECORD.write_text(note + yaml.safe_dump(made, sort_keys=True))
    assert made == yaml.safe_load(RECORD.read_text())
