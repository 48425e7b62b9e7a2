"""Objects are brought back to a moment: deleted ones, replaced ones, and those that came later go."""

import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest
from botocore.exceptions import ClientError

from engage_assets.commands.restore import Change, changes, days_kept, parse_moment, restore
from engage_assets.errors import EngageError, InputError
from engage_assets.records.placeholders import ensure_placeholders
from engage_assets.resources import s3
from engage_assets.resources.lake_s3 import S3Lake
from engage_assets.settings import Settings
from tests.aws.local_aws.platform import BUCKET, REGION
from tests.aws.test_athena import WEEK, warehouse_of

KEPT, REPLACED, DELETED, CAME = (f"restoring/lake/{name}" for name in ("kept", "replaced", "deleted", "came"))


@pytest.fixture
def settings(aws, tmp_path):
    # The prefix is the one that the artifacts of dbt were parsed with.
    environment = {"ENGAGE_ENVIRONMENT": "aws", **aws.environment("restoring"), "ENGAGE_GLUE_PREFIX": "engage"}
    return Settings.from_environment(environment, home=tmp_path)


@pytest.fixture
def damaged(aws, settings):
    """A bucket that something has been done to, and the moment before it."""
    client = aws.client("s3")
    for key in (KEPT, REPLACED, DELETED):
        client.put_object(Bucket=BUCKET, Key=key, Body=f"{key} as it was".encode())
    client.put_object(Bucket=BUCKET, Key="restoring/pipes/message", Body=b"of no use later")
    client.put_object(Bucket=BUCKET, Key="restoring/lake/passing", Body=b"made and deleted in a second")
    client.delete_object(Bucket=BUCKET, Key="restoring/lake/passing")
    moment = between_changes()
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


@pytest.fixture
def expiring(aws):
    """The rules of terraform/modules/lake, and a stricter one that is off."""
    rules = [
        {"ID": "all", "Status": "Enabled", "Filter": {}, "NoncurrentVersionExpiration": {"NoncurrentDays": 30}},
        {"ID": "passing", "Status": "Enabled", "Filter": {"Prefix": "pipes/"}, "Expiration": {"Days": 7}},
        {"ID": "off", "Status": "Disabled", "Filter": {}, "NoncurrentVersionExpiration": {"NoncurrentDays": 1}},
    ]
    client = aws.client("s3")
    client.put_bucket_lifecycle_configuration(Bucket=BUCKET, LifecycleConfiguration={"Rules": rules})
    yield
    client.delete_bucket_lifecycle(Bucket=BUCKET)


def test_a_moment_that_versions_no_longer_tell_of_deletes_nothing(aws, settings, damaged, expiring):
    now, there = datetime.now(UTC), aws.keys("restoring/lake")
    with pytest.raises(InputError, match=f"{BUCKET} keeps replaced and deleted objects for 30 days"):
        restore(settings, [], str(now - timedelta(days=40)), dry_run=False)
    with pytest.raises(InputError, match="expected a moment in the past"):
        restore(settings, [], str(now + timedelta(hours=1)), dry_run=False)
    assert aws.keys("restoring/lake") == there
    assert len(changes(settings, ["lake"], now - timedelta(days=29))) == len(there)


def test_a_bucket_that_deletes_no_versions_has_no_limit(aws):
    assert days_kept(REGION, BUCKET) is None


def test_who_may_not_read_how_long_versions_stay_is_told(settings, damaged, monkeypatch):
    def refuse(**_):
        raise ClientError({"Error": {"Code": "AccessDenied"}}, "GetBucketLifecycleConfiguration")

    monkeypatch.setattr(s3.client("s3", REGION), "get_bucket_lifecycle_configuration", refuse)
    with pytest.raises(EngageError, match="s3:GetLifecycleConfiguration"):
        restore(settings, [], str(damaged), dry_run=False)


