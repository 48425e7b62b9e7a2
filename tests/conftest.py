"""How tests are dealt out to processes (``make test`` runs one per core): a file stays together, and so does e2e."""

from pathlib import Path

import pytest

TESTS = Path(__file__).parent
TOGETHER = frozenset({"e2e"})
"""Folders whose files share a fixture that takes half a minute to make."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Names the group of each test for ``--dist loadgroup``."""
    for item in items:
        file = item.path.relative_to(TESTS)
        item.add_marker(pytest.mark.xdist_group(file.parts[0] if file.parts[0] in TOGETHER else str(file)))
