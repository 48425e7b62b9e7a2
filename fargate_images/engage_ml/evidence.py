"""The evidence the model gates judge: ``evidence.json``, and the metrics table made of the same figures."""

from datetime import date, timedelta
from typing import Any

import numpy as np

from engage_ml.arrays import F64
from engage_ml.bootstrap import Interval, Resamples
from engage_ml.churn import MEMBERS
from engage_ml.fitting import Fitted
from engage_ml.metrics import CalibrationError, CalibrationLine, Ranking, auc, log_loss, mean_of
from engage_ml.segments import explained_share
from engage_ml.survival_training import judge_survival
from engage_ml.training_data import TrainingData
from engage_ml.validation import Validation, regression_errors

WEEK_DAYS = 7
OUTCOME_DAYS = 30

Metrics = dict[tuple[str, str, str], Interval]
"""(model, population, metric) -> value with interval."""


def churn_metrics(seen: Validation, fitted: Fitted) -> Metrics:
    """AUC, PR-AUC, log loss, Brier score and calibration of the churn model, on active and on all customers."""
    metrics: Metrics = {}
    everyone = np.ones(len(seen.active), dtype=bool)
    for population, rows, resamples in (
        ("active", seen.active, fitted.active_resamples),
        ("all", everyone, fitted.all_resamples),
    ):
        probability, churned = seen.probability[rows], seen.churned[rows]
        ranking = Ranking(probability, churned)
        line = CalibrationLine(probability, churned)
        losses, brier = log_loss(probability, churned), (probability - churned) ** 2
        figures = {
            "auc": resamples.interval(ranking.auc),
            "pr_auc": resamples.interval(ranking.average_precision),
            "log_loss": resamples.interval(lambda w, values=losses: mean_of(values, w)),  # type: ignore[misc]
            "brier": resamples.interval(lambda w, values=brier: mean_of(values, w)),  # type: ignore[misc]
            "calibration_slope": resamples.interval(line.slope),
            "calibration_intercept": resamples.interval(line.intercept),
        }
        metrics.update({("churn", population, name): interval for name, interval in figures.items()})
        error = CalibrationError(probability, churned)
        floor = error.chance(seed=len(churned))
        metrics["churn", population, "expected_calibration_error"] = error.interval(resamples)
        metrics["churn", population, "calibration_error_by_chance"] = Interval(floor, floor, floor)
    weights = fitted.models.churn.ensemble
    for member, weight in zip(weights.members, weights.weights, strict=True):
        metrics["churn", "all", f"stack_weight_{member}"] = Interval(weight, weight, weight)
    return metrics


def regression_metrics(data: TrainingData, seen: Validation, fitted: Fitted) -> Metrics:
    """Mean absolute error, RMSE, R² and predicted over observed total of both regressors, on active and on all."""
    metrics: Metrics = {}
    pairs: dict[str, tuple[F64, F64]] = {
        "engagement": (seen.engagement, data.validation.engagement.astype(np.float64)),
        "revenue": (seen.revenue_usd, data.validation.revenue_usd.astype(np.float64)),
    }
    for model, (predicted, observed) in pairs.items():
        for population, rows, resamples in (
            ("active", seen.active, fitted.active_resamples),
            ("all", np.ones(len(seen.active), dtype=bool), fitted.all_resamples),
        ):
            metrics.update(
                _regression(model, population, regression_errors(predicted[rows], observed[rows]), resamples)
            )
    return metrics


def group_metrics(data: TrainingData, fitted: Fitted) -> Metrics:
    """What can be said of the models without an outcome: share flagged, variance explained, size of the segments."""
    models, x = fitted.models, data.validation.x
    flagged = float((models.forest.score(x) > models.forest.limit).mean())
    positions = models.segments.positions(x)
    sizes = np.bincount(models.segments.assign(x), minlength=len(models.segments.names)) / x.shape[1]
    figures = {
        ("anomaly", "all", "flagged_share"): flagged,
        ("segments", "all", "explained_variance_share"): explained_share(positions, models.segments.centroids),
        ("segments", "all", "smallest_segment_share"): float(sizes.min()),
        ("segments", "all", "largest_segment_share"): float(sizes.max()),
    }
    return {key: Interval(value, value, value) for key, value in figures.items()}


