"""Monitoring: what scores promised and what became of it, drift, and the scorecard against the sealed truth.

Nothing here refuses a week. An alarm is a failed check, a message to people, and a row in the published tables.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import dagster as dg

from engage_assets.assets.transformations import POOL
from engage_assets.dbt import feature_list
from engage_assets.monitoring import drift
from engage_assets.monitoring.observation import drift_of_week, matured_weeks, promise, realise
from engage_assets.monitoring.performance import surprises
from engage_assets.monitoring.truth import measure_against_truth
from engage_assets.partitions import week_of
from engage_assets.platform_contract import platform_contract, weeks_partitions
from engage_assets.records.candidate import Candidate, read_candidate
from engage_assets.records.monitoring_log import write_drift, write_scorecard
from engage_assets.resources.lake import Lake
from engage_assets.resources.notifier import Notifier
from engage_assets.resources.warehouse import Warehouse
from engage_assets.settings import Settings

PERFORMANCE, DRIFT, SCORECARD = (["monitoring", f"{name}_log"] for name in ("performance", "drift", "scorecard"))

MonitoringEvent = dg.MaterializeResult | dg.AssetCheckResult  # type: ignore[type-arg]


def build_monitoring_assets(settings: Settings) -> list[dg.AssetsDefinition]:
    """The three logs, written by one step."""

    @dg.multi_asset(
        name="monitoring",
        specs=[
            dg.AssetSpec(
                PERFORMANCE,
                deps=[["scores", "predictions"], ["features", "customer_outcomes"]],
                group_name="monitoring",
                kinds={"parquet"},
                description="What the week's scores promise, and, for published weeks whose outcomes have become "
                "known, what they turned out to be: AUC, PR-AUC, calibration, lift.",
            ),
            dg.AssetSpec(
                DRIFT,
                deps=[["scores", "predictions"], ["features", "customer_features"]],
                group_name="monitoring",
                kinds={"parquet"},
                description="Size-aware tests of every feature, score and reason against the weeks before.",
            ),
            dg.AssetSpec(
                SCORECARD,
                deps=[["scores", "predictions"], ["models", "evaluation"]],
                group_name="monitoring",
                kinds={"parquet"},
                description="The churn model against the sealed truth: skill, calibration error, reasons. Without "
                "rows on weeks that were not simulated.",
            ),
        ],
        check_specs=[
            dg.AssetCheckSpec(
                "realised_as_estimated",
                asset=PERFORMANCE,
                description="The newest matured week turned out as its probabilities promised.",
            ),
            dg.AssetCheckSpec(
                "features_steady", asset=DRIFT, description="No feature has moved since the four weeks before."
            ),
            dg.AssetCheckSpec(
                "reasons_steady", asset=DRIFT, description="The first reasons are those of the last published week."
            ),
        ],
        partitions_def=weeks_partitions(settings),
        pool=POOL,
    )
    def monitoring(
        context: dg.AssetExecutionContext, warehouse: Warehouse, lake: Lake, registry: Lake, notifier: Notifier
    ) -> Iterator[MonitoringEvent]:
        week = week_of(context)
        candidate = read_candidate(lake, week)
        alarms = [
            *_performance(lake, warehouse, settings, week, candidate),
            *_drift(lake, warehouse, settings, week, candidate),
        ]
        for alarm in alarms:
            yield from alarm.events()
        if messages := [f"{alarm.check}: {alarm.message}" for alarm in alarms if not alarm.quiet]:
            notifier.send(f"Engage: monitoring alarm for {week}", "; ".join(messages))
        figures = measure_against_truth(lake, registry, week, candidate.run_id)
        write_scorecard(lake, week, candidate.run_id, figures)
        # Also without figures: an output that is left out would make Dagster skip the results, which read the log.
        shown = {figure.metric: figure.value for _, figure in figures if figure.bin is None}
        yield dg.MaterializeResult(asset_key=SCORECARD, metadata=shown)

    return [monitoring]


@dataclass(frozen=True)
class Alarm:
    """The verdict of one check, with the metadata of its asset where this is the asset's first."""

    check: str
    asset: list[str]
    quiet: bool
    message: str
    metadata: dict[str, Any] | None = None

    def events(self) -> Iterator[MonitoringEvent]:
        """Dagster's events."""
        if self.metadata is not None:
            yield dg.MaterializeResult(asset_key=self.asset, metadata=self.metadata)
        yield dg.AssetCheckResult(
            check_name=self.check,
            asset_key=dg.AssetKey(self.asset),
            passed=self.quiet,
            severity=dg.AssetCheckSeverity.WARN,
            metadata={"message": self.message},
        )


