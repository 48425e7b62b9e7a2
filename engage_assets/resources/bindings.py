"""Which implementation each environment uses. An exhaustive map: an environment that is not in it cannot be chosen."""

from collections.abc import Callable, Mapping
from typing import Any

from engage_assets.resources.charts import chart_renderer
from engage_assets.resources.compute import SubprocessCompute
from engage_assets.resources.lake import LocalLake
from engage_assets.resources.language_model import choose_language_model, tables_of_warehouse, tables_on_this_machine
from engage_assets.resources.notifier import LogNotifier
from engage_assets.resources.warehouse import DuckDBWarehouse
from engage_assets.settings import Environment, Settings


def _local(settings: Settings) -> dict[str, Any]:
    lake = LocalLake(root=str(settings.lake))
    warehouse = DuckDBWarehouse(
        path=str(settings.warehouse),
        lake_uri=str(settings.lake),
        target_path=str(settings.dbt_target),
        threads=settings.threads,
    )
    return {
        "lake": lake,
        "registry": LocalLake(root=str(settings.registry)),
        "reports": LocalLake(root=str(settings.reports)),
        "exports": LocalLake(root=str(settings.exports)),
        "warehouse": warehouse,
        "compute": SubprocessCompute(),
        "language_model": choose_language_model(settings, tables_on_this_machine(settings, warehouse), lake),
        "charts": chart_renderer,
        "notifier": LogNotifier(path=str(settings.home / "notifications.jsonl")),
    }


def _aws(settings: Settings) -> dict[str, Any]:
    # Imported here: the clients of AWS take a second to import, and a run on one machine needs none of them.
    from engage_assets.resources.compute_fargate import FargateCompute
    from engage_assets.resources.lake_s3 import S3Lake
    from engage_assets.resources.notifier_sns import SnsNotifier
    from engage_assets.resources.warehouse_athena import AthenaWarehouse

    region = settings.region
    lake = S3Lake(root=settings.lake_uri, region=region)
    warehouse = AthenaWarehouse(
        region=region,
        workgroup=settings.athena_workgroup,
        results_uri=settings.athena_results_uri,
        warehouse_uri=settings.warehouse_uri,
        lake_uri=settings.lake_uri,
        prefix=settings.glue_prefix,
        target_path=str(settings.dbt_target),
        poll_seconds=settings.poll_seconds,
        scan_limit_gb=settings.scan_limit_gb,
    )
    return {
        "lake": lake,
        "registry": S3Lake(root=settings.models_uri, region=region),
        "reports": S3Lake(root=settings.reports_uri, region=region),
        "exports": S3Lake(root=settings.exports_uri, region=region),
        "warehouse": warehouse,
        "language_model": choose_language_model(settings, tables_of_warehouse(warehouse, lake), lake),
        "compute": FargateCompute(
            region=region,
            cluster=settings.ecs_cluster,
            definitions={
                "engage_ml.training": settings.training_task_definition,
                "engage_ml.tuning": settings.training_task_definition,
                "engage_ml.scoring": settings.scoring_task_definition,
            },
            cpu={
                "engage_ml.training": settings.training_cpu,
                "engage_ml.tuning": settings.training_cpu,
                "engage_ml.scoring": settings.scoring_cpu,
            },
            memory_mb={
                "engage_ml.training": settings.training_memory_mb,
                "engage_ml.tuning": settings.training_memory_mb,
                "engage_ml.scoring": settings.scoring_memory_mb,
            },
            subnets=list(settings.subnets),
            security_groups=list(settings.security_groups),
            pipes_uri=settings.pipes_uri,
            assign_public_ip=settings.assign_public_ip,
            spot=settings.capacity == "spot",
            timeout_seconds=settings.task_timeout_seconds,
            poll_seconds=settings.poll_seconds,
        ),
        "charts": chart_renderer,
        "notifier": SnsNotifier(topic_arn=settings.notification_topic_arn, region=region),
    }


BINDINGS: Mapping[Environment, Callable[[Settings], dict[str, Any]]] = {"local": _local, "aws": _aws}


def build_resources(settings: Settings) -> dict[str, Any]:
    """The resources of `settings.environment`, by the name that assets ask for."""
    return BINDINGS[settings.environment](settings)
