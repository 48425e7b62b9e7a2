"""``python -m engage_ml.scoring``: applies a model version to a week's features.

Extras: week, run_id, features_uri, features, models_uri, model_version, predictions_uri, scored_at, threads,
batch_rows, and share and shares when several programs share the customers. Reports the asset of the step with rows,
seconds and the distribution of the scores. Exit status 1 with one line on refusal.
"""

import resource
import sys
import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

from engage_ml.parameters import ScoringParameters
from engage_ml.session import Session, limit_threads, run_program

if TYPE_CHECKING:
    import pyarrow as pa

    from engage_ml.model_set import ModelSet

ASSET = "scores/predictions"


def score(session: Session) -> None:
    """Reads the extras, scores, reports."""
    started = time.perf_counter()
    parameters = ScoringParameters.from_extras(session.extras)
    limit_threads(1)  # batches are scored side by side; threads inside an operation would only get in their way
    from engage_ml import registry
    from engage_ml.model_set import check_features, load_model_set

    registry.require_passed(
        parameters.models_uri, parameters.model_version, accept_insufficient=parameters.accept_insufficient
    )
    models = load_model_set(registry.load(parameters.models_uri, parameters.model_version), parameters.model_version)
    check_features(models.matrix, parameters.features, parameters.model_version)
    session.log(f"model {parameters.model_version} loaded")
    summary = write_predictions(parameters, models)
    session.log(f"{summary['rows']:,} customers scored")
    usage = resource.getrusage(resource.RUSAGE_SELF)
    metadata = {
        "model_version": parameters.model_version,
        **summary,
        "seconds": round(time.perf_counter() - started, 3),
        "cpu_seconds": round(usage.ru_utime + usage.ru_stime, 3),
        "peak_memory_mb": round(usage.ru_maxrss / 1024, 1),
    }
    session.report(ASSET, metadata, version=f"{parameters.model_version}/{parameters.week}")


def write_predictions(parameters: ScoringParameters, models: "ModelSet") -> dict[str, float]:
    """Streams the features through the models into one Parquet file, ``part-<share>.parquet``.

    Alone, it leaves nothing else in the folder; of several, whoever started them does. Returns rows, mean probability
    and the number of anomalies.
    """
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    from engage_ml import storage
    from engage_ml.prediction import SCHEMA

    rows, probability, anomalies = 0, 0.0, 0
    file = f"part-{parameters.share}.parquet"
    with storage.AtomicFile(storage.join(parameters.predictions_uri, file)) as stream:
        with pq.ParquetWriter(stream, SCHEMA, compression="snappy") as writer:
            for table in _scored(parameters, models):
                writer.write_table(table)
                rows += table.num_rows
                probability += pc.sum(table["churn_probability"]).as_py()
                anomalies += pc.sum(table["is_anomaly"]).as_py()
        _require_rows(rows, parameters)
    if parameters.shares == 1:
        storage.remove_others(parameters.predictions_uri, keep=(file,))
    return {"rows": rows, "mean_churn_probability": round(probability / rows, 6), "anomalies": anomalies}


def _scored(parameters: ScoringParameters, models: "ModelSet") -> Iterator["pa.Table"]:
    """Predictions batch by batch, in the order of the features. At most one batch per thread is in the air."""
    import threading

    from engage_ml import storage
    from engage_ml.errors import InputDataError
    from engage_ml.prediction import CARRIED, Predictor, Stamp

    schema = storage.schema_of(parameters.features_uri)
    missing = [name for name in CARRIED if name not in schema.names]
    if missing:
        raise InputDataError(f"the features lack {', '.join(missing)}. Build features.customer_features again.")
    models.matrix.check_schema(schema, "the features")
    stamp = Stamp(
        parameters.week, parameters.run_id, parameters.model_version, parameters.scored_at, parameters.horizon_days
    )
    own = threading.local()

    def predict(batch: "pa.RecordBatch") -> "pa.Table":
        if not hasattr(own, "predictor"):
            own.predictor = Predictor(models, stamp)
        return own.predictor.predict(batch)

    columns = [*CARRIED, *(name for name in models.matrix.feature_names if name not in CARRIED)]
    batches = storage.read_batches(parameters.features_uri, columns=columns, batch_rows=parameters.batch_rows)
    with ThreadPoolExecutor(parameters.threads) as pool:
        waiting: deque[Future[pa.Table]] = deque()
        for batch in _shared(batches, parameters):
            waiting.append(pool.submit(predict, batch))
            if len(waiting) > parameters.threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _shared(batches: Iterator["pa.RecordBatch"], parameters: ScoringParameters) -> Iterator["pa.RecordBatch"]:
    """The customers of this program's share, by a hash of their id: the same whoever computes it, in any order."""
    if parameters.shares == 1:
        yield from batches
        return
    import numpy as np
    import pyarrow as pa

    from engage_ml.hashing import hash_ids

    for batch in batches:
        mine = hash_ids(batch.column("customer_id")) % np.uint64(parameters.shares) == np.uint64(parameters.share)
        if mine.any():
            yield batch.filter(pa.array(mine))


def _require_rows(rows: int, parameters: ScoringParameters) -> None:
    from engage_ml.errors import InputDataError

    if rows == 0:
        raise InputDataError(
            f"no features of week {parameters.week} in {parameters.features_uri}. Build the week first."
        )


if __name__ == "__main__":
    sys.exit(run_program(score, sys.argv[1:]))
