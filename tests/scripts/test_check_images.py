"""``scripts/check-images`` where images cannot be built: it says so, with a status that is no success and no fault."""

import os
import re
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
NEEDED = ("sh", "sed", "id", "date", "dirname", "timeout", "mktemp", "rm", "tail", "tr", "grep")
PULLS_NOTHING = 'case "$1" in pull|inspect) exit 1;; esac'
"""A buildah without the public registry, and without a base of an earlier run."""


@pytest.fixture
def machine(tmp_path):
    """A machine that has these programs, and what a test gives it."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in NEEDED:
        found = shutil.which(name)
        assert found
        (folder / name).symlink_to(found)

    def check(environment=None, **programs):
        for name, text in programs.items():
            path = folder / name.replace("_", "-")
            path.unlink(missing_ok=True)
            path.write_text(f"#!/bin/sh\n{text}\n")
            path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return subprocess.run(
            ["sh", "scripts/check-images", str(folder)],
            cwd=REPOSITORY,
            env={"PATH": str(folder), "HOME": str(tmp_path), "TMPDIR": str(tmp_path), **(environment or {})},
            capture_output=True,
            text=True,
            timeout=60,
        )

    return check


def not_checked(ran, why):
    """It says why nothing was checked, and nothing was built."""
    assert ran.returncode == 77, ran.stderr
    assert f"images: not checked: {why}" in ran.stderr
    assert "images: built" not in ran.stdout


def a_fault(ran):
    """It is a failure, not a machine that cannot build images."""
    assert ran.returncode not in (0, 77)
    assert "not checked" not in ran.stderr
    assert "images: built" not in ran.stdout


def test_where_all_is_well_images_are_built_and_checked(machine):
    ran = machine(buildah="exit 0", git="exit 0", pytest="exit 0")
    assert ran.returncode == 0, ran.stderr
    assert "images: built" in ran.stdout
    assert "images: checked" in ran.stdout


def test_nothing_is_left_at_work_when_the_tests_were_killed(machine, tmp_path):
    """A process in a container of this run that hears no SIGTERM, and a container that nobody has removed."""
    containers = (
        'case "$1" in containers) printf "c-1=localhost/engage/training:%s\\nc-2=other:1\\n" "$IMAGE_TAG";; esac'
    )
    start = 'export ENGAGE_CONTAINER="$IMAGE_TAG/c-1"; /bin/sleep 300 & echo $! > "$HOME/left"'
    deaf = f"trap '' TERM; {start}; kill -9 $$"
    ran = machine(buildah=f'echo "$@" >> "$HOME/calls"; {containers}', git="exit 0", pytest=deaf)
    assert ran.returncode == 137, ran.stderr
    left = Path(f"/proc/{(tmp_path / 'left').read_text().strip()}/cmdline")
    assert not left.exists() or not left.read_bytes()
    removed = [line for line in (tmp_path / "calls").read_text().splitlines() if line in ("rm c-1", "rm c-2")]
    assert removed == ["rm c-1"]


def test_without_buildah_nothing_is_checked(machine):
    not_checked(machine(), "buildah is missing")


def test_where_no_container_can_be_made_nothing_is_checked(machine):
    not_checked(machine(buildah='[ "$1" != from ]'), "buildah makes no container here")


def test_where_no_container_may_run_nothing_is_checked(machine):
    # Everything is there, and the kernel refuses to run a container.
    not_checked(machine(buildah='[ "$1" != run ]'), "buildah runs no container here")


def test_without_a_base_nothing_is_checked(machine):
    ran = machine(buildah=PULLS_NOTHING, debootstrap="exit 1")
    not_checked(ran, "debootstrap made no base")
    assert "DEBIAN_MIRROR" in ran.stderr


@pytest.mark.parametrize(("program", "limit"), [("apt_get", "120"), ("debootstrap", "300")])
def test_a_network_that_does_not_answer_holds_nobody(machine, tmp_path, program, limit):
    """The program would wait for ever; whoever calls it limits it."""
    name = program.replace("_", "-")
    ends = f'if [ "$2" = {name} ]; then [ "$1" = {limit} ] && exit 124; fi; shift; exec "$@"'
    programs = {program: 'echo waiting for ever > "$HOME/waiting"', "timeout": ends}
    if program == "debootstrap":
        not_checked(machine(buildah=PULLS_NOTHING, **programs), "debootstrap made no base within 300 s")
    else:
        not_checked(machine(id="echo 0", **programs), "buildah is missing")
    assert not (tmp_path / "waiting").exists()


PIP = 'case "$*" in *"pip download"*) echo "ERROR: no match for the requirement (from versions: {})"; exit 1;; esac'


def test_without_a_package_index_nothing_is_checked(machine):
    ran = machine(buildah=PIP.format("none"), git="exit 0", pytest="exit 0")
    not_checked(ran, "no package index can be reached from inside a container")
    assert "from versions: none" in ran.stderr


def test_an_index_that_lacks_a_package_has_been_reached(machine):
    ran = machine(buildah=PIP.format("0.9, 1.0"), git="exit 0", pytest="exit 0")
    assert ran.returncode == 0, ran.stderr
    assert "images: built" in ran.stdout


def test_the_probe_sees_what_the_build_steps_see(machine, tmp_path):
    """The same volumes, and the proxy of this machine, which buildah hands to build steps by itself."""
    note = 'case "$*" in *"pip download"*) echo "$*" >> "$HOME/asked";; esac'
    given = {"BUILD_VOLUMES": "/own.conf:/etc/own.conf:ro", "https_proxy": "http://proxy:3128"}
    assert machine(given, buildah=note, git="exit 0", pytest="exit 0").returncode == 0
    asked = (tmp_path / "asked").read_text()
    assert "--volume /own.conf:/etc/own.conf:ro" in asked
    assert "--env https_proxy=http://proxy:3128" in asked
    assert re.search(r" jmespath==[\d.]+$", asked.strip())


def test_a_given_base_that_cannot_be_had_is_a_fault(machine):
    refuses = 'case "$*" in from*own:1) echo "own:1: manifest unknown" >&2; exit 125;; esac'
    ran = machine({"PYTHON_IMAGE": "own:1"}, buildah=refuses)
    a_fault(ran)
    assert "the base own:1 cannot be had" in ran.stderr
    assert "manifest unknown" in ran.stderr


def test_a_base_without_python_is_a_fault(machine):
    ran = machine(buildah='case "$*" in *"python3 -m venv"*) exit 1;; esac')
    a_fault(ran)
    assert "the base makes no virtual environment" in ran.stderr


@pytest.mark.parametrize("step", ["pull", "from", "commit"])
def test_a_full_disk_is_a_fault(machine, step):
    full = f'[ "$1" != {step} ] || {{ echo "write: no space left on device" >&2; exit 1; }}'
    ran = machine(buildah=f"{full}\n{PULLS_NOTHING}", debootstrap="exit 0")
    a_fault(ran)
    assert "the disk is full" in ran.stderr


def test_a_full_disk_under_debootstrap_is_a_fault(machine):
    ran = machine(buildah=PULLS_NOTHING, debootstrap='echo "tar: write error: No space left on device" >&2; exit 1')
    a_fault(ran)
    assert "the disk is full" in ran.stderr


def test_a_build_that_fails_is_a_fault(machine):
    a_fault(machine(buildah='[ "$1" != build ]', git="exit 0", pytest="exit 0"))


def test_each_run_has_images_of_its_own_and_removes_them(machine, tmp_path):
    """Two working copies on one machine do not build over each other's images; the tests get the tag."""
    note = '[ "$1" != rmi ] || echo "$2" >> "$HOME/removed"'
    for _ in range(2):
        ran = machine(buildah=note, git="echo 0123456789ab", pytest='echo "$IMAGE_TAG" >> "$HOME/tested"')
        assert ran.returncode == 0, ran.stderr
    first, second = (tmp_path / "tested").read_text().split()
    assert first != second
    assert re.fullmatch(r"0123456789ab-\d+", first)
    removed = (tmp_path / "removed").read_text().split()
    images = ("training", "scoring", "orchestrator")
    assert removed == [f"localhost/engage/{image}:{tag}" for tag in (first, second) for image in images]


def test_ci_passes_only_over_what_cannot_be_checked():
    assert os.access(REPOSITORY / ".ci" / "run", os.X_OK)
    assert '[ "$status" -eq 0 ] || [ "$status" -eq 77 ]' in (REPOSITORY / ".ci" / "run").read_text()
