"""Settings that come from Terraform: complete, known, checked, and readable as a file of the environment."""

import json
import os

import pytest

from engage_assets.commands.settings import as_environment_file, settings_of_terraform
from engage_assets.errors import InputError
from engage_assets.settings import Settings
from tests.engage_assets.test_settings import AWS


@pytest.fixture
def output(tmp_path):
    def write(values):
        file = tmp_path / "output.json"
        file.write_text(json.dumps({"settings": {"sensitive": False, "value": values}}))
        return file

    return write


def test_the_file_that_is_printed_gives_the_settings(output, tmp_path, monkeypatch):
    values = settings_of_terraform(output(AWS))
    file = tmp_path / "engage.env"
    file.write_text(as_environment_file(values))
    for name in values:
        monkeypatch.setenv(name, "")  # put back afterwards
        monkeypatch.delenv(name)
    monkeypatch.setenv("ENGAGE_ENV_FILE", str(file))
    assert Settings.from_environment() == Settings.from_environment(AWS)


def test_an_unknown_setting_is_named(output):
    with pytest.raises(InputError, match="ENGAGE_LAKE, which this version does not know"):
        settings_of_terraform(output({**AWS, "ENGAGE_LAKE": "s3://x/y"}))


def test_what_is_missing_or_wrong_is_named(output):
    without = {name: value for name, value in AWS.items() if name != "ENGAGE_PIPES_URI"}
    with pytest.raises(InputError, match="ENGAGE_PIPES_URI is missing"):
        settings_of_terraform(output(without))
    with pytest.raises(InputError, match="ENGAGE_LAKE_URI='s3://bucket'"):
        settings_of_terraform(output({**AWS, "ENGAGE_LAKE_URI": "s3://bucket"}))


@pytest.mark.parametrize("content", ["{}", "[]", '{"settings": {"value": 3}}', "not json"])
def test_a_file_without_settings_is_refused(tmp_path, content):
    file = tmp_path / "output.json"
    file.write_text(content)
    with pytest.raises(InputError, match=r"no output settings|no JSON"):
        settings_of_terraform(file)


def test_what_terraform_says_is_shown_as_text(tmp_path, monkeypatch):
    """It colours its errors unless told not to."""
    (tmp_path / "settings.tf").touch()
    program = tmp_path / "terraform"
    program.write_text(
        '#!/bin/sh\ncase "$*" in *-no-color*) echo "no state" >&2;; *) printf "\\033[31mno state" >&2;; esac; exit 1\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    with pytest.raises(InputError, match=r"terraform output failed in .*: no state$"):
        settings_of_terraform(tmp_path)


def test_a_folder_that_is_no_root_is_refused(tmp_path):
    with pytest.raises(InputError, match="no Terraform root"):
        settings_of_terraform(tmp_path)
