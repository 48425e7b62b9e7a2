"""Fits every model of a version, several at a time.

Each fit runs in one thread and the fits run side by side: threads inside one fit wait for each other, and on a busy
machine a fit with two threads took five times as long as with one. One thread also makes a fit reproducible to the
last bit.
"""

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from engage_ml import anomaly, churn, churn_training, peers, regression, segments, survival
from engage_ml.anomaly_training import train_forest
from engage_ml.bootstrap import Interval, Resamples
from engage_ml.hyperparameters import ChurnTrees
from engage_ml.leakage import SingleFeature, best_single_feature, canary_gain
from engage_ml.linear import LinearModel, fit_linear
from engage_ml.model_set import FEATURES_FILE, ModelSet, features_json
from engage_ml.reason_text import typical_ranges
from engage_ml.regression_training import RegressionModels, train_regressors
from engage_ml.segments import Segments, fit_segments
from engage_ml.survival_training import train_survival
from engage_ml.training_data import TrainingData
from engage_ml.transforms import fit_transforms

BASELINE_ROWS = 60_000


@dataclass(frozen=True)
class Fitted:
    """The models, their files, and what evidence needed a fit of its own.

    ``active_resamples`` are over the active validation rows, ``all_resamples`` over all of them.
    """

    models: ModelSet
    files: dict[str, bytes]
    baseline: LinearModel
    canary: Interval
    single_feature: SingleFeature
    active_resamples: Resamples
    all_resamples: Resamples


def fit_models(
    data: TrainingData, *, previous: Segments | None, seed: int, threads: int, trees: ChurnTrees | None = None
) -> Fitted:
    """Fits the models and the baseline; `previous` gives the segments their names, `trees` are tuned parameters."""
    trees = trees or ChurnTrees()
    transforms = fit_transforms(data.training.x, data.matrix)
    with ThreadPoolExecutor(threads) as pool:
        # The longest first, so that the short ones fill the gaps at the end.
        tried = [
            [
                pool.submit(churn_training.train_booster, data, fold, trees=choice, seed=seed)
                for fold in range(data.folds)
            ]
            for choice in churn_training.choices(data, trees)
        ]
        linear = [
            pool.submit(churn_training.train_linear, data, terms)
            for terms in churn_training.linear_choices(data, transforms)
        ]
        regressors = pool.submit(train_regressors, data, seed=seed)
        active_resamples = pool.submit(Resamples.draw, int(data.validation.active.sum()), seed=seed)
        all_resamples = pool.submit(Resamples.draw, len(data.validation), seed=seed + 1)
        forest = pool.submit(train_forest, data.training.x, data.matrix, transforms, seed=seed)
        canary = pool.submit(_canary, data, active_resamples, seed)
        baseline = pool.submit(fit_baseline, data)
        single = pool.submit(best_single_feature, data)
        groups = pool.submit(fit_segments, data.training.x, data.matrix, transforms, previous=previous)
        ranges = pool.submit(typical_ranges, data.training.x)
        hazard = pool.submit(train_survival, data.followed, seed=seed)
        boosters = churn_training.better(data, [[each.result() for each in folds] for folds in tried])
        chosen = churn_training.better_linear(data, [each.result() for each in linear])
        combined = churn_training.combine(data, boosters, chosen)
        models = ModelSet(
            matrix=data.matrix,
            churn=combined,
            engagement=regressors.result().engagement,
            revenue=regressors.result().revenue,
            forest=forest.result(),
            segments=groups.result(),
            ranges=ranges.result(),
            peers=fit_reference(data, combined),
            survival=hazard.result()[0],
        )
        return Fitted(
            models=models,
            files=model_files(models, [booster.saved for booster in boosters], regressors.result(), hazard.result()[1]),
            baseline=baseline.result(),
            canary=canary.result(),
            single_feature=single.result(),
            active_resamples=active_resamples.result(),
            all_resamples=all_resamples.result(),
        )


def fit_baseline(data: TrainingData) -> LinearModel:
    """The baseline: a plain logistic regression on standardised features, not stacked, not calibrated."""
    rows = np.arange(0, len(data.training), max(1, len(data.training) // BASELINE_ROWS))
    x = np.take(data.training.x, rows, axis=1)
    transforms = fit_transforms(x, data.matrix, plain=True)
    return fit_linear(
        transforms, transforms.apply(x), data.training.churned[rows].astype(np.float32), data.weight[rows]
    )


def fit_reference(data: TrainingData, model: churn.ChurnModel) -> peers.Peers:
    """What reasons are measured against: the contributions of a regular sample of the training customers."""
    rows = np.arange(0, len(data.training), max(1, len(data.training) // peers.SAMPLE_ROWS))
    x, active = np.take(data.training.x, rows, axis=1), data.training.active[rows]
    out = np.empty((len(data.matrix.features), len(rows)), dtype=np.float32)
    return peers.fit_peers(model.contributions(x, active, data.matrix.column_feature, out), x, active, data.matrix)


def model_files(
    models: ModelSet, boosters: list[bytes], regressors: RegressionModels, hazard: bytes | None
) -> dict[str, bytes]:
    """The files of the version that hold the models."""
    return {
        FEATURES_FILE: features_json(models.matrix.features, models.ranges),
        **{churn.booster_file(fold): saved for fold, saved in enumerate(boosters)},
        churn.LINEAR_FILE: models.churn.linear.to_bytes(),
        churn.STACK_FILE: models.churn.stack_json(),
        regression.ENGAGEMENT_FILE: regressors.engagement_saved,
        regression.REVENUE_FILE: regressors.revenue_saved,
        regression.REVENUE_SCALE_FILE: repr(models.revenue.scale).encode(),
        anomaly.FILE: models.forest.to_bytes(),
        segments.FILE: models.segments.to_bytes(),
        peers.FILE: models.peers.to_bytes(),
        survival.FILE: models.survival.to_bytes(),
        **({survival.BOOSTER_FILE: hazard} if hazard else {}),
    }


def _canary(data: TrainingData, resamples: "Future[Resamples]", seed: int) -> Interval:
    # Submitted after the draw, so the draw is done or under way: waiting for it cannot block the pool.
    return canary_gain(data, resamples.result(), seed=seed)
