import numpy as np

from engage_ml.feature_matrix import FeatureMatrix
from engage_ml.parameters import Feature
from engage_ml.peers import FEWEST, Peers, fit_peers

SIDE = Feature("side", "category", "side of the app", "profile", ("social", "dating"), peers=True)
OPENS = Feature("opens", "numeric", "opens", "activity_level")
MATRIX = FeatureMatrix((OPENS, SIDE))


def encoded(sides: list[str | None]) -> np.ndarray:
    rows = [[1.0, side == "social", side == "dating"] for side in sides]
    return np.array(rows, np.float32).T


def test_peers_are_equally_active_and_on_the_same_side() -> None:
    sides = ["social", "dating"] * (2 * FEWEST)
    active = np.arange(4 * FEWEST) % 4 < 2
    opens = np.where(active, 1.0, -1.0) + np.where(np.array(sides) == "social", 0.25, 0.0)
    peers = fit_peers(np.array([opens, 0 * opens], np.float32), encoded(sides), active, MATRIX)
    left = peers.take_off(np.array([opens + 0.5, 0 * opens], np.float32), encoded(sides), active)
    np.testing.assert_allclose(left[0], 0.5, atol=1e-6)


def test_an_unknown_side_and_a_rare_one_are_compared_with_all_who_are_equally_active() -> None:
    sides: list[str | None] = ["social"] * (FEWEST * 3) + ["dating"] * (FEWEST - 1)
    active = np.ones(len(sides), bool)
    opens = np.linspace(0, 1, len(sides), dtype=np.float32)
    peers = fit_peers(np.array([opens, opens]), encoded(sides), active, MATRIX)
    kinds = peers.kind(encoded(["social", "dating", None]), np.array([True, True, True]))
    assert len(set(kinds.tolist())) == 3
    common, rare, unknown = peers.mean[kinds, 0]
    assert common < rare
    np.testing.assert_allclose([rare, unknown], opens.mean(), rtol=1e-5)


def test_without_a_marked_feature_only_activity_counts() -> None:
    matrix = FeatureMatrix((OPENS,))
    active = np.arange(4 * FEWEST) % 2 == 0
    contributions = np.where(active, -0.4, 0.9).astype(np.float32)[None, :]
    x = np.ones((1, len(active)), np.float32)
    peers = Peers.from_bytes(fit_peers(contributions, x, active, matrix).to_bytes())
    np.testing.assert_allclose(peers.take_off(contributions.copy(), x, active), 0, atol=1e-6)


def test_a_marked_number_says_who_is_the_standard() -> None:
    days = Feature("active_days", "numeric", "active days", "activity_level", peers=True)
    matrix = FeatureMatrix((days, SIDE))
    x = np.array([[0, 5, 0, 2] * FEWEST, [1] * 4 * FEWEST, [0] * 4 * FEWEST], np.float32)
    active = np.ones(4 * FEWEST, bool)
    contributions = np.where(x[:1] == 0, 0.8, -0.2).repeat(2, axis=0).astype(np.float32)
    peers = fit_peers(contributions, x, active, matrix)
    left = peers.take_off(contributions.copy(), x, active)
    np.testing.assert_allclose(left[0], np.where(x[0] == 0, 1.0, 0.0), atol=1e-5)
    assert peers.typical[peers.kind(x, active)[0], 0] == 3.5