def assemble(
    data: TrainingData,
    seen: Validation,
    fitted: Fitted,
    metrics: Metrics,
    fairness: list[dict[str, Any]],
    *,
    week: date,
    outcome_days: int = OUTCOME_DAYS,
) -> dict[str, Any]:
    """The content of evidence.json."""
    active, churned = seen.active, seen.churned[seen.active]
    resamples = fitted.active_resamples
    ranking = Ranking(seen.probability[active], churned)
    baseline = Ranking(seen.baseline[active], churned)
    ensemble, maps = fitted.models.churn.ensemble, fitted.models.churn.calibration
    return {
        "n_validation_active": int(active.sum()),
        "positives_active": int(churned.sum()),
        **{f"{name}_active": metrics["churn", "active", name].as_json() for name in ("auc", "pr_auc", "log_loss")},
        "auc_all": metrics["churn", "all", "auc"].as_json(),
        "baseline": {
            "auc_active": auc(seen.baseline[active], churned),
            "difference": resamples.interval(lambda w: ranking.auc(w) - baseline.auc(w)).as_json(),
        },
        "ensemble": {
            "log_loss": ensemble.log_loss,
            "members": dict(zip(MEMBERS, ensemble.member_log_loss, strict=True)),
            "weights": dict(zip(MEMBERS, ensemble.weights, strict=True)),
            "fell_back": ensemble.fell_back,
            "equal": ensemble.equal,
            "auc": metrics["churn", "active", "auc"].value,
            "members_auc": {
                name: auc(margin[active], churned) for name, margin in zip(MEMBERS, seen.members, strict=True)
            },
        },
        "calibration": {
            "slope": metrics["churn", "active", "calibration_slope"].as_json(),
            "intercept": metrics["churn", "active", "calibration_intercept"].as_json(),
            "ece": metrics["churn", "active", "expected_calibration_error"].as_json(),
            "ece_by_chance": metrics["churn", "active", "calibration_error_by_chance"].value,
            "maps": {
                name: {"curve": population.curve.kind, "log_loss": population.log_loss}
                for name, population in (("active", maps.active), ("inactive", maps.inactive))
            },
        },
        "leak": {
            "canary_gain": fitted.canary.as_json(),
            "max_single_feature_auc": fitted.single_feature.auc,
            "max_single_feature": fitted.single_feature.name,
        },
        "split": split_facts(data, week=week, outcome_days=outcome_days),
        "survival": judge_survival(fitted.models.survival, data.followed, fitted.models.churn),
        "fairness": fairness,
    }


def split_facts(data: TrainingData, *, week: date, outcome_days: int = OUTCOME_DAYS) -> dict[str, Any]:
    """How training and validation are kept apart, measured on the rows that were used.

    ``label_gap_days`` counts from the end of the newest outcome's days to the as_of of the week; below 0 it has
    not matured.
    """
    newest = max([*data.training_weeks, data.validation_week]) + timedelta(days=WEEK_DAYS)
    as_of = week + timedelta(days=WEEK_DAYS)
    return {
        "customer_overlap": int(np.isin(np.unique(data.validation.hashes), data.training.hashes).sum()),
        "training_weeks": [day.isoformat() for day in data.training_weeks],
        "validation_week": data.validation_week.isoformat(),
        "out_of_time": not data.same_week,
        "label_gap_days": (as_of - newest).days - outcome_days,
        "max_label_as_of": newest.isoformat(),
    }


def _regression(model: str, population: str, parts: dict[str, F64], resamples: Resamples) -> Metrics:
    def share_explained(w: F64) -> F64:
        variance = mean_of(parts["observed_squared"], w) - mean_of(parts["observed"], w) ** 2
        return np.asarray(1 - mean_of(parts["squared"], w) / np.maximum(variance, 1e-12))

    def total_ratio(w: F64) -> F64:
        return np.asarray(mean_of(parts["predicted"], w) / np.maximum(mean_of(parts["observed"], w), 1e-12))

    figures = {
        "mae": resamples.interval(lambda w: mean_of(parts["absolute"], w)),
        "rmse": resamples.interval(lambda w: np.sqrt(mean_of(parts["squared"], w))),
        "r2": resamples.interval(share_explained),
        "predicted_over_observed": resamples.interval(total_ratio),
    }
    return {(model, population, name): interval for name, interval in figures.items()}
