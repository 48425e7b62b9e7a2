"""What mitigating an unfair selection costs, or would cost, from the evidence that training keeps of it."""

from typing import Any


def mitigation_prices(mitigation: dict[str, Any]) -> list[dict[str, Any]]:
    """One row for each way of mitigation that was measured: what the selected tenth gains or loses by it."""
    found = []
    if price := mitigation.get("reweighting"):
        change = price["difference"]
        found.append(
            {
                "mitigation": "Training rows reweighted (in use)",
                "attribute": price["attribute"],
                "auc_change": change["auc"],
                "leavers_change": change["leavers_reached"],
                "revenue_change_usd": change["revenue_reached_usd"],
                "ratio_change": change["smallest_ratio"],
            }
        )
    found += [
        {
            "mitigation": "A threshold for each group",
            "attribute": row["attribute"],
            "auc_change": 0.0,  # other customers are selected; their scores are the same
            "leavers_change": row["leavers_by_group"] - row["leavers_common"],
            "revenue_change_usd": row["revenue_reached_by_group_usd"] - row["revenue_reached_common_usd"],
            "ratio_change": row["smallest_ratio_by_group"] - row["smallest_ratio_common"],
        }
        for row in mitigation.get("thresholds_by_group", [])
    ]
    return found
