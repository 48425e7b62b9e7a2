import decimal

import numpy as np
import pyarrow as pa
import pytest

from engage_ml.errors import InputDataError, ProgramError
from engage_ml.feature_matrix import FeatureMatrix
from engage_ml.parameters import Feature, TrainingParameters, read_features

FEATURES = (
    Feature("opens", "numeric", "app opens", "activity_level"),
    Feature("renews", "boolean", "automatic renewal", "payment"),
    Feature("tier", "category", "tier", "spending", ("Free", "Gold")),
)


def encode(table: pa.Table) -> np.ndarray:
    matrix = FeatureMatrix(FEATURES)
    return matrix.encode(table.combine_chunks().to_batches()[0], np.empty((matrix.columns, 10), np.float32))


def test_values_become_numbers_and_missing_becomes_nan_or_no_category() -> None:
    table = pa.table({"tier": ["Gold", None, "Bronze"], "opens": [2, None, -1], "renews": [True, None, False]})
    np.testing.assert_array_equal(
        encode(table), np.array([[2, np.nan, -1], [1, np.nan, 0], [0, 0, 0], [1, 0, 0]], np.float32)
    )


def test_decimals_and_infinities() -> None:
    table = pa.table({"tier": ["Free"] * 2, "opens": [decimal.Decimal("1.5"), None], "renews": [True] * 2})
    assert encode(table)[0, 0] == 1.5
    table = table.set_column(1, "opens", pa.array([np.inf, 3.0]))
    np.testing.assert_array_equal(encode(table)[0], [np.nan, 3.0])


def test_column_names_and_owners() -> None:
    matrix = FeatureMatrix(FEATURES)
    assert matrix.column_names == ("opens", "renews", "tier=Free", "tier=Gold")
    assert matrix.column_feature.tolist() == [0, 1, 2, 2]


def test_a_missing_column_is_named() -> None:
    with pytest.raises(InputDataError, match=r"lacks 1 feature column.*opens"):
        FeatureMatrix(FEATURES).check_schema(pa.schema([("renews", pa.bool_()), ("tier", pa.string())]), "the week")


def test_a_text_is_no_number() -> None:
    schema = pa.schema([("opens", pa.string()), ("renews", pa.bool_()), ("tier", pa.string())])
    with pytest.raises(InputDataError, match="opens is string"):
        FeatureMatrix(FEATURES).check_schema(schema, "the week")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": "gender"}, "sensitive"),
        ({"name": "age"}, "sensitive"),
        ({"type": "text"}, "type 'text'"),
        ({"theme": "weather"}, "theme 'weather'"),
        ({"type": "category", "categories": []}, "without categories"),
    ],
)
def test_features_that_cannot_be_used(change: dict[str, object], message: str) -> None:
    feature = {"name": "opens", "type": "numeric", "label": "opens", "theme": "social"} | change
    with pytest.raises(ProgramError, match=message):
        read_features([feature])


def test_the_same_feature_twice() -> None:
    feature = {"name": "opens", "type": "numeric", "label": "opens", "theme": "social"}
    with pytest.raises(ProgramError, match="opens twice"):
        read_features([feature, feature])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"week": "tuesday"}, "week is 'tuesday'"),
        ({"week": "2026-03-03"}, "a Tuesday; expected the Monday"),
        ({"threads": 0}, "threads is 0"),
        ({"run_id": None}, "run_id is missing"),
        ({"features": []}, "features is empty"),
    ],
)
def test_parameters_that_cannot_be_used(change: dict[str, object], message: str) -> None:
    extras = {
        "week": "2026-03-02",
        "run_id": "r",
        "training_set_uri": "t",
        "models_uri": "m",
        "evaluation_uri": "e",
        "features": [{"name": "opens", "type": "numeric", "label": "opens", "theme": "social"}],
    }
    with pytest.raises(ProgramError, match=message):
        TrainingParameters.from_extras({**extras, **change})
