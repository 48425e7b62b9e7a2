"""What to do about each customer: the catalogue of actions and the rule that picks one. Pure: tables in, table out."""

from engage_assets.actions.catalogue import (
    DEFAULT_CATALOGUE,
    NO_ACTION,
    THEMES,
    Action,
    ActionError,
    Catalogue,
    Condition,
    load_catalogue,
    read_catalogue,
)
from engage_assets.actions.choice import DECISIONS_SCHEMA, Decisions, choose_actions
from engage_assets.actions.holdout import HOLDOUT_SHARE, holdout_mask
from engage_assets.actions.options import Option, weigh_options

__all__ = [
    "DECISIONS_SCHEMA",
    "DEFAULT_CATALOGUE",
    "HOLDOUT_SHARE",
    "NO_ACTION",
    "THEMES",
    "Action",
    "ActionError",
    "Catalogue",
    "Condition",
    "Decisions",
    "Option",
    "choose_actions",
    "holdout_mask",
    "load_catalogue",
    "read_catalogue",
    "weigh_options",
]
