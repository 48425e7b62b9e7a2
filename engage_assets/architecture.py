"""The platform described by facts, read from the loaded definitions: what the architecture report draws."""

from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import dagster as dg
from dagster._core.definitions.assets.graph.base_asset_graph import BaseAssetGraph

from engage_assets.automation import build_jobs, build_schedules, build_sensors
from engage_assets.dbt import manifest_path, read_manifest
from engage_assets.description import dictionary, evidence, infrastructure
from engage_assets.platform_contract import platform_contract
from engage_assets.settings import Settings
from engage_reports.architecture_facts import (
    ArchitectureFacts,
    AssetFact,
    CheckFact,
    JobFact,
    RunsOn,
    ScheduleFact,
    SettingFact,
    SourceTableFact,
)

PROGRAM = RunsOn("a subprocess", "an ECS Fargate task")
RUNS_ON = {
    "dbt": RunsOn("dbt on DuckDB", "dbt on Athena"),
    "xgboost": PROGRAM,
    "scikitlearn": PROGRAM,
}
"""Where an asset of a kind runs; everything else runs inside the orchestrator."""
ORCHESTRATOR = RunsOn("Dagster's process", "Dagster on Fargate")
PROGRAM_ASSETS = {"scores/predictions"}

PACKAGES = (
    "dagster", "dbt-core", "dbt-duckdb", "dbt-athena-community", "duckdb", "pandas", "pyarrow", "xgboost-cpu",
    "scikit-learn", "fairlearn", "faker", "plotly", "kaleido", "reportlab", "engage",
)  # fmt: skip


def describe_platform(graph: BaseAssetGraph, settings: Settings) -> ArchitectureFacts:  # type: ignore[type-arg]
    """The facts of the loaded asset graph, its automation, these settings and the installed versions."""
    jobs = build_jobs(settings)
    return ArchitectureFacts(
        assets=tuple(_asset(graph, key) for key in sorted(graph.materializable_asset_keys)),
        checks=tuple(_check(graph, key) for key in sorted(graph.asset_check_keys, key=str)),
        jobs=tuple(
            JobFact(job.name, job.description or "", len(job.selection.resolve(graph)))
            for job in jobs
            if not isinstance(job, dg.JobDefinition)
        ),
        schedules=(
            *(
                ScheduleFact(each.name, each.job_name, f"{each.cron_schedule} {each.execution_timezone}")
                for each in build_schedules(settings, jobs)
            ),
            *(
                ScheduleFact(sensor.name, "weekly" if sensor.has_jobs else "any", sensor.description or "a failed run")
                for sensor in build_sensors(settings, jobs)
            ),
        ),
        settings=tuple(SettingFact(name, value, meaning) for name, value, meaning in settings.describe()),
        versions={package: version(package) for package in PACKAGES},
        source_tables=tuple(_source_tables(settings)),
        resources=infrastructure.resources(),
        retention=infrastructure.retention(),
        layers=dictionary.layers(read_manifest(manifest_path(settings.dbt_target))),
        modules=frozenset(_modules()),
        suites=evidence.suites(),
        suite_run=evidence.last_run(),
    )


def _modules() -> Iterator[str]:
    """The dotted names of this package's modules."""
    root = Path(__file__).resolve().parent
    for file in root.rglob("*.py"):
        yield ".".join([root.name, *file.relative_to(root).with_suffix("").parts])


def _asset(graph: BaseAssetGraph, key: dg.AssetKey) -> AssetFact:  # type: ignore[type-arg]
    node = graph.get(key)
    name = key.to_user_string()
    kinds = tuple(sorted(node.kinds or ()))
    runs_on = PROGRAM if name in PROGRAM_ASSETS else ORCHESTRATOR
    for kind in kinds:
        runs_on = RUNS_ON.get(kind, runs_on)
    return AssetFact(
        key=name,
        group=node.group_name or "",
        kinds=kinds,
        description=(node.description or "").split("\n")[0],
        upstream=tuple(sorted(parent.to_user_string() for parent in node.parent_keys)),
        runs_on=runs_on,
    )


def _check(graph: BaseAssetGraph, key: dg.AssetCheckKey) -> CheckFact:  # type: ignore[type-arg]
    node = graph.get(key)
    return CheckFact(key.name, key.asset_key.to_user_string(), node.blocking, node.description or "")


def _source_tables(settings: Settings) -> list[SourceTableFact]:
    facts = []
    for name, table in platform_contract(settings).tables.tables.items():
        roles: dict[str, int] = {}
        for column in table.columns.values():
            roles[column.role] = roles.get(column.role, 0) + 1
        nullable = sum(column.nullable for column in table.columns.values())
        facts.append(SourceTableFact(name, len(table.columns), nullable, roles, table.description))
    return facts
