"""Objects are brought back to a moment: deleted ones, replaced ones, and those that came later go."""

import time
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest

from engage_assets.commands.restore import Change, changes, parse_moment, restore
from engage_assets.errors import InputError
from engage_assets.records.placeholders import ensure_placeholders
from engage_assets.resources import s3
from engage_assets.resources.lake_s3 import S3Lake
from engage_assets.settings import Settings
from tests.aws.local_aws.platform import BUCKET, REGION
from tests.aws.test_athena import WEEK, warehouse_of

KEPT, REPLACED, DELETED, CAME = (f"restoring/lake/{name}" for name in ("kept", "replaced", "deleted", "came"))


@pytest.fixture
def settings(aws, tmp_path):
    return Settings.from_environment({"ENGAGE_ENVIRONMENT": "aws", **aws.environment("restoring")}, home=tmp_path)


@pytest.fixture
def damaged(aws, settings):
    """A bucket that something has been done to, and the moment before it."""
    client = aws.client("s3")
    for key in (KEPT, REPLACED, DELETED):
        client.put_object(Bucket=BUCKET, Key=key, Body=f"{key} as it was".encode())
    client.put_object(Bucket=BUCKET, Key="restoring/pipes/message", Body=b"of no use later")
    client.put_object(Bucket=BUCKET, Key="restoring/lake/passing", Body=b"made and deleted in a second")
    client.delete_object(Bucket=BUCKET, Key="restoring/lake/passing")
    time.sleep(1.1)  # S3 tells seconds
    moment = datetime.now(UTC)
    time.sleep(1.1)
    client.put_object(Bucket=BUCKET, Key=REPLACED, Body=b"wrong")
    client.delete_object(Bucket=BUCKET, Key=DELETED)
    client.delete_object(Bucket=BUCKET, Key="restoring/pipes/message")
    client.put_object(Bucket=BUCKET, Key=CAME, Body=b"wrong")
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


def test_a_table_comes_back_after_its_files_and_after_its_definition_were_lost(aws, settings, dbt_target):
    """The drill of docs/deploy.md, in small."""
    root = f"s3://{BUCKET}/restoring"
    warehouse = warehouse_of(dbt_target, "engage").model_copy(
        update={"warehouse_uri": f"{root}/warehouse", "lake_uri": f"{root}/lake", "results_uri": f"{root}/results"}
    )
    lake = S3Lake(root=f"{root}/lake", region=REGION)
    row = {"share_contacted": [0.1], "customers": [10], "precision": [0.5], "recall": [0.5], "lift": [2.0]}
    lake.write_table(f"evaluation/lift/week={WEEK}/run_id=r1", pa.table(row))
    ensure_placeholders(lake)

    def build():
        variables = {**dict.fromkeys(("week", "first_week", "last_week"), WEEK), "run_id": "r1"}
        outcomes = warehouse.build(select=["fqn:engage.analytics.lift"], variables=variables, tests=False)
        assert all(outcome.ok for outcome in outcomes), outcomes

    def stored():
        return warehouse.query("select share_contacted, customers, run_id from analytics.lift").to_pylist()

    build()
    before = stored()
    assert len(before) == 1
    time.sleep(1.1)
    moment = datetime.now(UTC)
    time.sleep(1.1)
    lost = aws.keys("restoring/warehouse/") + aws.keys("restoring/lake/")
    s3.delete(REGION, BUCKET, lost)
    assert stored() == []
    restore(settings, [], str(moment), dry_run=False)
    assert aws.keys("restoring/warehouse/") + aws.keys("restoring/lake/") == lost
    assert stored() == before
    aws.client("glue").delete_table(DatabaseName="engage_analytics", Name="lift")
    build()
    assert stored() == before
