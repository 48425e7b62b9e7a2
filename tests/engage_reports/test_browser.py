"""Where the browser is looked for, and what the message says when there is none."""

from pathlib import Path

import pytest

from engage_reports import BrowserMissing, find_browser
from engage_reports import browser as browser_module


def executable(path: Path) -> Path:
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


def test_browser_path_comes_first(tmp_path: Path) -> None:
    stated = executable(tmp_path / "mine")
    executable(tmp_path / "chromium")
    assert find_browser({"BROWSER_PATH": str(stated), "PATH": str(tmp_path)}) == stated


@pytest.mark.parametrize("name", ["chromium", "chromium-browser", "google-chrome", "chrome"])
def test_names_on_the_path(tmp_path: Path, name: str) -> None:
    found = executable(tmp_path / name)
    assert find_browser({"PATH": str(tmp_path)}) == found


def test_a_wrong_browser_path_is_not_skipped(tmp_path: Path) -> None:
    executable(tmp_path / "chromium")
    with pytest.raises(BrowserMissing, match=r"BROWSER_PATH is .*nothing-here.*apt-get install chromium"):
        find_browser({"BROWSER_PATH": str(tmp_path / "nothing-here"), "PATH": str(tmp_path)})


def test_the_download_of_kaleido_is_the_last_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    downloaded = executable(tmp_path / "chrome")
    monkeypatch.setattr(browser_module, "_downloaded_browser", lambda: downloaded)
    assert find_browser({"PATH": ""}) == downloaded


def test_no_browser_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(browser_module, "_downloaded_browser", lambda: None)
    with pytest.raises(BrowserMissing, match=r"none was found as chromium.*kaleido_get_chrome.*BROWSER_PATH"):
        find_browser({"PATH": ""})
