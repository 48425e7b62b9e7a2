"""Why an action was chosen: every action's value for one customer, and what speaks against those that are not open."""

from dataclasses import dataclass

import pyarrow as pa

from engage_assets.actions.catalogue import Action, Catalogue, Condition
from engage_assets.actions.choice import effects_of, reason_weights, satisfies


@dataclass(frozen=True)
class Option:
    """An action for one customer. ``value_usd`` is what it is expected to bring less its cost.

    ``unmet`` names the conditions that the customer does not satisfy; with any of them the action is not open.
    """

    action: Action
    effect: float
    value_usd: float
    unmet: tuple[str, ...]

    @property
    def is_open(self) -> bool:
        """Whether the customer may get it."""
        return not self.unmet


def weigh_options(prediction: pa.Table, features: pa.Table, catalogue: Catalogue) -> list[Option]:
    """All actions of the catalogue for one customer, the open ones first, by value.

    prediction, features: one row each, as ``choose_actions`` takes them.
    """
    codes, weights = reason_weights(prediction)
    row = prediction.to_pylist()[0]
    at_stake = row["churn_probability"] * row["expected_ltv_12m_usd"]
    options = []
    for action in catalogue.actions:
        effect = float(effects_of(action, codes, weights)[0])
        unmet = tuple(
            _said(condition, features)
            for condition in action.eligible_when
            if not satisfies(condition, features, action)[0]
        )
        options.append(Option(action, effect, at_stake * effect - action.cost_usd, unmet))
    return sorted(options, key=lambda option: (not option.is_open, -option.value_usd))


def _said(condition: Condition, features: pa.Table) -> str:
    found = features[condition.column][0].as_py()
    return f"{condition.column} is {found}; must be {condition.operator} {condition.value}"
