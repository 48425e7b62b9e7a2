"""``engage restore``: objects of the buckets as they were at a moment, from the versions that S3 keeps."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import groupby
from operator import itemgetter
from typing import Any

from botocore.exceptions import ClientError

from engage_assets.errors import EngageError, InputError
from engage_assets.resources import s3
from engage_assets.settings import Settings

PLACES = ("lake", "models", "reports", "exports", "warehouse")
"""What holds the published weeks. Results of queries and messages of tasks are of no use later."""


@dataclass(frozen=True)
class Change:
    """What makes one object what it was."""

    bucket: str
    key: str
    version: str | None
    """The version to put on top; None: there was no such object, it is deleted."""


def parse_moment(text: str) -> datetime:
    """A moment in ISO 8601, in UTC where it names no zone. Raises InputError."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise InputError(f"--before {text!r}: expected a moment such as 2026-11-16T03:00.") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def changes(settings: Settings, places: Sequence[str], moment: datetime) -> list[Change]:
    """What differs from what there was at a moment.

    Raises
    ------
    InputError
        When the environment keeps no versions, a place is unknown, or the moment is not one that the versions tell of.
    EngageError
        When it cannot be seen how long the bucket keeps versions.
    """
    if not settings.keeps_versions:
        raise InputError("a folder keeps no earlier versions. Set ENGAGE_ENVIRONMENT=aws, or restore your own backup.")
    if unknown := sorted(set(places) - set(PLACES)):
        raise InputError(f"{', '.join(unknown)}: expected one or more of {', '.join(PLACES)}.")
    uris = [str(getattr(settings, f"{place}_uri")) for place in places or PLACES]
    now = datetime.now(UTC)
    if moment > now:
        raise InputError(f"--before {moment}: expected a moment in the past; it is {now:%Y-%m-%d %H:%M} in UTC.")
    for bucket in sorted({s3.split(uri)[0] for uri in uris}):
        kept = days_kept(settings.region, bucket)
        # Older than that, a version that is not there may have expired: it does not tell that there was no object.
        if kept is not None and moment < (first := now - timedelta(days=kept)):
            raise InputError(
                f"--before {moment}: {bucket} keeps replaced and deleted objects for {kept} days; what was there "
                f"earlier is not known. Choose a moment after {first:%Y-%m-%d %H:%M} in UTC."
            )
    return [change for uri in uris for change in _changes_below(settings.region, uri, moment)]


def days_kept(region: str, bucket: str) -> int | None:
    """The shortest time that any rule of a bucket keeps replaced and deleted objects; None: no rule deletes them.

    Raises
    ------
    EngageError
        When whoever asks may not read the rules.
    """
    try:
        rules = s3.client("s3", region).get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code == "NoSuchLifecycleConfiguration":
            return None
        if code == "AccessDenied":
            raise EngageError(
                f"{bucket}: how long it keeps versions cannot be read (AccessDenied), so nothing was restored. "
                "Run this as somebody with s3:GetLifecycleConfiguration."
            ) from None
        raise
    expiring = [
        each["NoncurrentVersionExpiration"]
        for each in rules
        if each["Status"] == "Enabled" and "NoncurrentVersionExpiration" in each
    ]
    return min((int(each["NoncurrentDays"]) for each in expiring if "NoncurrentDays" in each), default=None)


def apply(settings: Settings, wanted: Sequence[Change]) -> None:
    """Makes the changes. Nothing is lost by it: what is replaced or deleted stays as a version of its own."""
    client = s3.client("s3", settings.region)
    s3.in_parallel(
        partial(client.copy, {"Bucket": each.bucket, "Key": each.key, "VersionId": each.version}, each.bucket, each.key)
        for each in wanted
        if each.version is not None
    )
    for bucket, group in groupby(sorted(wanted, key=lambda each: each.bucket), key=lambda each: each.bucket):
        s3.delete(settings.region, bucket, [each.key for each in group if each.version is None])


