"""Files by URI: the one place that knows whether they are in a folder or in S3."""

import json
import os
import tempfile
import uuid
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import fs

from engage_ml.errors import InputDataError


def resolve(uri: str) -> tuple[fs.FileSystem, str]:
    """The file system and the path of a URI (``s3://…``, ``file://…``) or of a local path."""
    if uri.startswith("s3://"):
        return _s3(), uri.removeprefix("s3://").rstrip("/")
    if "://" in uri:
        filesystem, path = fs.FileSystem.from_uri(uri)
        return filesystem, path.rstrip("/")
    return fs.LocalFileSystem(), os.path.abspath(uri)  # noqa: PTH100 (paths here are text, as S3 keys are)


@cache
def _s3() -> fs.FileSystem:
    """S3 in the region and at the endpoint of the environment: Arrow looks for neither by itself."""
    return fs.S3FileSystem(
        region=os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION"),
        endpoint_override=os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL"),
    )


def join(uri: str, *parts: str) -> str:
    """A URI below another one."""
    return "/".join([uri.rstrip("/"), *parts])


def parquet_files(uri: str) -> list[str]:
    """URIs of the Parquet files of a folder, in the order of their names.

    Raises
    ------
    InputDataError
        When the folder does not exist or holds no Parquet file.
    """
    names = [name for name in list_names(uri) if name.endswith(".parquet")]
    if not names:
        raise InputDataError(f"no Parquet file in {uri}; expected part-0.parquet, … Was the unload step run?")
    return [join(uri, name) for name in names]


def list_names(uri: str) -> list[str]:
    """Names of the files and folders directly below a folder, sorted; empty when it does not exist."""
    filesystem, path = resolve(uri)
    found = filesystem.get_file_info(fs.FileSelector(path, allow_not_found=True))
    return sorted(info.base_name for info in found if not info.base_name.startswith((".", "_")))


def exists(uri: str) -> bool:
    """Whether a file or folder is there, by the list of its folder.

    S3 answers a question for a missing object with "forbidden", not "missing", to who may not list the whole bucket.
    """
    filesystem, path = resolve(uri)
    folder, _, name = path.rpartition("/")
    try:
        found = filesystem.get_file_info(fs.FileSelector(folder or "/", allow_not_found=True))
    except NotADirectoryError:
        return False
    return any(info.base_name == name for info in found)


def schema_of(uri: str) -> pa.Schema:
    """The schema of the first Parquet file of a folder."""
    filesystem, path = resolve(parquet_files(uri)[0])
    return pq.read_schema(path, filesystem=filesystem)


def read_batches(uri: str, *, columns: Sequence[str], batch_rows: int) -> Iterator[pa.RecordBatch]:
    """The rows of a folder as record batches of at most `batch_rows`, file by file, in order."""
    for file in parquet_files(uri):
        filesystem, path = resolve(file)
        with filesystem.open_input_file(path) as source:
            reader = pq.ParquetFile(source, pre_buffer=True)
            yield from reader.iter_batches(batch_size=batch_rows, columns=list(columns), use_threads=True)


def read_json(uri: str) -> Any:
    """The content of a JSON file. Raises FileNotFoundError when it does not exist."""
    return json.loads(read_bytes(uri))


def read_bytes(uri: str) -> bytes:
    """The content of a file. Raises FileNotFoundError when it does not exist."""
    filesystem, path = resolve(uri)
    try:
        with filesystem.open_input_stream(path) as stream:
            return bytes(stream.read())
    except OSError:
        if exists(uri):
            raise
        raise FileNotFoundError(f"no file {uri}") from None


def write_bytes(uri: str, content: bytes) -> None:
    """Writes a file; readers see the old content or the new one, never a part."""
    with AtomicFile(uri) as stream:
        stream.write(content)


def replace_table(uri: str, table: pa.Table) -> None:
    """Makes a folder hold exactly one Parquet file with the rows of `table`."""
    with AtomicFile(join(uri, "part-0.parquet")) as stream:
        pq.write_table(table, stream, compression="zstd")
    remove_others(uri, keep=("part-0.parquet",))


def remove_others(uri: str, *, keep: Sequence[str]) -> None:
    """Deletes the Parquet files of a folder that an earlier run left and this one did not write."""
    filesystem, path = resolve(uri)
    for name in list_names(uri):
        if name.endswith(".parquet") and name not in keep:
            filesystem.delete_file(f"{path}/{name}")


def publish_folder(uri: str, files: Mapping[str, bytes], *, last: str) -> bool:
    """Writes a folder of files that never changes again. Returns False, and writes nothing, when it is complete.

    The folder counts as complete when its file `last` exists: that one is written after all others.
    """
    if exists(join(uri, last)):
        return False
    for name in sorted(files, key=lambda name: (name == last, name)):
        write_bytes(join(uri, name), files[name])
    return True


class AtomicFile:
    """A file that appears under its name only when it is complete.

    In a folder it is written beside its place under a name that readers skip, then renamed. For S3 it is written to
    this machine's disk, then uploaded: Arrow's own stream would complete an object that was broken off.
    """

    def __init__(self, uri: str) -> None:
        self._filesystem, self._path = resolve(uri)
        self._in_s3 = uri.startswith("s3://")
        folder, name = self._path.rsplit("/", 1)
        if self._in_s3:
            self._unfinished = f"{tempfile.gettempdir()}/{uuid.uuid4().hex}"
        else:
            self._unfinished = f"{folder}/.{name}.{uuid.uuid4().hex[:8]}"
            self._filesystem.create_dir(folder, recursive=True)
        self._stream = fs.LocalFileSystem().open_output_stream(self._unfinished)

    def __enter__(self) -> Any:
        return self._stream

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        self._stream.close()
        try:
            if kind is None and self._in_s3:
                _upload(self._unfinished, self._path)
            elif kind is None:
                self._filesystem.move(self._unfinished, self._path)
        finally:
            if os.path.exists(self._unfinished):  # noqa: PTH110 (paths here are text, as S3 keys are)
                fs.LocalFileSystem().delete_file(self._unfinished)


def _upload(file: str, path: str) -> None:
    import boto3  # only a container on AWS needs it, and importing it takes half a second

    bucket, _, key = path.partition("/")
    boto3.client("s3").upload_file(file, bucket, key)
