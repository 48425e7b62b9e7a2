"""Objects are brought back to a moment: deleted ones, replaced ones, and those that came later go."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from engage_assets.commands.restore import Change, changes, parse_moment, restore
from engage_assets.errors import InputError
from engage_assets.settings import Settings
from tests.aws.local_aws.platform import BUCKET

KEPT, REPLACED, DELETED, CAME = (f"restoring/lake/{name}" for name in ("kept", "replaced", "deleted", "came"))


@pytest.fixture
def settings(aws, tmp_path):
    return Settings.from_environment({"ENGAGE_ENVIRONMENT": "aws", **aws.environment("restoring")}, home=tmp_path)


@pytest.fixture
def damaged(aws, settings):
    """A bucket that something has been done to, and the moment before it."""
    s3 = aws.client("s3")
    for key in (KEPT, REPLACED, DELETED):
        s3.put_object(Bucket=BUCKET, Key=key, Body=f"{key} as it was".encode())
    s3.put_object(Bucket=BUCKET, Key="restoring/pipes/message", Body=b"of no use later")
    time.sleep(1.1)  # S3 tells seconds
    moment = datetime.now(UTC)
    time.sleep(1.1)
    s3.put_object(Bucket=BUCKET, Key=REPLACED, Body=b"wrong")
    s3.delete_object(Bucket=BUCKET, Key=DELETED)
    s3.delete_object(Bucket=BUCKET, Key="restoring/pipes/message")
    s3.put_object(Bucket=BUCKET, Key=CAME, Body=b"wrong")
    return moment


def test_a_place_becomes_what_it_was(aws, settings, damaged, capsys):
    found = changes(settings, ["lake"], damaged)
    assert {(each.key, each.version is None) for each in found} == {(REPLACED, False), (DELETED, False), (CAME, True)}
    assert restore(settings, [], str(damaged), dry_run=True) == 0
    assert aws.keys("restoring/lake") == [CAME, KEPT, REPLACED]
    assert restore(settings, [], str(damaged), dry_run=False) == 0
    assert aws.keys("restoring") == [DELETED, KEPT, REPLACED]
    for key in (DELETED, KEPT, REPLACED):
        content = aws.client("s3").get_object(Bucket=BUCKET, Key=key)["Body"].read()
        assert content == f"{key} as it was".encode()
    printed = capsys.readouterr().out.splitlines()
    assert printed == [
        "2 objects would be brought back, 1 newer ones would be deleted",
        "2 objects were brought back, 1 newer ones were deleted",
    ]


def test_a_moment_before_everything_leaves_nothing(settings, damaged):
    found = changes(settings, ["lake"], damaged - timedelta(days=1))
    assert {each.key: each.version for each in found} == {KEPT: None, REPLACED: None, CAME: None}
    assert found[0] == Change(BUCKET, CAME, None)


def test_what_cannot_be_restored_is_refused(settings, tmp_path):
    with pytest.raises(InputError, match="pipes: expected one or more of lake, models"):
        changes(settings, ["pipes"], datetime.now(UTC))
    with pytest.raises(InputError, match="a folder keeps no earlier versions"):
        changes(Settings.from_environment({}, home=tmp_path), [], datetime.now(UTC))
    with pytest.raises(InputError, match="expected a moment such as"):
        parse_moment("last week")
    assert parse_moment("2026-11-16T03:00").tzinfo is UTC
