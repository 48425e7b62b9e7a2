"""Corrects moto 5.2.5 where a bucket keeps versions: a folder whose objects are all deleted is still listed there."""

from typing import Any

from moto.s3.models import FakeDeleteMarker, S3Backend


class DeletedFolders:
    """Takes folders without objects out of what S3 lists."""

    def __init__(self) -> None:
        self._original = S3Backend.list_objects

    def install(self) -> None:
        """Changes moto, for the whole process."""
        original = self._original

        def list_objects(backend: Any, bucket: Any, prefix: Any, delimiter: Any, *a: Any, **k: Any) -> Any:
            keys, folders, *rest = original(backend, bucket, prefix, delimiter, *a, **k)
            if folders:
                living = [
                    name
                    for name, key in bucket.keys.items()
                    if name.startswith(prefix or "") and not isinstance(key, FakeDeleteMarker)
                ]
                folders = [folder for folder in folders if any(name.startswith(folder) for name in living)]
            return (keys, folders, *rest)

        S3Backend.list_objects = list_objects

    def uninstall(self) -> None:
        """Puts moto back."""
        S3Backend.list_objects = self._original
