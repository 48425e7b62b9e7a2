"""Every number that shapes the models, in one place: part of each version's name and card."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engage_ml.errors import ProgramError

TREES: Mapping[str, Any] = {
    "tree_method": "hist",
    "max_depth": 4,  # the look-up tables of scoring hold trees up to this depth
    "max_bin": 64,
}
"""Shared by all boosters."""


@dataclass(frozen=True)
class ChurnTrees:
    """How the boosters of the churn model are trained. ``source`` names the parameter file, or ``default``."""

    rounds: int = 70
    max_depth: int = 4
    eta: float = 0.14
    colsample_bytree: float = 0.4
    min_child_weight: float = 20.0
    reg_lambda: float = 5.0
    source: str = "default"

    def as_xgboost(self) -> dict[str, Any]:
        """The parameters as XGBoost takes them."""
        names = ("max_depth", "eta", "colsample_bytree", "min_child_weight", "reg_lambda")
        return {name: getattr(self, name) for name in names}

    @classmethod
    def from_json(cls, content: Any) -> "ChurnTrees":
        """From a parameter file; the default without one.

        Raises
        ------
        ProgramError
            When the file has another shape, or a value that training or scoring cannot use.
        """
        if content is None:
            return cls()
        try:
            found = cls(**content)
            values = {name: float(value) for name, value in vars(found).items() if name != "source"}
        except (TypeError, ValueError) as error:
            raise ProgramError(f"the parameter file is not one of the churn trees: {error}. Tune again.") from None
        for name, value in values.items():
            low, high = RANGES[name]
            if not low <= value <= high:
                raise ProgramError(f"{name} is {value:g} in {found.source}; expected {low:g} to {high:g}. Tune again.")
        return found


RANGES: Mapping[str, tuple[float, float]] = {
    "rounds": (20, 110),  # training has to stay inside the weekly run
    "max_depth": (2, 4),  # the look-up tables of scoring hold trees up to this depth
    "eta": (0.03, 0.4),
    "colsample_bytree": (0.1, 1.0),
    "min_child_weight": (1.0, 500.0),
    "reg_lambda": (0.0, 100.0),
}
"""What a parameter file may hold, and what tuning searches within."""

CHURN_SUPPLE = ChurnTrees(
    rounds=200, eta=0.1, colsample_bytree=0.5, min_child_weight=1.0, reg_lambda=2.0, source="small data"
)
"""A second choice on small data, where a leaf of the default's weight is a tenth of all rows; taken when its log loss
out of fold is lower. On two public extracts each of the two was the better one once, by .003 and by .043 of AUC."""
SMALL_ROWS = 15_000
"""Training rows below which both choices are tried."""
CHURN_SLOW = ChurnTrees(rounds=110, eta=0.06, max_depth=3, min_child_weight=100.0, source="few customers")
"""Another choice where customers are few and each has many rows: a leaf of the default's weight is then three of them.
Taken when its log loss out of fold is lower. On a public history of seven weeks it raised the AUC by .004."""
MANY_ROWS = 5
"""Rows of a customer, on average, from which the slow setting is tried."""
FEW_CUSTOMERS = 20_000
"""Training customers below which five folds and a choice of penalty and stack are worth their time."""
CHURN_ROWS = 50_000
"""Rows that one booster learns from. Twice as many take twice the time and raise the skill by .001 (simulated data)."""

REGRESSION_ROUNDS = 50
REGRESSION_ROWS = 30_000
ENGAGEMENT: Mapping[str, Any] = {"eta": 0.15, "min_child_weight": 20, "reg_lambda": 2.0}
REVENUE: Mapping[str, Any] = {**ENGAGEMENT, "tweedie_variance_power": 1.5}

SURVIVAL_ROUNDS = 25
SURVIVAL_PERSON_WEEKS = 30_000
"""Pairs of a customer and a week that the trees of the hazard learn from."""
SURVIVAL: Mapping[str, Any] = {"eta": 0.2, "colsample_bytree": 0.4, "min_child_weight": 20, "reg_lambda": 5.0}

RIDGE = 3e-4
"""Penalty of the linear learner per unit of (mean-one) weight; small, as there are far more rows than terms."""
RIDGE_FEW = 3e-3
"""A second choice where customers are few; taken when the log loss of the first fold is lower."""

FOREST_TREES = 64
FOREST_SUBSAMPLE = 256
FLAGGED_SHARE = 0.01
"""Share of the training customers whose anomaly score is above the limit."""
