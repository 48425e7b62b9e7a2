"""Objects in S3, below a URI: what the lake and the warehouse on AWS are made of."""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

CONFIG = Config(retries={"mode": "standard", "max_attempts": 6}, max_pool_connections=32)
"""For every client of the platform: throttled and broken calls are repeated, with growing pauses."""

DELETED_AT_ONCE = 1_000
PARALLEL = 16


@dataclass(frozen=True)
class Found:
    """An object below a prefix."""

    key: str
    name: str
    """The key without the prefix."""
    size: int


@cache
def client(service: str, region: str) -> Any:
    """The process's client of an AWS service. Made when it is first needed; endpoints come from the environment."""
    session: Any = boto3
    return session.client(service, region_name=region, config=CONFIG)


def split(uri: str) -> tuple[str, str]:
    """Bucket and key of ``s3://bucket/key``."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return bucket, key.strip("/")


def below(region: str, uri: str) -> Iterator[Found]:
    """The objects below a URI, in the order of their keys."""
    bucket, key = split(uri)
    prefix = f"{key}/"
    for page in client("s3", region).get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for entry in page.get("Contents", []):
            yield Found(entry["Key"], entry["Key"][len(prefix) :], entry["Size"])


def names(region: str, uri: str) -> list[str]:
    """Names directly below a URI, of objects and of folders, sorted."""
    bucket, key = split(uri)
    prefix = f"{key}/"
    found: set[str] = set()
    pages = client("s3", region).get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix, Delimiter="/")
    for page in pages:
        found.update(entry["Key"][len(prefix) :] for entry in page.get("Contents", []))
        found.update(entry["Prefix"][len(prefix) :].rstrip("/") for entry in page.get("CommonPrefixes", []))
    return sorted(found - {""})


def read(region: str, uri: str) -> bytes:
    """The content of an object. Raises FileNotFoundError when it does not exist."""
    bucket, key = split(uri)
    try:
        return bytes(client("s3", region).get_object(Bucket=bucket, Key=key)["Body"].read())
    except ClientError as error:
        if error.response["Error"]["Code"] in {"NoSuchKey", "404"}:
            raise FileNotFoundError(f"no object {uri}") from None
        raise


def write(region: str, uri: str, content: bytes) -> None:
    """Writes an object in one request: readers see the old content or the new one."""
    bucket, key = split(uri)
    client("s3", region).put_object(Bucket=bucket, Key=key, Body=content)


def delete(region: str, bucket: str, keys: Iterable[str]) -> None:
    """Deletes objects. Raises OSError naming the first that cannot be deleted."""
    left = list(keys)
    for start in range(0, len(left), DELETED_AT_ONCE):
        chosen = [{"Key": key} for key in left[start : start + DELETED_AT_ONCE]]
        answer = client("s3", region).delete_objects(Bucket=bucket, Delete={"Objects": chosen, "Quiet": True})
        for problem in answer.get("Errors", []):
            raise OSError(f"s3://{bucket}/{problem['Key']} cannot be deleted: {problem['Code']} {problem['Message']}")


def in_parallel(calls: Iterable[Any]) -> list[Any]:
    """The results of calls without arguments, in their order. The first error is raised."""
    with ThreadPoolExecutor(PARALLEL) as pool:
        return [future.result() for future in [pool.submit(call) for call in calls]]
