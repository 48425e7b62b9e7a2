from pathlib import Path

import pytest

from engage_assets.definitions import build_defs
from engage_assets.settings import Settings


@pytest.fixture(scope="session")
def dbt_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which dbt has been parsed once for the whole session."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="session")
def definitions(dbt_home):
    """The definitions of a local platform, loaded once."""
    return build_defs(Settings.from_environment({}, home=dbt_home, customers=1_000))


@pytest.fixture(scope="session")
def asset_graph(definitions):
    return definitions.resolve_asset_graph()
