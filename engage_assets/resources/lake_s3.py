"""The lake in S3.

An object appears whole or not at all, so that nothing is written aside and renamed. A folder is the common beginning of
its objects' keys: it exists as long as one of them does.
"""

import json
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from engage_assets.resources import s3
from engage_assets.resources.lake import COMPRESSION, ROW_GROUP_ROWS, Lake


class S3Lake(Lake):
    """The lake below one prefix of a bucket."""

    root: str
    region: str

    @property
    def uri(self) -> str:
        return self.root.rstrip("/")

    def write_table(self, folder: str, rows: pa.Table, *, name: str = "part-0.parquet") -> int:
        buffer = pa.BufferOutputStream()
        pq.write_table(rows, buffer, compression=COMPRESSION, row_group_size=ROW_GROUP_ROWS)
        content = buffer.getvalue()
        with tempfile.TemporaryFile() as file:
            # upload_fileobj: one request for a small file, and parts that count together for a large one.
            file.write(content)
            file.seek(0)
            bucket, key = s3.split(self.location(f"{folder}/{name}"))
            s3.client("s3", self.region).upload_fileobj(file, bucket, key)
        return int(content.size)

    def read_table(self, folder: str, *, columns: Sequence[str] | None = None) -> pa.Table:
        bucket, _ = s3.split(self.uri)
        files = [each for each in s3.below(self.region, self.location(folder)) if each.name.endswith(".parquet")]
        if not files:
            raise FileNotFoundError(f"no Parquet file in {self.location(folder)}")
        contents = s3.in_parallel(partial(s3.read, self.region, f"s3://{bucket}/{file.key}") for file in files)
        return pa.concat_tables(
            [pq.read_table(pa.BufferReader(content), columns=columns, partitioning=None) for content in contents]
        )

    def write_json(self, path: str, content: Any) -> None:
        s3.write(self.region, self.location(path), (json.dumps(content, indent=2, default=str) + "\n").encode())

    def read_json(self, path: str) -> Any:
        return json.loads(self.read_bytes(path))

    def read_bytes(self, path: str) -> bytes:
        return s3.read(self.region, self.location(path))

    def clear(self, folder: str) -> None:
        bucket, _ = s3.split(self.uri)
        s3.delete(self.region, bucket, [each.key for each in s3.below(self.region, self.location(folder))])

    def clear_file(self, path: str) -> None:
        bucket, key = s3.split(self.location(path))
        s3.delete(self.region, bucket, [key])

    def names(self, folder: str) -> list[str]:
        return [name for name in s3.names(self.region, self.location(folder)) if not name.startswith(".")]

    def size(self, folder: str) -> int:
        return sum(each.size for each in s3.below(self.region, self.location(folder)))

    @contextmanager
    def opened(self, folder: str) -> Iterator[Path]:
        bucket, _ = s3.split(self.uri)
        with tempfile.TemporaryDirectory(prefix="engage-lake-") as place:
            # Under its own name: readers take the week from it.
            local = Path(place) / folder
            files = list(s3.below(self.region, self.location(folder)))
            for file in files:
                (local / file.name).parent.mkdir(parents=True, exist_ok=True)
            fetch = s3.client("s3", self.region).download_file
            s3.in_parallel(partial(fetch, bucket, file.key, str(local / file.name)) for file in files)
            yield local

    @contextmanager
    def filled(self, folder: str = "") -> Iterator[Path]:
        with tempfile.TemporaryDirectory(prefix="engage-lake-") as place:
            local = Path(place)
            yield local
            s3.in_parallel(
                partial(self._replace, files, f"{folder}/{inside}".strip("/"))
                for inside, files in _files_by_folder(local).items()
            )

    def _replace(self, files: Sequence[Path], folder: str) -> None:
        """Puts files into a folder, then takes away what else of their kinds was directly in it.

        Files of another kind are another writer's: the weekly brief lies beside the reports.
        """
        bucket, prefix = s3.split(self.location(folder))
        for file in files:
            s3.client("s3", self.region).upload_file(str(file), bucket, f"{prefix}/{file.name}")
        kept, kinds = {file.name for file in files}, {file.suffix for file in files}
        left = [
            each.key
            for each in s3.below(self.region, self.location(folder))
            if "/" not in each.name and each.name not in kept and Path(each.name).suffix in kinds
        ]
        s3.delete(self.region, bucket, left)


def _files_by_folder(root: Path) -> dict[str, list[Path]]:
    found: dict[str, list[Path]] = {}
    for file in sorted(root.rglob("*")):
        if file.is_file():
            inside = file.parent.relative_to(root).as_posix()
            found.setdefault("" if inside == "." else inside, []).append(file)
    return found
