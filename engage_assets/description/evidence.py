"""What the tests of this build said: counted from their source, and the last recorded run of them.

`tests/conftest.py` records each finished run in `RECORD`, with a fingerprint of the code it ran on. A run of other code
is said to be one.
"""

import hashlib
import json
import re
from pathlib import Path

from engage_reports.architecture_facts import SuiteFact, SuiteRunFact

ROOT = Path(__file__).resolve().parents[2]
RECORD = ROOT / "build" / "test-evidence.json"
ROOMS = ("engage_assets", "dbt_project", "fargate_images", "reports", "terraform")
_TEST = re.compile(r"^\s*def test_\w+\(", re.MULTILINE)
SUFFIXES = {".py", ".sql", ".yml", ".yaml", ".tf", ".js", ".css", ".html"}


def fingerprint(root: Path = ROOT) -> str:
    """A hash of all code of the product: the same code has the same one, on every machine."""
    found = hashlib.sha256()
    for room in ROOMS:
        for file in sorted((root / room).rglob("*")):
            hidden = any(part.startswith(".") or part in {"__pycache__", "target", "logs"} for part in file.parts[-4:])
            if file.suffix in SUFFIXES and not hidden and file.is_file():
                found.update(file.relative_to(root).as_posix().encode())
                found.update(file.read_bytes())
    return found.hexdigest()[:16]


def suites(root: Path = ROOT) -> tuple[SuiteFact, ...]:
    """Files and test functions by folder of ``tests``; empty when this installation has no tests."""
    counts: dict[str, list[int]] = {}
    folder = root / "tests"
    for file in sorted(folder.rglob("test_*.py")) if folder.is_dir() else []:
        inside = file.relative_to(folder).parts
        room = counts.setdefault(inside[0] if len(inside) > 1 else "tests", [0, 0])
        room[0] += 1
        room[1] += len(_TEST.findall(file.read_text(encoding="utf-8")))
    return tuple(SuiteFact(name, files, tests) for name, (files, tests) in sorted(counts.items()))


def last_run(record: Path = RECORD, root: Path = ROOT) -> SuiteRunFact | None:
    """The recorded run, or None when there is none that can be read."""
    try:
        found = json.loads(record.read_text(encoding="utf-8"))
        return SuiteRunFact(
            finished_at=str(found["finished_at"]),
            passed=int(found["passed"]),
            failed=int(found["failed"]),
            skipped=int(found["skipped"]),
            parity=int(found["parity"]),
            seconds=float(found["seconds"]),
            coverage=None if found["coverage"] is None else float(found["coverage"]),
            of_this_code=found["fingerprint"] == fingerprint(root),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None
