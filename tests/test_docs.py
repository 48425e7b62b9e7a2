"""Pages that are made from something else are equal to it, and no page points nowhere."""

import re
from pathlib import Path

import pytest

from engage_assets.checks.gates import GATES
from engage_assets.contracts import load_contract, render_data_dictionary

REPOSITORY = Path(__file__).resolve().parents[1]
PAGES = [REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").glob("*.md"))]


def test_the_data_dictionary_is_the_contract():
    assert (REPOSITORY / "docs" / "data-dictionary.md").read_text() == render_data_dictionary(load_contract())


def test_every_gate_is_in_the_architecture_page():
    page = (REPOSITORY / "docs" / "architecture.md").read_text()
    assert [gate.name for gate in GATES if f"`{gate.name}`" not in page] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_pages_resolve(page):
    for target in re.findall(r"\]\(([^)#]+)\)", page.read_text()):
        assert target.startswith("https://") or (page.parent / target).exists(), target