def test_what_cannot_be_restored_is_refused(settings, tmp_path):
    with pytest.raises(InputError, match="pipes: expected one or more of lake, models"):
        changes(settings, ["pipes"], datetime.now(UTC))
    with pytest.raises(InputError, match="a folder keeps no earlier versions"):
        changes(Settings.from_environment({}, home=tmp_path), [], datetime.now(UTC))
    with pytest.raises(InputError, match="expected a moment such as"):
        parse_moment("last week")
    assert parse_moment("2026-11-16T03:00").tzinfo is UTC


@pytest.fixture
def lift(aws, dbt_target):
    """A warehouse with one table to build; its other columns do not matter."""
    root = f"s3://{BUCKET}/restoring"
    for key in aws.keys("restoring/"):
        aws.client("s3").delete_object(Bucket=BUCKET, Key=key)
    with suppress(aws.client("glue").exceptions.EntityNotFoundException):
        aws.client("glue").delete_table(DatabaseName="engage_analytics", Name="lift")
    warehouse = warehouse_of(dbt_target, "engage").model_copy(
        update={"warehouse_uri": f"{root}/warehouse", "lake_uri": f"{root}/lake", "results_uri": f"{root}/results"}
    )
    lake = S3Lake(root=f"{root}/lake", region=REGION)
    row = {"share_contacted": [0.1], "customers": [10], "precision": [0.5], "recall": [0.5], "lift": [2.0]}
    lake.write_table(f"evaluation/lift/week={WEEK}/run_id=r1", pa.table(row))
    ensure_placeholders(lake)
    return warehouse


def build(warehouse, *, published=False):
    variables = {**dict.fromkeys(("week", "first_week", "last_week"), WEEK), "run_id": "r1"}
    outcomes = warehouse.build(
        select=["fqn:engage.analytics.lift"], variables={**variables, "rebuilds_published": published}, tests=False
    )
    assert all(outcome.ok for outcome in outcomes), outcomes


def stored(warehouse):
    return warehouse.query("select share_contacted, customers, run_id from analytics.lift").to_pylist()


def between_changes():
    """A moment after what has been done and before what will be."""
    time.sleep(1.1)  # S3 tells seconds
    moment = datetime.now(UTC)
    time.sleep(1.1)
    return moment


def test_a_table_comes_back_after_its_files_and_after_its_definition_were_lost(aws, settings, lift):
    """The drill of docs/deploy.md, in small."""
    build(lift)
    before = stored(lift)
    assert len(before) == 1
    moment = between_changes()
    lost = aws.keys("restoring/warehouse/") + aws.keys("restoring/lake/")
    s3.delete(REGION, BUCKET, lost)
    assert stored(lift) == []
    assert restore(settings, [], str(moment), dry_run=False) == 0
    assert aws.keys("restoring/warehouse/") + aws.keys("restoring/lake/") == lost
    assert stored(lift) == before
    aws.client("glue").delete_table(DatabaseName="engage_analytics", Name="lift")
    build(lift)
    assert stored(lift) == before


def test_a_table_that_was_built_anew_after_the_moment_is_named(aws, settings, lift, capsys):
    """Glue keeps no versions: it goes on naming the place of the later build."""
    build(lift)
    before = stored(lift)
    moment = between_changes()
    build(lift, published=True)
    place = {"DatabaseName": "engage_analytics", "TableName": "lift"}
    never = {"Location": f"s3://{BUCKET}/restoring/warehouse/never/", "Columns": []}  # of a query without rows
    aws.client("glue").create_partition(
        **place, PartitionInput={"Values": ["2026-01-05", "r0"], "StorageDescriptor": never}
    )
    assert restore(settings, ["lake"], str(moment), dry_run=False) == 0
    assert restore(settings, [], str(moment), dry_run=True) == 0
    capsys.readouterr()
    assert restore(settings, [], str(moment), dry_run=False) == 1
    assert stored(lift) == []
    _, *printed = capsys.readouterr().out.splitlines()
    assert printed[:-1] == [f"EMPTY engage_analytics.lift week={WEEK}/run_id=r1"]
    assert "Run the job weekly again" in printed[-1]
    build(lift, published=True)
    assert stored(lift) == before
    assert restore(settings, [], str(between_changes()), dry_run=False) == 0
