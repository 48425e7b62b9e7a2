"""Nothing but settings and resources asks where the platform runs: assets and commands are the same everywhere."""

import re
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[2] / "engage_assets"
ASKS = re.compile(r"\.environment\s*(?:==|!=|in\b|not in\b)|is_local|on_aws")


def test_only_settings_and_resources_ask_where_the_platform_runs() -> None:
    asking = {
        file.relative_to(PACKAGE).as_posix()
        for file in PACKAGE.rglob("*.py")
        if ASKS.search(file.read_text(encoding="utf-8")) and file.parent.name != "resources"
    }
    assert asking == {"settings.py"}
