"""``python -m engage_ml.explanation``: one customer's history of probabilities, contributions, and what-ifs.

Extras: features_uri (the customer's rows of customer_features, one a week), models_uri, model_version,
what_if_themes. Reports ``explanation`` with history, contributions of the last week by theme and feature, and for
each theme asked for the probability if its numbers were those of a typical peer (``peers``). Exit status 1 with one
line when the model or the rows cannot be used.
"""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from engage_ml.parameters import ExplanationParameters
from engage_ml.session import Session, limit_threads, run_program

if TYPE_CHECKING:
    from engage_ml.arrays import F32, Flags
    from engage_ml.model_set import ModelSet

ASSET = "explanation"
SHOWN = 4
"""Features of a theme that are shown, those that contribute most."""


def explain(session: Session) -> None:
    """Reads the extras, explains the last of the rows, reports."""
    parameters = ExplanationParameters.from_extras(session.extras)
    limit_threads(1)
    import numpy as np
    import pyarrow as pa

    from engage_ml import registry, storage
    from engage_ml.errors import InputDataError
    from engage_ml.model_set import load_model_set

    version = parameters.model_version
    models = load_model_set(registry.load(parameters.models_uri, version), version)
    columns = ["week", "is_active_30d", *models.matrix.feature_names]
    models.matrix.check_schema(storage.schema_of(parameters.features_uri), "the features")
    batches = list(storage.read_batches(parameters.features_uri, columns=columns, batch_rows=10_000))
    rows = pa.Table.from_batches(batches).sort_by("week").combine_chunks() if batches else None
    if rows is None or rows.num_rows == 0:
        raise InputDataError(f"no features in {parameters.features_uri}. Pass the customer's rows.")
    x = models.matrix.encode(rows, np.empty((models.matrix.columns, rows.num_rows), dtype=np.float32))
    active = np.asarray(rows["is_active_30d"].fill_null(False)).astype(np.bool_)
    probability = models.churn.probability(x, active)
    history = [
        {"week": week.isoformat(), "churn_probability": float(value)}
        for week, value in zip(rows["week"].to_pylist(), probability, strict=True)
    ]
    last, last_active = x[:, -1:], active[-1:]
    report = {
        "history": history,
        "themes": theme_contributions(models, last, last_active),
        "what_if": [what_if(models, last, last_active, theme) for theme in parameters.what_if_themes],
    }
    session.report(ASSET, report, version=version)


def theme_contributions(models: "ModelSet", x: "F32", active: "Flags") -> list[dict[str, Any]]:
    """Log-odds that each theme adds to those of the customer's peers, with its leading features; largest first."""
    import numpy as np

    from engage_ml.reason_text import ReasonWriter

    features = models.matrix.features
    out = np.empty((len(features), 1), dtype=np.float32)
    contributions = models.churn.contributions(x, active, models.matrix.column_feature, out)
    against_peers = models.peers.take_off(contributions, x, active)[:, 0]
    writer = ReasonWriter(models.matrix, models.ranges)
    themes = []
    for theme in dict.fromkeys(feature.theme for feature in features):
        members = [index for index, feature in enumerate(features) if feature.theme == theme]
        leading = sorted(members, key=lambda index: -abs(float(against_peers[index])))[:SHOWN]
        themes.append(
            {
                "theme": theme,
                "contribution": float(against_peers[members].sum()),
                "features": [
                    {
                        "feature": features[index].name,
                        "text": str(writer.write(x, np.array([index]))[0]),
                        "contribution": float(against_peers[index]),
                    }
                    for index in leading
                ],
            }
        )
    return sorted(themes, key=lambda each: -abs(each["contribution"]))


def what_if(models: "ModelSet", x: "F32", active: "Flags", theme: str) -> dict[str, Any]:
    """The probability if a theme's numbers were those of a typical peer; categories and flags stay as they are."""
    matrix = models.matrix
    kind = int(models.peers.kind(x, active)[0])
    columns = [
        column
        for column in range(matrix.columns)
        if matrix.features[int(matrix.column_feature[column])].theme == theme and not matrix.is_indicator(column)
    ]
    changed = x.copy()
    changed[columns, 0] = models.peers.typical[kind][columns]
    return {
        "theme": theme,
        "churn_probability": float(models.churn.probability(changed, active)[0]),
        "changes": _changes(matrix.column_names, x, changed, columns),
        "labels": {matrix.column_names[c]: matrix.features[int(matrix.column_feature[c])].label for c in columns},
    }


def _changes(names: Sequence[str], x: "F32", changed: "F32", columns: Sequence[int]) -> list[dict[str, Any]]:
    """The numbers that change, in the order of the features; a missing one has no value before."""
    found = []
    for column in columns:
        before, after = float(x[column, 0]), float(changed[column, 0])
        if before != after:
            found.append({"feature": names[column], "before": None if before != before else before, "after": after})
    return found


if __name__ == "__main__":
    sys.exit(run_program(explain, sys.argv[1:]))
