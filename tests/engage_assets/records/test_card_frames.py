"""What the report's model card takes from the registry."""

from engage_assets.records.card_frames import card_frames
from engage_assets.resources.lake import LocalLake

CARD = {"data": {"training_rows": 10, "validation_rows": 4}, "features": ["a", "b"]}
BY_GROUP = {
    "attribute": "gender", "leavers_common": 858, "leavers_by_group": 854, "revenue_reached_common_usd": 7259.5,
    "revenue_reached_by_group_usd": 7221.5, "smallest_ratio_common": 0.75, "smallest_ratio_by_group": 1.0,
}  # fmt: skip


def test_the_frames_of_a_version(tmp_path):
    registry = LocalLake(root=str(tmp_path))
    registry.write_json("v/card.json", CARD)
    registry.write_json("v/evidence.json", {"mitigation": {"thresholds_by_group": [BY_GROUP]}})
    frames = card_frames(registry, "v")
    assert frames["records.training"].to_dict("records") == [{"training_rows": 10, "validation_rows": 4, "features": 2}]
    assert len(frames["records.mitigation"]) == 1


def test_a_version_whose_files_are_gone_has_no_frames(tmp_path):
    assert card_frames(LocalLake(root=str(tmp_path)), "v") == {}
