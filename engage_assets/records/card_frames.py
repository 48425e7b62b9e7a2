"""What the engagement report's model card takes from the registry: the data a version was trained on, and what
mitigation does or would cost. Everything else on that page is in the published tables.
"""

from typing import TYPE_CHECKING

from engage_assets.records.mitigation import mitigation_prices
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
