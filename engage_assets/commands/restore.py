"""``engage restore``: objects of the buckets as they were at a moment, from the versions that S3 keeps."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from itertools import groupby
from operator import itemgetter
from typing import Any

from engage_assets.errors import InputError
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
        When the environment keeps no versions, or a place is unknown.
    """
    if settings.environment != "aws":
        raise InputError("a folder keeps no earlier versions. Set ENGAGE_ENVIRONMENT=aws, or restore your own backup.")
    if unknown := sorted(set(places) - set(PLACES)):
        raise InputError(f"{', '.join(unknown)}: expected one or more of {', '.join(PLACES)}.")
    uris = [str(getattr(settings, f"{place}_uri")) for place in places or PLACES]
    return [change for uri in uris for change in _changes_below(settings.region, uri, moment)]


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


def restore(settings: Settings, places: Sequence[str], before: str, *, dry_run: bool) -> int:
    """Restores, or says what would be. Returns the exit status."""
    wanted = changes(settings, places, parse_moment(before))
    back = sum(1 for each in wanted if each.version is not None)
    if not dry_run:
        apply(settings, wanted)
    verb = "would be" if dry_run else "were"
    print(f"{back:,} objects {verb} brought back, {len(wanted) - back:,} newer ones {verb} deleted")
    return 0
