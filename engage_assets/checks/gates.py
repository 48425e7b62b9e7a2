"""Every gate of the platform: which asset it guards, at which stage, and which figures its rule is given.

A rule is a pure function in ``rules_*.py``; here it gets its figures. The checks in Dagster, the record in the lake and
the refusal in the consumer are made from this one list.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Literal

import pyarrow as pa

from engage_assets.actions import HOLDOUT_SHARE
from engage_assets.checks import rules_data, rules_models, rules_scores, rules_tables, truncation
from engage_assets.checks.result import GateResult
from engage_assets.checks.rules_fairness import fairness
from engage_assets.checks.rules_promotion import already_champion, champion_comparison
from engage_assets.dbt import feature_list
from engage_assets.own_extract import extract_limits
from engage_assets.partitions import as_of
from engage_assets.platform_contract import PlatformContract, platform_contract
from engage_assets.records.candidate import Candidate, read_candidate
from engage_assets.records.gate_log import GateRecord
from engage_assets.records.model_registry import read_comparison, read_evidence, read_trained
from engage_assets.records.pointer import published_run
from engage_assets.records.promotions import champion_for
from engage_assets.resources.lake import Lake, week_folder
from engage_assets.resources.warehouse import Warehouse
from engage_assets.settings import Settings

Stage = Literal["data", "model", "score"]


@dataclass(frozen=True)
class Evidence:
    """Where a gate's figures come from."""

    weeks: Sequence[date]
    lake: Lake
    registry: Lake
    warehouse: Warehouse
    settings: Settings

    @property
    def week(self) -> date:
        """The newest week of the run."""
        return self.weeks[-1]

    @property
    def platform(self) -> PlatformContract:
        """What the home is about."""
        return platform_contract(self.settings)

    @property
    def candidate(self) -> Candidate:
        """The run whose scores are judged."""
        return read_candidate(self.lake, self.week)

    @property
    def model(self) -> dict[str, Any]:
        """What speaks for the model that the week trained."""
        return read_evidence(self.registry, self.week)

    def run_table(self, prefix: str) -> pa.Table:
        """A table of the candidate run."""
        return self.lake.read_table(week_folder(prefix, self.week, self.candidate.run_id))

    def subject(self, stage: Stage) -> str:
        """What a verdict of this stage is about: it counts for nothing else."""
        if stage == "model":
            return str(read_trained(self.registry, self.week)["model_version"])
        return self.candidate.run_id if stage == "score" else self.week.isoformat()


@dataclass(frozen=True)
class Gate:
    """A gate: its name, the asset it guards, when it is judged, and how its rule gets its figures."""

    name: str
    asset: tuple[str, str]
    stage: Stage
    judge: Callable[[Evidence], GateResult]
    description: str
    may_be_insufficient: bool = False
    """Whether too few rows to tell may pass the consumer; never a pass of the gate itself."""
    refuses_week: bool = True
    """Whether a failure refuses the week. A model gate that does not, refuses the promotion: the champion goes on."""
    accepted_finding: str = ""
    """Why a finding of this gate is accepted, in the words of a user's contract; the verdict stays what it is."""


def _row_accounting(evidence: Evidence) -> GateResult:
    limits = extract_limits(evidence.platform)
    results = [
        rules_data.row_accounting(
            evidence.lake.read_table(week_folder("accounting", week)).to_pylist(),
            expected_tables=(*limits, *truncation.TABLES),
            may_be_empty=frozenset({"campaign_contacts"}),
            limits=limits,
        )
        for week in evidence.weeks
    ]
    return next((result for result in results if result.state != "passed"), results[-1])


def _feature_freshness(evidence: Evidence) -> GateResult:
    [counted] = evidence.warehouse.query(
        "select (select count(*) from features.customer_features where week = ?) as feature_rows,"
        " (select count(*) from staging.customers where week = ?) as customers,"
        " (select max(last_active_at) from staging.activity where week = ?) as latest_activity_at",
        [evidence.week] * 3,
    ).to_pylist()
    if evidence.platform.label_is_given:
        rows, customers = counted["feature_rows"], counted["customers"]
        return rules_data.features_complete(week=evidence.week, feature_rows=rows, customers=customers)
    return rules_data.feature_freshness(week=evidence.week, **counted)


