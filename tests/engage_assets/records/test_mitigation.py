"""The price of mitigation: what the selected tenth gains or loses by it."""

from engage_assets.records.mitigation import mitigation_prices

BY_GROUP = {
    "attribute": "gender", "leavers_common": 858, "leavers_by_group": 854, "revenue_reached_common_usd": 7259.5,
    "revenue_reached_by_group_usd": 7221.5, "smallest_ratio_common": 0.75, "smallest_ratio_by_group": 1.0,
}  # fmt: skip


def test_a_price_is_the_difference_that_mitigation_makes():
    [price] = mitigation_prices({"thresholds_by_group": [BY_GROUP]})
    assert (price["attribute"], price["leavers_change"], price["ratio_change"]) == ("gender", -4, 0.25)
    assert (price["revenue_change_usd"], price["auc_change"]) == (-38.0, 0.0)
    difference = {"auc": -0.001, "leavers_reached": -3.0, "revenue_reached_usd": 12.5, "smallest_ratio": 0.02}
    [used] = mitigation_prices({"reweighting": {"attribute": "location", "difference": difference}})
    assert (used["mitigation"], used["leavers_change"]) == ("Training rows reweighted (in use)", -3.0)
    assert used["auc_change"] == -0.001
    assert mitigation_prices({}) == []
