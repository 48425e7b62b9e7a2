"""The two programs that run in a container: ``engage_ml.training`` and ``engage_ml.scoring``.

They read Parquet folders, write Parquet folders and model files, and report through Dagster Pipes.
Nothing here imports Dagster, and scoring needs numpy and pyarrow only: no learner is imported to apply a model.
"""

from engage_ml import arithmetic  # before numpy is

__all__ = ["arithmetic"]