def _null_budget(evidence: Evidence) -> GateResult:
    names = [feature["name"] for feature in feature_list(evidence.settings.dbt_target)]
    listed = ", ".join(f'"{name}"' for name in names)
    rows = evidence.warehouse.query(
        f"select {listed} from features.customer_features where week = ?",
        [evidence.week],
    )
    derived = evidence.platform.tables.derived
    # A user's column may be empty wherever the contract lets it: what it must not be is quarantined before.
    budgets = {n: 1.0 for n in names if evidence.platform.is_own or (n in derived and derived[n].nullable)}
    return rules_data.null_budget(rows, columns=names, budgets=budgets)


def _label_maturity(evidence: Evidence) -> GateResult:
    [counted] = evidence.warehouse.query(
        "select count(*) as training_rows, max(week) as newest from features.training_set"
    ).to_pylist()
    if evidence.platform.label_is_given:
        return rules_data.label_given(counted["training_rows"])
    return rules_data.label_maturity(
        outcome_days=evidence.platform.horizon_days,
        training_rows=counted["training_rows"],
        max_label_as_of=as_of(counted["newest"]) if counted["newest"] else None,
        observed_through=as_of(evidence.week),
    )


def _truncation_invariance(evidence: Evidence) -> GateResult:
    if evidence.platform.label_is_given:
        return rules_tables.nothing_later()
    judged = evidence.week - timedelta(weeks=evidence.platform.outcome_weeks)
    return rules_tables.truncation_invariance(
        truncation.stored_features(evidence.warehouse, judged, evidence.platform),
        truncation.truncated_features(evidence.warehouse, judged, evidence.settings),
        key=truncation.KEY,
    )


def _model(rule: Callable[..., GateResult]) -> Callable[[Evidence], GateResult]:
    return lambda evidence: rule(evidence.model)


def comparable_champion(registry: Lake, week: date, settings: Settings | None) -> str | None:
    """The champion of a week, unless the contract of a user's extract has given the features other columns since.

    Such a champion can neither be compared with a new version nor score the week.
    """
    champion = champion_for(registry, week)
    if champion is None or settings is None or not platform_contract(settings).is_own:
        return champion
    known = {each["name"]: each["categories"] for each in registry.read_json(f"{champion}/features.json")["features"]}
    now = {each["name"]: each["categories"] or None for each in feature_list(settings.dbt_target)}
    return champion if known == now else None


def _champion_comparison(evidence: Evidence) -> GateResult:
    version = evidence.subject("model")
    champion = comparable_champion(evidence.registry, evidence.week, evidence.settings)
    if version == champion:
        return already_champion(version)
    return champion_comparison(read_comparison(evidence.registry, version, champion))


def _coverage(evidence: Evidence) -> GateResult:
    customers = evidence.warehouse.query(
        "select customer_id from features.customer_features where week = ?", [evidence.week]
    )
    return rules_scores.coverage(evidence.run_table("predictions"), customers["customer_id"])


def _score_drift(evidence: Evidence) -> GateResult:
    previous = evidence.week - timedelta(weeks=1)
    run_id = published_run(evidence.lake, previous)
    before = evidence.lake.read_table(week_folder("predictions", previous, run_id)) if run_id else None
    return rules_scores.score_drift(
        evidence.run_table("predictions")["churn_probability"],
        before["churn_probability"] if before is not None else None,
    )


def _reconcile(evidence: Evidence) -> GateResult:
    results = evidence.warehouse.query(
        "select * from results.customer_scores where week = ? and run_id = ?",
        [evidence.week, evidence.candidate.run_id],
    )
    predictions = evidence.run_table("predictions")
    return rules_tables.reconcile(results.select(predictions.column_names), predictions)


TRAINING_SET = ("features", "training_set")
FEATURES = ("features", "customer_features")
CHURN = ("models", "churn")
PREDICTIONS = ("scores", "predictions")

