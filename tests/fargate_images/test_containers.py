"""What drives the built images fits the platform also when no image is built."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from engage_assets.resources.compute import Compute
from tests.fargate_images.containers import ContainerCompute, command_in, end_processes, image_name, processes_of

REPOSITORY = Path(__file__).resolve().parents[2]


def test_containers_are_a_compute_of_the_platform(tmp_path):
    compute = ContainerCompute(shared_folder=str(tmp_path))
    assert isinstance(compute, Compute)
    assert compute.abandon("run") == 0


def test_a_command_sees_the_shared_folders_at_their_own_place(tmp_path):
    line = command_in("c", ["python", "-m", "x"], folders=[tmp_path], environment={"A": "1"})
    assert line[-5:] == ["c", "--", "python", "-m", "x"]
    assert line[line.index("--volume") + 1] == f"{tmp_path}:{tmp_path}"
    assert line[line.index("--env") + 1] == "A=1"


def test_images_are_those_of_the_run_that_built_them(monkeypatch):
    monkeypatch.setenv("IMAGE_TAG", "0123456789ab-7")
    assert image_name("training") == "localhost/engage/training:0123456789ab-7"
    monkeypatch.delenv("IMAGE_TAG")
    with pytest.raises(LookupError, match="scripts/check-images"):
        image_name("training")


def test_nothing_of_a_container_is_left_behind(monkeypatch):
    """A process that hears no SIGTERM, as all do in a container, with a child that outlives it; and somebody else's."""
    monkeypatch.setenv("IMAGE_TAG", "0123456789ab-7")
    line = command_in("c-1", ["x"])
    marked = line[line.index("--env") + 1]
    assert marked == "ENGAGE_CONTAINER=0123456789ab-7/c-1"
    deaf = "trap '' TERM; sleep 60 & echo $!; wait"
    with (
        subprocess.Popen(["env", marked, "sh", "-c", deaf], stdout=subprocess.PIPE, text=True) as process,
        subprocess.Popen(["env", f"{marked}1", "sleep", "60"]) as other,
    ):
        child = int(process.stdout.readline())
        assert set(processes_of("c-1")) == {process.pid, child}
        process.kill()
        process.wait()
        end_processes("c-1")
        assert not Path(f"/proc/{child}/cmdline").exists() or not Path(f"/proc/{child}/cmdline").read_bytes()
        assert other.poll() is None
        other.kill()


@pytest.mark.integration
def test_what_was_not_built_is_not_tested(tmp_path):
    """Only the orchestrator's image is there, and a buildah that fails: who uses another image would fail, too."""
    (tmp_path / "buildah").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "buildah").chmod(0o755)
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-m", "images", "-rfs", "-p", "no:cacheprovider", "tests/fargate_images"],
        cwd=REPOSITORY,
        env={
            **os.environ,
            "PATH": f"{tmp_path}:{os.environ['PATH']}",
            "ENGAGE_IMAGES": "orchestrator",
            "IMAGE_TAG": "none",
        },
        capture_output=True,
        text=True,
        timeout=120,
    )
    failed = re.findall(r"^FAILED \S+::(\S+)", ran.stdout, flags=re.MULTILINE)
    assert "test_size[orchestrator]" in failed, ran.stdout
    assert [each for each in failed if "training" in each or "scoring" in each or "programs" in each] == []
    assert len(failed) == 5, failed
    assert "5 skipped" in ran.stdout