def _performance(lake: Lake, warehouse: Warehouse, settings: Settings, week: date, candidate: Candidate) -> list[Alarm]:
    promised = promise(lake, week, candidate.run_id, measured_in=week)
    shown: dict[str, Any] = {
        f"promised_{figure.metric}": figure.value
        for figure in promised.get("active", ())
        if figure.value == figure.value
    }
    outcome_weeks = platform_contract(settings).outcome_weeks
    matured = matured_weeks(lake, week, outcome_weeks=outcome_weeks)
    for each, run_id in matured:
        realise(lake, warehouse, each, run_id, measured_in=week)
    if not matured:
        message = f"no published week has matured yet: its outcome needs the {outcome_weeks} weeks after it"
        return [Alarm("realised_as_estimated", PERFORMANCE, True, message, shown)]
    newest, run_id = matured[-1]
    estimated, realised = (
        {figure.metric: figure for figure in figures}
        for figures in realise(lake, warehouse, newest, run_id, measured_in=week)
    )
    shown["matured_week"] = newest.isoformat()
    for name, figure in realised.items():
        shown |= {f"realised_{name}": figure.value, f"estimated_{name}": estimated[name].value}
    if not realised:
        message = f"week {newest} has too few customers or leavers to say anything"
        return [Alarm("realised_as_estimated", PERFORMANCE, True, message, shown)]
    shown["auc_gap"] = realised["auc"].value - estimated["auc"].value
    found = surprises(list(estimated.values()), list(realised.values()))
    message = f"week {newest}: " + (
        "; ".join(found)
        if found
        else f"AUC {realised['auc'].value:.4f}, {estimated['auc'].value:.4f} expected; churn rate "
        f"{realised['churn_rate'].value:.4f}, {estimated['churn_rate'].value:.4f} expected"
    )
    return [Alarm("realised_as_estimated", PERFORMANCE, not found, message, shown)]


def _drift(lake: Lake, warehouse: Warehouse, settings: Settings, week: date, candidate: Candidate) -> list[Alarm]:
    features = feature_list(settings.dbt_target)
    tests = drift_of_week(lake, warehouse, week, candidate.run_id, features)
    write_drift(lake, week, candidate.run_id, tests)
    by_kind: dict[str, list[drift.Drift]] = {"feature": [], "score": [], "reason": []}
    for (kind, _), found in tests.items():
        by_kind[kind] += found
    shown: dict[str, Any] = {}
    for kind, found in by_kind.items():
        known = [test.psi for test in found if test.psi == test.psi]
        if known:
            shown |= {f"largest_{kind}_psi": max(known), f"{kind}s_drifted": len(_drifted(found))}
    return [
        Alarm("features_steady", DRIFT, not _drifted(by_kind["feature"]), _said("feature", by_kind["feature"]), shown),
        Alarm("reasons_steady", DRIFT, not _drifted(by_kind["reason"]), _said("reason", by_kind["reason"])),
    ]


def _drifted(tests: Sequence[drift.Drift]) -> list[drift.Drift]:
    return sorted((test for test in tests if test.state == "drifted"), key=lambda test: -test.psi)


def _said(kind: str, tests: Sequence[drift.Drift]) -> str:
    if not tests:
        return "there is no week before to compare with"
    moved = _drifted(tests)
    if moved:
        worst = ", ".join(f"{test.name} (PSI {test.psi:.3f}, limit {test.limit:.3f})" for test in moved[:5])
        return f"{len(moved)} of {len(tests)} {kind}s have moved: {worst}"
    undecided = sum(test.state == "insufficient" for test in tests)
    return f"{len(tests)} {kind}s, none has moved" + (f"; too few customers for {undecided}" if undecided else "")
