"""How much of what can be known the churn model knows: its AUC beside that of the sealed true probability.

Only this module and the platform itself read the sealed truth.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray


@dataclass(frozen=True)
class Scorecard:
    """AUC of a model and of the truth on the same customers; skill = (AUC - 0.5) / (ceiling - 0.5)."""

    customers: int
    churned: int
    auc: float
    ceiling: float

    @property
    def skill(self) -> float:
        """The share of the possible lift over chance that the model reaches; 1 is the sealed truth itself."""
        return (self.auc - 0.5) / (self.ceiling - 0.5)


def score_against_truth(predictions: pa.Table, truth: pa.Table) -> Scorecard:
    """Compares a model with the truth on customers active in the 30 days before as_of.

    predictions: customer_id, is_active_30d, churned_30d, churn_probability of held-out customers of one week.
    truth: customer_id, churn_probability_30d of that week.

    Raises
    ------
    ValueError
        When a customer has no truth, or only one outcome occurs.
    """
    active = predictions.filter(predictions["is_active_30d"])
    joined = active.join(truth.select(["customer_id", "churn_probability_30d"]), "customer_id", join_type="inner")
    if joined.num_rows != active.num_rows:
        raise ValueError(f"{active.num_rows - joined.num_rows:,} customers have no sealed truth; expected one row each")
    churned = joined["churned_30d"].to_numpy().astype(bool)
    return Scorecard(
        customers=len(churned),
        churned=int(churned.sum()),
        auc=area_under_curve(churned, joined["churn_probability"].to_numpy()),
        ceiling=area_under_curve(churned, joined["churn_probability_30d"].to_numpy()),
    )


def area_under_curve(outcome: NDArray[np.bool_], score: NDArray[np.float64]) -> float:
    """Probability that a random positive scores above a random negative; ties count half (Mann-Whitney)."""
    positives = int(outcome.sum())
    negatives = outcome.size - positives
    if positives == 0 or negatives == 0:
        raise ValueError(f"{positives} of {outcome.size} customers churned; an AUC needs both outcomes")
    _, place, repeats = np.unique(score, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(repeats) - (repeats - 1) / 2)[place]
    return float((ranks[outcome].sum() - positives * (positives + 1) / 2) / (positives * negatives))
