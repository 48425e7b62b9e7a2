"""Where the Chromium that renders the charts is found."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from engage_reports.errors import BrowserMissing

NAMES_ON_PATH = ("chromium", "chromium-browser", "google-chrome", "chrome")

_REMEDY = (
    "Install one (Debian and Ubuntu: apt-get install chromium; macOS: brew install --cask chromium; "
    "anywhere: kaleido_get_chrome), or set BROWSER_PATH to the executable."
)


def find_browser(environment: Mapping[str, str] | None = None) -> Path:
    """The Chromium to render with: ``BROWSER_PATH``, then the PATH, then kaleido's own download.

    Raises:
        BrowserMissing: none of the three has an executable. A ``BROWSER_PATH`` that is set but wrong is never skipped.
    """
    environment = os.environ if environment is None else environment
    if stated := environment.get("BROWSER_PATH"):
        if _is_executable(Path(stated)):
            return Path(stated)
        raise BrowserMissing(f"BROWSER_PATH is {stated!r}, which is not an executable file. {_REMEDY}")
    for name in NAMES_ON_PATH:
        if found := shutil.which(name, path=environment.get("PATH", "")):
            return Path(found)
    if (downloaded := _downloaded_browser()) is not None:
        return downloaded
    raise BrowserMissing(f"The charts need a Chromium, and none was found as {', '.join(NAMES_ON_PATH)}. {_REMEDY}")


def _is_executable(path: Path) -> bool:
    return path.is_file() and os.access(path, os.X_OK)


def _downloaded_browser() -> Path | None:
    from choreographer.cli._cli_utils import get_chrome_download_path

    path = get_chrome_download_path(mkdir=False)
    return Path(path) if path is not None and _is_executable(Path(path)) else None