GATES: tuple[Gate, ...] = (
    Gate(
        "row_accounting", ("accepted", "customers"), "data", _row_accounting,
        "Of every extract, rows in are rows kept plus rows quarantined; more than 5 % quarantined refuses the week.",
    ),
    Gate(
        "feature_freshness", FEATURES, "data", _feature_freshness,
        "Every customer has features, and they include the week's own activity.",
    ),
    Gate(
        "null_budget", FEATURES, "data", _null_budget,
        "No feature is missing more often than it may be.",
    ),
    Gate(
        "truncation_invariance", FEATURES, "data", _truncation_invariance,
        "Features rebuilt with all later data deleted are the same.", may_be_insufficient=True,
    ),
    Gate(
        "label_maturity", TRAINING_SET, "data", _label_maturity,
        "Every outcome that is learned from had been observed in full.",
    ),
    Gate(
        "leak_canary", CHURN, "model", _model(rules_models.leak_canary),
        "A random column does not help, no single feature is too good, no customer is in two splits.",
    ),
    Gate(
        "holdout_auc", CHURN, "model", _model(rules_models.holdout_auc_floor),
        "AUC on later weeks of other customers is above its floor.", refuses_week=False,
    ),
    Gate(
        "beats_baseline", CHURN, "model", _model(rules_models.beats_baseline),
        "The ensemble is better than a plain logistic regression.", refuses_week=False,
    ),
    Gate(
        "ensemble_not_worse", CHURN, "model", _model(rules_models.ensemble_not_worse),
        "The ensemble is at least as good as its best member.", refuses_week=False,
    ),
    Gate(
        "calibration", CHURN, "model", _model(rules_models.calibration),
        "Predicted probabilities mean what they say: slope near 1, intercept near 0.", refuses_week=False,
    ),
    Gate(
        "fairness", CHURN, "model", _model(fairness),
        "Selection rates and error rates are alike across gender, age band, location, and gender by age.",
    ),
    Gate(
        "survival_agrees", CHURN, "model", _model(rules_models.survival_agrees),
        "The survival curve agrees with the churn probability and with what happened.",
        may_be_insufficient=True, refuses_week=False,
    ),
    Gate(
        "champion_comparison", CHURN, "model", _champion_comparison,
        "The new version is not worse than the one in use: paired, on the same rows, overall and in every slice.",
        may_be_insufficient=True, refuses_week=False,
    ),
    Gate(
        "coverage", PREDICTIONS, "score", _coverage,
        "Every customer of the week has exactly one prediction.",
    ),
    Gate(
        "score_range", PREDICTIONS, "score",
        lambda evidence: rules_scores.score_range(evidence.run_table("predictions")),
        "Probabilities are finite, between 0 and 1, not constant, and agree with their tiers.",
    ),
    Gate(
        "score_drift", PREDICTIONS, "score", _score_drift,
        "The distribution of scores has not moved since last week more than chance explains.", may_be_insufficient=True,
    ),
    Gate(
        "decisions_complete", ("decisions", "next_best_actions"), "score",
        lambda evidence: rules_scores.decisions_complete(
            evidence.run_table("decisions"),
            evidence.run_table("predictions")["customer_id"],
            holdout_share=HOLDOUT_SHARE,
        ),
        "Every customer has one decision; about a tenth is held out; no action costs more than it brings.",
    ),
    Gate(
        "reconcile", ("results", "customer_scores"), "score", _reconcile,
        "The results equal the predictions, row by row.",
    ),
)  # fmt: skip


def gates_of(stage: Stage, settings: Settings | None = None) -> tuple[Gate, ...]:
    """The gates of one stage, in the order they are judged, with what this home accepts."""
    gates = GATES if settings is None else gates_for(settings)
    return tuple(gate for gate in gates if gate.stage == stage)


def accepted_in_contract(records: Sequence[GateRecord], subject: str, settings: Settings | None) -> dict[str, str]:
    """The gates that failed on `subject` and whose finding the user's contract accepts, with its reason."""
    accepted = platform_contract(settings).accepted_findings if settings else {}
    failed = [each.gate for each in records if each.subject == subject and each.state == "failed"]
    return {gate: f"accepted in the contract: {accepted[gate]}" for gate in failed if gate in accepted}


def state_of(verdicts: Sequence[GateRecord]) -> Literal["passed", "insufficient"]:
    """What verdicts that were accepted are together: passed only when no home's indulgence was needed."""
    strict = {gate.name for gate in GATES if not gate.may_be_insufficient}
    needed = [verdict for verdict in verdicts if verdict.state != "passed" and verdict.gate in strict]
    return "insufficient" if needed else "passed"


def gates_for(settings: Settings) -> tuple[Gate, ...]:
    """All gates. A user's own extract may be small: too little evidence is published and said so, never passed."""
    platform = platform_contract(settings)
    if not platform.is_own:
        return GATES
    accepted = platform.accepted_findings
    return tuple(
        replace(gate, may_be_insufficient=True, accepted_finding=accepted.get(gate.name, "")) for gate in GATES
    )
