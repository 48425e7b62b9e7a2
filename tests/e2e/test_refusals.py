"""What must not be published is refused by the gate that is there for it, and consumers notice nothing.

What is only worse than the model in use does not reach them either: the week is published with the old one.
"""

import json
import shutil
import subprocess
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from engage_assets.assets.publication import CHALLENGER
from engage_assets.checks.rules_promotion import MARGIN
from engage_assets.synthetic import Platform, write_weeks
from tests.e2e.small_platform import CUSTOMERS, NEXT_WEEK, WEEK, SmallPlatform, output_of

pytestmark = pytest.mark.integration

WORSE = "1000"
"""Training rows of a model that is worse than the champion, which has learned from some 40,000."""


def assert_refused(completed: subprocess.CompletedProcess[str], *words: str, statuses: tuple[int, ...] = (1,)) -> None:
    output = output_of(completed)
    assert completed.returncode in statuses, output
    assert "Traceback" not in output
    assert sum(line.startswith("engage: ") for line in completed.stderr.splitlines()) == 1, output
    for word in words:
        assert word in completed.stderr, output


@pytest.mark.parametrize(
    ("defects", "week", "rebuild_history", "gate"),
    [
        (f"dirty_rows:share=0.3,from={WEEK}", WEEK, False, "row_accounting"),
        (f"drift:from={NEXT_WEEK}", NEXT_WEEK, False, "score_drift"),
        ("leak", WEEK, True, "leak_canary"),
        ("biased_group", WEEK, True, "fairness"),
    ],
    ids=["dirty_rows", "drift", "leak", "biased_group"],
)
def test_a_planted_defect(platform: SmallPlatform, defects: str, week: str, rebuild_history: bool, gate: str) -> None:
    before = platform.published_state()
    if rebuild_history:
        # As if the SQL of the features had changed: the weeks before are simulated again, with the defect.
        (platform.home / "features.stamp").write_text("another")
    refused = platform.run(week, "--weeks", "9", defects=defects)
    assert_refused(refused, f"refused by a gate; the last published week is untouched.\n  {gate} on ")
    assert platform.published_state() == before
    if gate == "row_accounting":
        assert "features" not in refused.stdout, "features were built from rows that the contract refused"


def test_a_challenger_that_loses_leaves_the_champion_where_it_is(platform: SmallPlatform) -> None:
    champion = (platform.home / "models" / "champion.json").read_bytes()
    version = json.loads(champion)["model_version"]
    published = platform.published_rows(WEEK)

    ran = platform.run(NEXT_WEEK, settings={"ENGAGE_MAX_TRAINING_ROWS": WORSE})
    assert ran.returncode == 0, output_of(ran)
    assert f"  model {version}\n" in ran.stdout
    assert (platform.home / "models" / "champion.json").read_bytes() == champion
    assert platform.published_rows(WEEK) == published

    scores = platform.query(f"select distinct model_version from published.customer_scores where week = '{NEXT_WEEK}'")
    assert scores["model_version"].to_pylist() == [version]
    lost = platform.query(
        "select asset, state, value, message from published.gate_results "
        f"where gate = 'champion_comparison' and week = '{NEXT_WEEK}' and state <> 'passed'"
    ).to_pylist()
    [comparison] = [each for each in lost if each["asset"] == CHALLENGER]
    assert comparison["state"] == "failed"
    assert comparison["value"] < -MARGIN
    assert comparison["message"].endswith("the champion is better")
    [challenger] = [path.name for path in (platform.home / "models").glob(f"{NEXT_WEEK}-*")]
    listed = platform.engage("models").stdout
    [line] = [line for line in listed.splitlines() if line.startswith(challenger)]
    assert " kept " in line
    assert "champion_comparison: failed" in line


def test_a_corrupted_delivery_names_the_file(platform: SmallPlatform) -> None:
    before = platform.published_state()
    write_weeks(Platform(customers=CUSTOMERS), [date.fromisoformat(NEXT_WEEK)], platform.lake)
    file = platform.lake / "raw" / "billing" / f"week={NEXT_WEEK}" / "part-0.parquet"
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    marker = platform.lake / "raw" / "_delivered" / f"week={NEXT_WEEK}"
    marker.parent.mkdir()
    marker.write_text("")

    assert_refused(platform.run(NEXT_WEEK), str(file), statuses=(1, 2))
    assert platform.published_state() == before


@pytest.fixture
def small_disk(platform: SmallPlatform) -> Iterator[Path]:
    """The platform's home on a disk of its own, as large as what it holds."""
    aside = platform.home.with_name("aside")
    platform.home.rename(aside)
    platform.home.mkdir()
    used = int(subprocess.check_output(["du", "-sk", aside], text=True).split()[0])
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={used + 2048}k", "tmpfs", platform.home], capture_output=True, text=True
    )
    try:
        if mounted.returncode != 0:
            pytest.skip(f"a small disk cannot be mounted here: {mounted.stderr.strip()}")
        shutil.copytree(aside, platform.home, dirs_exist_ok=True)
        yield platform.home
    finally:
        if mounted.returncode == 0:
            subprocess.run(["umount", platform.home], check=True)
        platform.home.rmdir()
        aside.rename(platform.home)


def grow(disk: Path, kilobytes: int) -> None:
    """Leaves this much room on the disk."""
    usage = shutil.disk_usage(disk)
    size = (usage.used // 1024) + kilobytes
    subprocess.run(["mount", "-o", f"remount,size={size}k", disk], check=True)


@pytest.mark.parametrize("room_kilobytes", [0, 8_000], ids=lambda kilobytes: f"{kilobytes}-kB-left")
def test_a_full_disk(platform: SmallPlatform, small_disk: Path, room_kilobytes: int) -> None:
    before = platform.published_state()
    grow(small_disk, room_kilobytes)
    assert_refused(platform.run(NEXT_WEEK), f"the disk that holds {platform.home} is full", "Free some space")
    assert platform.published_state() == before


def test_a_run_goes_on_when_there_is_room_again(platform: SmallPlatform, small_disk: Path) -> None:
    grow(small_disk, 20_000)
    assert_refused(platform.run(NEXT_WEEK), "is full")
    grow(small_disk, 2_000_000)
    again = platform.run(NEXT_WEEK)
    assert again.returncode == 0, output_of(again)
    assert platform.superseded_rows() == []
    assert platform.leftovers() == []
    assert json.loads((platform.home / "platform.json").read_text())["customers"] == CUSTOMERS
