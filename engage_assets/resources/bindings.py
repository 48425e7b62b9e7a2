"""Which implementation each environment uses. An exhaustive map: an environment that is not in it cannot be chosen."""

from collections.abc import Callable, Mapping
from typing import Any

from engage_assets.errors import InputError
from engage_assets.resources.charts import chart_renderer
from engage_assets.resources.compute import SubprocessCompute
from engage_assets.resources.lake import LocalLake
from engage_assets.resources.language_model import CatalogueOnly
from engage_assets.resources.notifier import LogNotifier
from engage_assets.resources.warehouse import DuckDBWarehouse
from engage_assets.settings import Settings


def _local(settings: Settings) -> dict[str, Any]:
    return {
        "lake": LocalLake(root=str(settings.lake)),
        "registry": LocalLake(root=str(settings.registry)),
        "warehouse": DuckDBWarehouse(
            path=str(settings.warehouse),
            lake_uri=str(settings.lake),
            target_path=str(settings.dbt_target),
            threads=settings.threads,
        ),
        "compute": SubprocessCompute(),
        "language_model": CatalogueOnly(
            warehouse=str(settings.warehouse), lake=str(settings.lake), threads=settings.threads
        ),
        "charts": chart_renderer,
        "notifier": LogNotifier(path=str(settings.home / "notifications.jsonl")),
    }


BINDINGS: Mapping[str, Callable[[Settings], dict[str, Any]]] = {"local": _local}


def build_resources(settings: Settings) -> dict[str, Any]:
    """The resources of `settings.environment`, by the name that assets ask for."""
    if settings.environment not in BINDINGS:
        raise InputError(f"the resources of {settings.environment!r} are not part of this release; expected local.")
    return BINDINGS[settings.environment](settings)
