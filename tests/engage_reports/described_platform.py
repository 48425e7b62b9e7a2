"""A platform described by facts: about sixty assets in a dozen groups, as the loaded definitions would give them."""

from engage_reports import (
    ArchitectureFacts,
    AssetFact,
    CheckFact,
    JobFact,
    RunsOn,
    ScheduleFact,
    SettingFact,
    SourceTableFact,
)

DBT = RunsOn("DuckDB", "Athena")
PROGRAM = RunsOn("subprocess", "Fargate task")
INSIDE = RunsOn("in process", "orchestrator task")
SOURCES = ("customers", "activity", "billing", "campaign_contacts")
LAYERS: dict[str, tuple[tuple[str, ...], tuple[str, ...], RunsOn]] = {
    "features": (("activity_trends", "contact_history", "customer_features", "customer_outcomes"), ("staging",), DBT),
    "handover": (("training_set", "scoring_set"), ("features",), DBT),
    "models": (("churn", "engagement", "revenue", "anomaly", "segments"), ("handover",), PROGRAM),
    "scores": (("predictions",), ("models", "handover"), PROGRAM),
    "decisions": (("actions",), ("scores", "features"), INSIDE),
    "results": (("customer_scores", "qa_sample", "action_list"), ("scores", "decisions"), DBT),
    "analytics": (tuple(f"table_{n:02d}" for n in range(18)), ("results", "features"), DBT),
    "monitoring": (("score_drift", "row_accounting", "gate_results", "stage_usage"), ("results",), DBT),
    "fairness": (("group_metrics", "offer_rates"), ("results", "models"), DBT),
    "publication": (("published",), ("results", "analytics", "fairness", "monitoring"), INSIDE),
    "reports": (("engagement", "cost", "architecture", "dashboard"), ("publication",), INSIDE),
    "exports": (("action_list_csv",), ("publication",), INSIDE),
}


def architecture_facts() -> ArchitectureFacts:
    """The described platform."""
    assets = [
        AssetFact(f"raw/{name}", "raw", ("parquet",), f"The {name} extract as it came.", (), INSIDE) for name in SOURCES
    ]
    for layer, above, where in (("accepted", "raw", INSIDE), ("staging", "accepted", DBT)):
        assets += [
            AssetFact(
                f"{layer}/{name}", layer, ("parquet",), f"Rows of {name} after {layer}.", (f"{above}/{name}",), where
            )
            for name in SOURCES
        ]
    for layer, (names, sources, where) in LAYERS.items():
        upstream = tuple(asset.key for asset in assets if asset.group in sources)
        assets += [
            AssetFact(
                f"{layer}/{name}",
                layer,
                ("dbt",),
                f"One row per customer and week of {name}, by its grain.",
                upstream,
                where,
            )
            for name in names
        ]
    gates = ("row_accounting", "label_maturity", "auc_floor", "calibration", "fairness", "score_range", "coverage")
    checks = [
        CheckFact(gate, "models/churn", True, f"The rule of {gate} holds on the validation week.") for gate in gates
    ]
    checks += [CheckFact(f"unique_{n}", f"analytics/table_{n:02d}", False, "The grain is unique.") for n in range(18)]
    return ArchitectureFacts(
        assets=tuple(assets),
        checks=tuple(checks),
        jobs=(
            JobFact("weekly", "The week from the raw drop to the reports.", len(assets)),
            JobFact("retrain", "The models.", 5),
        ),
        schedules=(
            ScheduleFact("weekly_monday", "weekly", "Mondays at 03:00 UTC, for the week that just ended"),
            ScheduleFact("raw_drop", "weekly", "a complete raw drop appears in the lake"),
        ),
        settings=(
            SettingFact("environment", "local", "where the resources are"),
            SettingFact("customers", "100000", "simulated"),
        ),
        versions={
            name: f"{n}.{n + 3}.1"
            for n, name in enumerate(("dagster", "dbt-core", "duckdb", "plotly", "reportlab", "xgboost"))
        },
        source_tables=tuple(
            SourceTableFact(n, 20 + len(n), 4, {"key": 1, "time": 2, "behaviour": 17}, f"The {n}.") for n in SOURCES
        ),
    )
