"""What every asset of a stage shares: owner, kinds, freshness. Applied once, by mapping specs."""

from datetime import timedelta

import dagster as dg

DATA_TEAM = "team:data-engineering"
SCIENCE_TEAM = "team:data-science"
RETENTION_TEAM = "team:retention"

OWNERS = {
    "raw": DATA_TEAM,
    "accepted": DATA_TEAM,
    "staging": DATA_TEAM,
    "features": DATA_TEAM,
    "models": SCIENCE_TEAM,
    "tuning": SCIENCE_TEAM,
    "scores": SCIENCE_TEAM,
    "decisions": RETENTION_TEAM,
    "results": RETENTION_TEAM,
    "analytics": RETENTION_TEAM,
    "monitoring": SCIENCE_TEAM,
    "fairness": SCIENCE_TEAM,
    "answers": RETENTION_TEAM,
    "reports": RETENTION_TEAM,
    "exports": RETENTION_TEAM,
}
"""The owner of each layer, by the first part of the asset key."""

WEEKLY_FRESHNESS = dg.FreshnessPolicy.time_window(
    fail_window=timedelta(days=8), warn_window=timedelta(days=7, hours=12)
)
"""A weekly platform is late on day 8. A state shown in the interface, not a gate."""


def with_policy(spec: dg.AssetSpec) -> dg.AssetSpec:
    """The spec with its layer's owner and the weekly freshness policy."""
    owner = OWNERS.get(spec.key.path[0])
    return spec.replace_attributes(
        owners=[owner] if owner else [], freshness_policy=None if spec.key.path[0] == "staging" else WEEKLY_FRESHNESS
    )
