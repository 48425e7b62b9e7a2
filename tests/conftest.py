"""What a run of the whole suite said is recorded, for the architecture report."""

import json
from datetime import UTC, datetime

import pytest
from _pytest.terminal import TerminalReporter


def pytest_terminal_summary(terminalreporter: TerminalReporter, config: pytest.Config) -> None:
    """Records a run of the whole suite; a run of some files, or of some names, is no evidence."""
    if config.option.file_or_dir or config.option.keyword or config.option.collectonly:
        return
    from engage_assets.description.evidence import RECORD, fingerprint

    reports = {state: terminalreporter.getreports(state) for state in ("passed", "failed", "error", "skipped")}
    RECORD.parent.mkdir(exist_ok=True)
    record = {
        "finished_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "passed": len(reports["passed"]),
        "failed": len(reports["failed"]) + len(reports["error"]),
        "skipped": len(reports["skipped"]),
        "parity": sum("parity" in report.nodeid for report in reports["passed"]),
        "seconds": round(sum(getattr(r, "duration", 0.0) for found in reports.values() for r in found), 1),
        "coverage": getattr(config.pluginmanager.getplugin("_cov"), "cov_total", None),
        "fingerprint": fingerprint(),
    }
    RECORD.write_text(json.dumps(record, indent=2) + "\n")
