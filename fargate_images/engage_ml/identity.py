"""What makes a version the version it is: data, parameters, features, code and libraries."""

import json
import platform
from hashlib import sha256
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed
from pathlib import Path
from typing import Any

from engage_ml import hyperparameters, split
from engage_ml.parameters import TrainingParameters

LIBRARIES = ("numpy", "pyarrow", "scikit-learn", "fairlearn", "xgboost")


def version_name(parameters: TrainingParameters, *, data_digest: str, previous: str | None) -> str:
    """``<week>-<12 hex>``. Training the same data with the same code again gives the same name, hence the same model.

    `previous` is the version that segment names are carried over from.
    """
    described = [
        data_digest,
        [feature.as_json() for feature in parameters.features],
        fitting_parameters(parameters),
        [parameters.code_version, code_digest(), library_versions()],
        previous,
    ]
    digest = sha256(json.dumps(described, sort_keys=True).encode()).hexdigest()
    return f"{parameters.week.isoformat()}-{digest[:12]}"


def fitting_parameters(parameters: TrainingParameters) -> dict[str, Any]:
    """Every number that shapes the models, by model."""
    return {
        "seed": parameters.seed,
        "reweighted_by": parameters.reweighted_by,
        "max_training_rows": parameters.max_training_rows,
        "holdout_share": split.HOLDOUT_SHARE,
        "folds": split.FOLDS,
        "inactive_quota": split.INACTIVE_QUOTA,
        "trees": dict(hyperparameters.TREES),
        "churn": {
            **vars(parameters.churn_trees),
            "rows_per_booster": hyperparameters.CHURN_ROWS,
            "ridge": hyperparameters.RIDGE,
            "few_customers": {
                "below": hyperparameters.FEW_CUSTOMERS,
                "folds": split.SMALL_FOLDS,
                "other_trees": vars(hyperparameters.CHURN_SLOW),
                "rows_for_other_trees": hyperparameters.MANY_ROWS,
                "other_ridge": hyperparameters.RIDGE_FEW,
            },
        },
        "engagement": {"rounds": hyperparameters.REGRESSION_ROUNDS, **hyperparameters.ENGAGEMENT},
        "revenue": {"rounds": hyperparameters.REGRESSION_ROUNDS, **hyperparameters.REVENUE},
        "survival": {
            "rounds": hyperparameters.SURVIVAL_ROUNDS,
            "person_weeks": hyperparameters.SURVIVAL_PERSON_WEEKS,
            **hyperparameters.SURVIVAL,
        },
        "anomaly": {"trees": hyperparameters.FOREST_TREES, "subsample": hyperparameters.FOREST_SUBSAMPLE},
    }


def code_digest() -> str:
    """SHA-256 of this package's own source."""
    digest = sha256()
    for file in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()


def library_versions() -> dict[str, str]:
    """Versions of Python and of the libraries that do the arithmetic."""
    return {"python": platform.python_version(), **{name: _installed(name) for name in LIBRARIES}}


def _installed(name: str) -> str:
    for distribution in (name, f"{name}-cpu"):  # xgboost comes in two distributions with one module
        try:
            return installed(distribution)
        except PackageNotFoundError:
            continue
    return "absent"
