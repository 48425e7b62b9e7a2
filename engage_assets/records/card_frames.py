"""What the engagement report's model card takes from the registry: the data a version was trained on, and what
mitigation does or would cost. Everything else on that page is in the published tables.
"""

from typing import TYPE_CHECKING, Any

from engage_assets.resources.lake import Lake

if TYPE_CHECKING:
    import pandas as pd


def card_frames(registry: Lake, version: str) -> "dict[str, pd.DataFrame]":
    """The frames ``records.training`` and ``records.mitigation`` of a version; empty when its files are not there."""
    import pandas as pd

    try:
        card, evidence = (registry.read_json(f"{version}/{name}.json") for name in ("card", "evidence"))
    except FileNotFoundError:
        return {}
    training = {**card["data"], "features": len(card["features"])}
    prices = mitigation_prices(evidence.get("mitigation") or {})
    return {
        "records.training": pd.DataFrame([training]),
        **({"records.mitigation": pd.DataFrame(prices)} if prices else {}),
    }


def mitigation_prices(mitigation: dict[str, Any]) -> list[dict[str, Any]]:
    """One row for each way of mitigation that was measured: what the selected tenth gains or loses by it."""
    found = []
    if price := mitigation.get("reweighting"):
        change = price["difference"]
        found.append(
            {
                "mitigation": "Reweighted training (in use)",
                "attribute": price["attribute"],
                "leavers_change": change["leavers_reached"],
                "revenue_change_usd": change["revenue_reached_usd"],
                "ratio_change": change["smallest_ratio"],
            }
        )
    found += [
        {
            "mitigation": "A threshold for each group",
            "attribute": row["attribute"],
            "leavers_change": row["leavers_by_group"] - row["leavers_common"],
            "revenue_change_usd": row["revenue_reached_by_group_usd"] - row["revenue_reached_common_usd"],
            "ratio_change": row["smallest_ratio_by_group"] - row["smallest_ratio_common"],
        }
        for row in mitigation.get("thresholds_by_group", [])
    ]
    return found
