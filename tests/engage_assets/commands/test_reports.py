"""``engage reports``: which week is drawn, and how memory is counted. The drawing itself runs in tests/e2e."""

from contextlib import nullcontext
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pytest

from engage_assets.commands import reports
from engage_assets.commands.reports import measured_memory, published_week
from engage_assets.errors import InputError
from engage_assets.settings import Settings

WEEKS = [date(2026, 11, 9), date(2026, 11, 16)]


def lake(weeks):
    return SimpleNamespace(weeks=lambda _: weeks)


def test_the_newest_published_week_is_drawn_unless_another_is_named(tmp_path):
    settings = Settings(home=tmp_path)
    assert published_week(lake(WEEKS), settings, None) == WEEKS[1]
    assert published_week(lake(WEEKS), settings, "2026-11-09") == WEEKS[0]


@pytest.mark.parametrize(
    ("weeks", "given", "message"),
    [
        ([], None, "`engage run` publishes one"),
        (WEEKS, "2026-11-02", "2026-11-02 is not published; published are 2026-11-09, 2026-11-16"),
        (WEEKS, "2026-11-03", "Monday"),
    ],
)
def test_a_week_that_cannot_be_drawn_is_refused_with_what_can(tmp_path, weeks, given, message):
    with pytest.raises(InputError, match=message):
        published_week(lake(weeks), Settings(home=tmp_path), given)


@pytest.fixture
def published(monkeypatch):
    """A published week that lies elsewhere, as on S3, and the folders that reports were drawn into."""
    drawn = []

    def draw(*_, place, **__):
        drawn.append(place)
        return []

    resources = {"lake": lake(WEEKS), "warehouse": None, "registry": None}
    monkeypatch.setattr(reports, "build_resources", lambda _: resources)
    monkeypatch.setattr(reports, "published_run", lambda *_: "run")
    monkeypatch.setattr("engage_reports.ChartRenderer", nullcontext)
    monkeypatch.setattr("engage_assets.assets.reports.draw_reports", draw)
    return drawn


def test_a_home_that_is_not_there_yet_is_made(tmp_path, published):
    settings = Settings(home=tmp_path / "deeper" / "home")
    reports.write_reports(settings, week=None, out=tmp_path / "out")
    assert published == [tmp_path / "out"]
    assert (settings.home / "run.lock").exists()


def test_a_home_that_cannot_be_made_is_said(tmp_path, published):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match=r"file/home cannot be written .*Choose another with --home"):
        reports.write_reports(Settings(home=tmp_path / "file" / "home"), week=None, out=tmp_path / "out")


@pytest.mark.parametrize("out", ["file", "file/below", "/proc/engage-reports"])
def test_a_folder_that_cannot_be_written_is_said_before_anything_is_drawn(tmp_path, published, out):
    (tmp_path / "file").write_text("kept")
    with pytest.raises(InputError, match=r"--out \S+ cannot be written \(.+\); expected a folder.*Choose another"):
        reports.write_reports(Settings(home=tmp_path / "home"), week=None, out=tmp_path / out)
    assert published == []
    assert (tmp_path / "file").read_text() == "kept"


def test_an_existing_folder_without_the_right_to_write_is_said(tmp_path, published, monkeypatch):
    def refuse(self, *_, **__):
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "write_text", refuse)  # the tests may run as root, who may write everywhere
    with pytest.raises(InputError, match=r"--out \S+ cannot be written \(Permission denied\)"):
        reports.write_reports(Settings(home=tmp_path), week=None, out=tmp_path)
    assert published == []


def test_memory_is_the_most_that_was_held_at_one_time():
    with measured_memory() as before:
        pass
    with measured_memory() as during:
        held = bytearray(200_000_000)
        during.look()
        del held
    assert 100 < during.peak_mb - before.peak_mb < 400
