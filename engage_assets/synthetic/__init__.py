"""The simulated platform: hidden customer states, the raw extracts they leave, and the sealed truth behind them.

It knows nothing of Dagster, of the source contract or of the models. What belongs here: how customers behave and what
of it is logged. What does not: how the logs are read.

What is known of it, whatever the seed (tests hold the bands): of the customers active in the 30 days before as_of
9 to 10.5 % churn (band 7 to 12 %); the AUC of the true probability on them, the best that any model can reach, is 0.86
to 0.88 (band 0.84 to 0.89); recency alone reaches 0.77; 22 to 28 % of all accounts have lapsed.
"""

from engage_assets.synthetic.defects import Defect
from engage_assets.synthetic.platform import DEFAULT_SEED, EPOCH, FIRST_WEEK, REFERENCE_WEEK, Platform
from engage_assets.synthetic.platform_dataset import write_platform_dataset
from engage_assets.synthetic.writing import write_weeks

__all__ = [
    "DEFAULT_SEED",
    "EPOCH",
    "FIRST_WEEK",
    "REFERENCE_WEEK",
    "Defect",
    "Platform",
    "write_platform_dataset",
    "write_weeks",
]
