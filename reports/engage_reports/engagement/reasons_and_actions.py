"""Why customers leave, which of them have the most to lose, and what is recommended."""

from dataclasses import dataclass

from engage_reports.frames import Tables, number, ratio, rows, text

NO_ACTION = "none"


@dataclass(frozen=True)
class Driver:
    """A theme among the top reasons of a population (all | at_risk), pushing the risk one way (raises | lowers)."""

    population: str
    theme: str
    direction: str
    customers: float
    customer_share: float
    contribution: float
    example: str


@dataclass(frozen=True)
class Input:
    """An input of the churn model and its share of the total importance."""

    label: str
    theme: str
    share: float


@dataclass(frozen=True)
class ActionLine:
    """One action of the catalogue this week. ``customers`` includes the holdout, cost and value do not."""

    name: str
    channel: str
    customers: float
    holdout: float
    cost_usd: float
    value_usd: float
    churn_probability: float

    @property
    def contacted(self) -> float:
        """Customers on the action list: the holdout is left out."""
        return self.customers - self.holdout

    @property
    def value_per_dollar(self) -> float | None:
        """Expected value after cost for each dollar; None when it costs nothing."""
        return self.value_usd / self.cost_usd if self.cost_usd > 0 else None


@dataclass(frozen=True)
class RiskyCustomer:
    """One line of the customers with the most value at risk."""

    rank: float
    customer_id: str
    segment: str
    churn_probability: float
    ltv_usd: float
    value_at_risk_usd: float
    reason: str
    action: str


def drivers(tables: Tables) -> tuple[Driver, ...]:
    """The themes of the reasons, most customers first."""
    columns = ("population", "theme", "direction", "customers", "customer_share", "mean_contribution", "example_reason")
    made = [
        Driver(
            population=text(row, "population"),
            theme=text(row, "theme"),
            direction=text(row, "direction"),
            customers=number(row, "customers", f"Driver {row['theme']}"),
            customer_share=number(row, "customer_share", f"Driver {row['theme']}"),
            contribution=number(row, "mean_contribution", f"Driver {row['theme']}"),
            example=text(row, "example_reason", "no example"),
        )
        for row in rows(tables, "analytics.churn_drivers", columns)
    ]
    return tuple(sorted(made, key=lambda driver: -driver.customer_share))


def inputs(tables: Tables) -> tuple[Input, ...]:
    """The churn model's inputs, most important first."""
    found = [
        r
        for r in rows(tables, "analytics.importance", ("model", "label", "theme", "importance"))
        if r["model"] == "churn"
    ]
    total = sum(number(row, "importance", f"Importance of {row['label']}") for row in found)
    made = [
        Input(text(r, "label"), text(r, "theme"), ratio(number(r, "importance", "Importance"), total)) for r in found
    ]
    return tuple(sorted(made, key=lambda each: -each.share))


def actions(tables: Tables) -> tuple[ActionLine, ...]:
    """The actions of the week, highest expected value first; "none" is not an action."""
    figures = ("customers", "holdout_customers", "action_cost_usd", "expected_action_value_usd")
    columns = ("recommended_action", "action_name", "channel", *figures, "mean_churn_probability")
    made = [
        ActionLine(
            name=text(row, "action_name", text(row, "recommended_action")),
            channel=text(row, "channel", "none"),
            customers=number(row, "customers", f"Action {row['recommended_action']}"),
            holdout=number(row, "holdout_customers", f"Action {row['recommended_action']}"),
            cost_usd=number(row, "action_cost_usd", f"Action {row['recommended_action']}"),
            value_usd=number(row, "expected_action_value_usd", f"Action {row['recommended_action']}"),
            churn_probability=number(row, "mean_churn_probability", f"Action {row['recommended_action']}"),
        )
        for row in rows(tables, "analytics.recommended_actions", columns)
        if text(row, "recommended_action") != NO_ACTION
    ]
    return tuple(sorted(made, key=lambda action: -action.value_usd))


def at_risk(tables: Tables) -> tuple[RiskyCustomer, ...]:
    """The customers with the most value at risk, by rank."""
    figures = ("churn_probability", "expected_ltv_12m_usd", "value_at_risk_usd")
    columns = ("risk_rank", "customer_id", "segment", *figures, "reason_1", "recommended_action")
    names = _action_names(tables)
    made = [
        RiskyCustomer(
            rank=number(row, "risk_rank", "At-risk list"),
            customer_id=text(row, "customer_id"),
            segment=text(row, "segment"),
            churn_probability=number(row, "churn_probability", "At-risk list"),
            ltv_usd=number(row, "expected_ltv_12m_usd", "At-risk list"),
            value_at_risk_usd=number(row, "value_at_risk_usd", "At-risk list"),
            reason=text(row, "reason_1", "no reason"),
            action=names.get(text(row, "recommended_action", NO_ACTION), text(row, "recommended_action", NO_ACTION)),
        )
        for row in rows(tables, "analytics.at_risk_customers", columns)
    ]
    return tuple(sorted(made, key=lambda customer: customer.rank))


def _action_names(tables: Tables) -> dict[str, str]:
    """What each action is called, as everywhere else in the report."""
    columns = ("recommended_action", "action_name")
    found = rows(tables, "analytics.recommended_actions", columns)
    return {text(row, columns[0]): text(row, columns[1], text(row, columns[0])) for row in found}
