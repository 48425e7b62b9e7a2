"""What contacting customers is worth: the riskiest shares of this week, the initiatives ranked by expected value."""

from dataclasses import dataclass

from engage_reports.frames import Tables, number, ratio, rows, text


@dataclass(frozen=True)
class Reach:
    """The riskiest share of this week's active customers."""

    share: float
    customers: float
    leavers: float
    value_at_risk_usd: float

    @property
    def false_alarms(self) -> float:
        """Customers of the share who are expected to stay."""
        return self.customers - self.leavers


@dataclass(frozen=True)
class Initiative:
    """One action for the customers of one segment who are on this week's list."""

    action: str
    channel: str
    segment: str
    customers: float
    cost_usd: float
    value_usd: float
    leavers: float
    saved: float

    @property
    def value_at_half_effect(self) -> float:
        """The value after cost if the action works half as well as assumed."""
        return (self.value_usd + self.cost_usd) * 0.5 - self.cost_usd

    @property
    def break_even(self) -> float:
        """The share of the assumed effect at which the action just pays for itself."""
        return ratio(self.cost_usd, self.value_usd + self.cost_usd)


def reach(tables: Tables) -> tuple[Reach, ...]:
    """The riskiest shares, smallest first; empty when nobody is active."""
    name = "analytics.contact_list"
    if not tables.has_rows(name):
        return ()
    columns = ("share_contacted", "customers", "expected_leavers", "value_at_risk_usd")
    made = [Reach(*(number(row, column, "Contact list") for column in columns)) for row in rows(tables, name, columns)]
    return tuple(sorted(made, key=lambda each: each.share))


def initiatives(tables: Tables) -> tuple[Initiative, ...]:
    """The initiatives, highest expected value first; empty when there are no actions."""
    name = "analytics.initiatives"
    if not tables.has_rows(name):
        return ()
    figures = ("customers", "cost_usd", "value_usd", "expected_leavers", "expected_saved")
    made = [
        Initiative(
            text(row, "action_name", text(row, "recommended_action")),
            text(row, "channel"),
            text(row, "segment"),
            *(number(row, column, f"Initiative {row['recommended_action']}") for column in figures),
        )
        for row in rows(tables, name, ("recommended_action", "action_name", "channel", "segment", *figures))
    ]
    return tuple(sorted(made, key=lambda each: -each.value_usd))
