"""Files by URI: what is missing is told as missing, wherever it is asked for."""

from types import SimpleNamespace

import pytest
from pyarrow import fs

from engage_ml import storage


def test_what_is_there_and_what_is_not(tmp_path):
    (tmp_path / "models" / "v1").mkdir(parents=True)
    (tmp_path / "models" / "v1" / "card.json").write_text("{}")
    assert storage.exists(str(tmp_path / "models" / "v1" / "card.json"))
    assert storage.exists(f"file://{tmp_path}/models/v1/")
    assert not storage.exists(str(tmp_path / "models" / "v1" / "gates.json"))
    assert not storage.exists(str(tmp_path / "models" / "v2" / "card.json"))
    with pytest.raises(FileNotFoundError):
        storage.read_json(str(tmp_path / "models" / "v1" / "gates.json"))


def test_what_is_directly_below_the_root_is_there():
    assert storage.exists("/tmp")
    assert storage.exists("file:///tmp/")
    assert not storage.exists("/no such folder")


def test_a_relative_path_is_below_the_working_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "card.json").write_text("{}")
    assert storage.exists("card.json")
    assert not storage.exists("gates.json")


def test_nothing_is_below_a_file(tmp_path):
    (tmp_path / "card.json").write_text("{}")
    assert not storage.exists(str(tmp_path / "card.json" / "gates.json"))
    with pytest.raises(FileNotFoundError):
        storage.read_json(str(tmp_path / "card.json" / "gates.json"))


@pytest.fixture
def forbidding(monkeypatch):
    """S3 as a role sees it that may list one folder: a question for a missing object is forbidden, a list is not."""

    def open_input_stream(path):
        raise PermissionError(f"AWS Error ACCESS_DENIED during HeadObject operation: {path}")

    listed = [fs.FileInfo("bucket/models/v1/card.json", fs.FileType.File)]
    filesystem = SimpleNamespace(open_input_stream=open_input_stream, get_file_info=lambda _: listed)
    monkeypatch.setattr(storage, "resolve", lambda uri: (filesystem, uri.removeprefix("s3://")))


def test_what_is_missing_in_s3_is_missing_and_not_forbidden(forbidding):
    assert not storage.exists("s3://bucket/models/v1/gates.json")
    with pytest.raises(FileNotFoundError, match=r"no file s3://bucket/models/v1/gates\.json"):
        storage.read_bytes("s3://bucket/models/v1/gates.json")


def test_what_is_there_and_forbidden_is_told_as_forbidden(forbidding):
    assert storage.exists("s3://bucket/models/v1/card.json")
    with pytest.raises(PermissionError, match="ACCESS_DENIED"):
        storage.read_bytes("s3://bucket/models/v1/card.json")