def _changes_below(region: str, uri: str, moment: datetime) -> Iterator[Change]:
    bucket, prefix = s3.split(uri)
    entries: list[Mapping[str, Any]] = []
    pages = s3.client("s3", region).get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=f"{prefix}/")
    for page in pages:
        # The API lists the two kinds apart, and tells seconds. Of those made in one second, the latest of all counts (a
        # passing file was made and deleted), else the data (a file was deleted and written anew).
        entries += [{**each, "exists": True} for each in page.get("Versions", [])]
        entries += [{**each, "exists": False} for each in page.get("DeleteMarkers", [])]
    for key, group in groupby(sorted(entries, key=itemgetter("Key")), key=itemgetter("Key")):
        versions = list(group)
        known = [each for each in versions if each["LastModified"] <= moment]
        then = max(known, key=lambda each: (each["LastModified"], each["IsLatest"], each["exists"]), default=None)
        now = next(each for each in versions if each["IsLatest"])
        if then is not None and then["exists"]:
            if now["VersionId"] != then["VersionId"]:
                yield Change(bucket, key, then["VersionId"])
        elif now["exists"]:
            yield Change(bucket, key, None)


def emptied(settings: Settings) -> list[str]:
    """Partitions of the warehouse in Glue whose files have all been deleted, as ``database.table week=…/run_id=…``.

    Glue keeps no versions: results of a published week that were built again lie in another place than before, and Glue
    still names that one. A partition that never had a file is of a table without rows.
    """
    bucket, prefix = s3.split(settings.warehouse_uri)
    had: set[str] = set()
    have: set[str] = set()
    pages = s3.client("s3", settings.region).get_paginator("list_object_versions")
    for page in pages.paginate(Bucket=bucket, Prefix=f"{prefix}/"):
        for each in page.get("Versions", []):
            folder = each["Key"].rpartition("/")[0]
            had.add(folder)
            if each["IsLatest"]:
                have.add(folder)
    lost = {(bucket, folder) for folder in had - have}
    return sorted(name for name, location in _partitions(settings) if s3.split(location) in lost)


def _partitions(settings: Settings) -> Iterator[tuple[str, str]]:
    """Names and locations of the partitions in the deployment's databases."""
    glue = s3.client("glue", settings.region)
    databases = [
        str(each["Name"])
        for page in glue.get_paginator("get_databases").paginate()
        for each in page["DatabaseList"]
        if each["Name"].startswith(f"{settings.glue_prefix}_")
    ]
    for database in databases:
        for tables in glue.get_paginator("get_tables").paginate(DatabaseName=database):
            for table in tables["TableList"]:
                keys = [str(key["Name"]) for key in table.get("PartitionKeys", [])]
                if not keys:
                    continue
                place = {"DatabaseName": database, "TableName": table["Name"]}
                for page in glue.get_paginator("get_partitions").paginate(**place, ExcludeColumnSchema=True):
                    for each in page["Partitions"]:
                        values = "/".join(f"{key}={value}" for key, value in zip(keys, each["Values"], strict=True))
                        yield f"{database}.{table['Name']} {values}", str(each["StorageDescriptor"]["Location"])


def restore(settings: Settings, places: Sequence[str], before: str, *, dry_run: bool) -> int:
    """Restores, or says what would be. Returns the exit status: 1 when tables lack files afterwards."""
    wanted = changes(settings, places, parse_moment(before))
    back = sum(1 for each in wanted if each.version is not None)
    if not dry_run:
        apply(settings, wanted)
    verb = "would be" if dry_run else "were"
    print(f"{back:,} objects {verb} brought back, {len(wanted) - back:,} newer ones {verb} deleted")
    if dry_run or "warehouse" not in (places or PLACES):
        return 0
    empty = emptied(settings)
    for name in empty:
        print(f"EMPTY {name}")
    if empty:
        print(
            f"{len(empty):,} partitions of tables lack all their files: Glue names a place of a later run or build. "
            "Run the job weekly again for each of these weeks."
        )
    return int(bool(empty))
