import os
import subprocess
import sys

import pytest

from engage_assets.commands.home import adopt_platform, locked, prepare_home
from engage_assets.errors import InputError
from engage_assets.settings import Settings


def test_the_dagster_instance_is_written(tmp_path, monkeypatch):
    monkeypatch.setenv("DAGSTER_HOME", "elsewhere")
    folder = prepare_home(Settings.from_environment({}, home=tmp_path / "home"))
    assert "max_concurrent_runs: 1" in (folder / "dagster.yaml").read_text()
    assert os.environ["DAGSTER_HOME"] == str(folder)


def test_a_home_that_cannot_be_written_is_explained(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(InputError, match=r"cannot be written .* Choose another with --home"):
        prepare_home(Settings.from_environment({}, home=blocked / "home"))


def test_a_second_run_waits_its_turn(tmp_path):
    program = f"""
from pathlib import Path
from engage_assets.commands.home import locked
with locked(Path({str(tmp_path)!r})):
    print("held", flush=True)
    input()
"""
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(InputError, match=f"another run \\(process {holder.pid}\\)"), locked(tmp_path):
            pass
        holder.kill()
    with locked(tmp_path):
        pass


def test_a_home_keeps_its_platform(tmp_path):
    first = Settings.from_environment({}, home=tmp_path, customers=5_000, seed=1)
    assert adopt_platform(first, customers=5_000, seed=1) == first
    later = Settings.from_environment({}, home=tmp_path)
    assert adopt_platform(later, customers=None, seed=None).customers == 5_000
    with pytest.raises(InputError, match="holds a platform with customers 5,000, not 9,000"):
        adopt_platform(later, customers=9_000, seed=None)
