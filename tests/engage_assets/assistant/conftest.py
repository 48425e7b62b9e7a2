from pathlib import Path

import pytest

from engage_assets.assistant.catalogue import load_questions
from engage_assets.assistant.language import load_language
from engage_assets.assistant.offline import CatalogueAssistant
from engage_assets.assistant.reading import DuckDBTables
from tests.engage_assets.assistant.contracts import published_types
from tests.engage_assets.assistant.world import World, build_world, publish


@pytest.fixture(scope="session")
def world() -> World:
    return build_world()


@pytest.fixture(scope="session")
def published_home(world: World, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose warehouse and lake hold the published weeks of the world."""
    home = tmp_path_factory.mktemp("published")
    publish(world, home, published_types())
    return home


@pytest.fixture(scope="session")
def tables(published_home: Path) -> DuckDBTables:
    return DuckDBTables(published_home / "warehouse.duckdb", published_home / "lake")


@pytest.fixture(scope="session")
def assistant(tables: DuckDBTables) -> CatalogueAssistant:
    return CatalogueAssistant(tables, load_questions(), load_language())
