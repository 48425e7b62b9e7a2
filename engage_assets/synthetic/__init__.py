"""The simulated platform: hidden customer states, the raw extracts they leave, and the sealed truth behind them.

It knows nothing of Dagster, of the source contract or of the models. What belongs here: how customers behave and what
of it is logged. What does not: how the logs are read.
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
