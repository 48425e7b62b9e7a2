"""The code location: everything Dagster loads, composed from the settings."""

from collections.abc import Mapping
from typing import Any

import dagster as dg

from engage_assets.assets.answers import build_answer_assets
from engage_assets.assets.decisions import build_decision_assets
from engage_assets.assets.models import build_model_assets
from engage_assets.assets.monitoring import build_monitoring_assets
from engage_assets.assets.publication import build_publication_assets
from engage_assets.assets.reports import build_report_assets
from engage_assets.assets.scores import build_score_assets
from engage_assets.assets.sources import build_source_assets
from engage_assets.assets.transformations import build_transformation_assets
from engage_assets.assets.tuning import build_tuning_assets
from engage_assets.automation import build_jobs, build_schedules, build_sensors
from engage_assets.checks.definitions import build_gate_checks
from engage_assets.policy import with_policy
from engage_assets.progress import progress_logger
from engage_assets.resources.bindings import build_resources
from engage_assets.settings import Settings


def build_defs(settings: Settings, *, resource_overrides: Mapping[str, Any] | None = None) -> dg.Definitions:
    """All definitions for `settings`. Tests and the command line swap resources by name."""
    assets = [
        *build_source_assets(settings),
        *build_transformation_assets(settings),
        *build_model_assets(settings),
        *build_tuning_assets(settings),
        *build_score_assets(settings),
        *build_monitoring_assets(settings),
        *build_decision_assets(settings),
        *build_publication_assets(settings),
        *build_answer_assets(settings),
        *build_report_assets(settings, asset_graph=lambda: definitions.resolve_asset_graph()),  # noqa: PLW0108 - not defined yet
    ]
    jobs = build_jobs(settings)
    definitions = dg.Definitions(
        assets=dg.map_asset_specs(with_policy, assets),
        asset_checks=build_gate_checks(settings),
        jobs=jobs,
        schedules=build_schedules(settings, jobs),
        sensors=build_sensors(settings, jobs),
        resources={**build_resources(settings), **(resource_overrides or {})},
        loggers={"console": dg.colored_console_logger, "progress": progress_logger},
        # One process: DuckDB has one writer, and a process for each step costs more than most steps.
        executor=dg.in_process_executor,
    )
    return definitions


@dg.definitions
def defs() -> dg.Definitions:
    """The definitions of this environment, loaded when Dagster asks for them."""
    return build_defs(Settings.from_environment())
