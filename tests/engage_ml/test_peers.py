import numpy as np
import pytest

from engage_ml.errors import ProgramError
from engage_ml.feature_matrix import FeatureMatrix
from engage_ml.parameters import Feature, read_features
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
    assert kinds.tolist() == [0, 1, 2]
    assert peers.mean[0, 0] < peers.mean[1, 0]
    np.testing.assert_allclose(peers.mean[[1, 2], 0], opens.mean(), rtol=1e-5)


def test_without_a_marked_feature_only_activity_counts() -> None:
    matrix = FeatureMatrix((OPENS,))
    active = np.arange(4 * FEWEST) % 2 == 0
    contributions = np.where(active, -0.4, 0.9).astype(np.float32)[None, :]
    x = np.ones((1, len(active)), np.float32)
    peers = Peers.from_bytes(fit_peers(contributions, x, active, matrix).to_bytes())
    np.testing.assert_allclose(peers.take_off(contributions.copy(), x, active), 0, atol=1e-6)


@pytest.mark.parametrize("names", [["opens"], ["side", "tier"]])
def test_only_one_category_can_mark_the_peers(names: list[str]) -> None:
    listed = [
        {"name": "opens", "type": "numeric", "theme": "social"},
        {"name": "side", "type": "category", "theme": "profile", "categories": ["a"]},
        {"name": "tier", "type": "category", "theme": "profile", "categories": ["a"]},
    ]
    with pytest.raises(ProgramError, match="peers is set for"):
        read_features([{**each, "peers": each["name"] in names} for each in listed])
