"""Judges fitted models on the validation rows, the independent parts side by side."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from engage_ml import evidence, fairness, mitigation, proxies
from engage_ml.evidence import Metrics
from engage_ml.fitting import Fitted
from engage_ml.training_data import TrainingData
from engage_ml.validation import Validation, predict_validation


@dataclass(frozen=True)
class Judged:
    """Predictions for the validation rows, metrics with intervals, and the fairness rows."""

    seen: Validation
    metrics: Metrics
    fairness: list[dict[str, Any]]
    proxies: list[dict[str, Any]]
    threshold_prices: list[dict[str, Any]]


def judge(data: TrainingData, fitted: Fitted, *, threads: int) -> Judged:
    """Computes everything that gates and reports say about the models."""
    seen = predict_validation(data, fitted)
    active = seen.active
    with ThreadPoolExecutor(threads) as pool:
        churn = pool.submit(evidence.churn_metrics, seen, fitted)
        groups = pool.submit(
            fairness.audit,
            data.customers.filter(pa.array(active)),
            seen.churned[active],
            seen.probability[active],
            fitted.active_resamples,
        )
        regression = pool.submit(evidence.regression_metrics, data, seen, fitted)
        unlabelled = pool.submit(evidence.group_metrics, data, fitted)
        stand_ins = pool.submit(proxies.proxies, data, seed=0)
        prices = mitigation.threshold_prices(data, seen)
        metrics = {**churn.result(), **regression.result(), **unlabelled.result()}
        return Judged(seen, metrics, groups.result(), stand_ins.result(), prices)
