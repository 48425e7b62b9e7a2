import numpy as np
import pytest

from engage_ml.feature_matrix import FeatureMatrix
from engage_ml.parameters import Feature
from engage_ml.reason_text import ReasonWriter, TypicalRanges, typical_ranges
from engage_ml.reasons import ReasonFinder

FEATURES = (
    Feature("opens", "numeric", "app opens a day", "activity_level"),
    Feature("sessions", "numeric", "sessions", "activity_level"),
    Feature("failures", "numeric", "failed charges", "payment"),
    Feature("tier", "category", "tier", "spending", ("Free", "Gold_Plus")),
    Feature("renews", "boolean", "automatic renewal", "payment"),
)
MATRIX = FeatureMatrix(FEATURES)


def test_contributions_are_summed_by_theme_and_ranked_by_size() -> None:
    contributions = np.array([[0.5], [-0.1], [-0.7], [0.2], [0.1]], np.float32)
    reasons = ReasonFinder(FEATURES).find(contributions)
    finder = ReasonFinder(FEATURES)
    assert [finder.themes[theme] for theme in reasons.theme[:, 0]] == ["payment", "activity_level", "spending"]
    np.testing.assert_allclose(reasons.contribution[:, 0], [-0.6, 0.4, 0.2], rtol=1e-6)
    assert [FEATURES[i].name for i in reasons.feature[:, 0]] == ["failures", "opens", "tier"]


def test_the_leading_feature_pushes_in_the_direction_of_its_theme() -> None:
    contributions = np.array([[0.6], [-0.7], [0.0], [0.0], [0.0]], np.float32)
    reasons = ReasonFinder(FEATURES).find(contributions)
    assert reasons.contribution[0, 0] == pytest.approx(-0.1)
    assert FEATURES[reasons.feature[0, 0]].name == "sessions"


def test_fewer_than_three_themes_give_reasons_without_weight() -> None:
    reasons = ReasonFinder(FEATURES[:2]).find(np.array([[0.5], [0.2]], np.float32))
    np.testing.assert_allclose(reasons.contribution[:, 0], [0.7, 0, 0], rtol=1e-6)
    assert reasons.theme.tolist() == [[0], [0], [0]]


def write(columns: list[float], feature: int) -> str:
    ranges = TypicalRanges(np.full(6, 1.0), np.full(6, 2.0), np.full(6, 5.0))
    x = np.array(columns, np.float32)[:, None]
    return str(ReasonWriter(MATRIX, ranges).write(x, np.array([feature]))[0])


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.3, "App opens a day: 0.3, low here"),
        (3.0, "App opens a day: 3, typical here"),
        (12345.6, "App opens a day: 12,300, high here"),
        (-2.444, "App opens a day: -2.44, low here"),
        (0.004, "App opens a day: 0, low here"),
        (9.999, "App opens a day: 10, high here"),
        (np.nan, "App opens a day: not known"),
    ],
)
def test_numbers_in_words(value: float, text: str) -> None:
    assert write([value, 0, 0, 0, 0, 0], 0) == text


def test_categories_and_booleans_in_words() -> None:
    assert write([0, 0, 0, 0, 1, 0], 3) == "Tier: Gold Plus"
    assert write([0, 0, 0, 0, 0, 0], 3) == "Tier: not known"
    assert write([0, 0, 0, 0, 0, 1], 4) == "Automatic renewal: yes"
    assert write([0, 0, 0, 0, 0, 0], 4) == "Automatic renewal: no"


def test_a_value_that_most_customers_have_is_typical() -> None:
    x = np.zeros((MATRIX.columns, 100), np.float32)
    x[0, :10] = 7
    ranges = typical_ranges(x)
    writer = ReasonWriter(MATRIX, ranges)
    assert writer.write(x[:, -1:], np.array([0]))[0].as_py() == "App opens a day: 0, typical here"
    assert writer.write(x[:, :1], np.array([0]))[0].as_py() == "App opens a day: 7, high here"
