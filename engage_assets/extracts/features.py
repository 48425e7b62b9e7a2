"""Which features follow from a contract: the columns themselves, their trends, and the sums over longer windows."""

from dataclasses import dataclass
from typing import Any

from engage_assets.contracts.model import ColumnType
from engage_assets.extracts.contract import DEFAULT_THEMES, ExtractColumn, ExtractContract, ExtractTable

TREND_SUFFIXES = {
    "mean_4w": ("mean of four weeks", "activity_level"),
    "delta_1w": ("change in a week", "activity_trend"),
    "delta_4w": ("change in four weeks", "activity_trend"),
    "ratio_4w": ("against the four weeks before", "activity_trend"),
}
WINDOWS = (13, 26, 52)
"""Weeks of the longer sums: a quarter, half a year, a year."""
SQL_TYPES = {
    "string": "varchar",
    "int": "bigint",
    "float": "double",
    "bool": "boolean",
    "date": "date",
    "timestamp": "timestamp",
}

EVENTS = "event_count"
ACTIVE_DAYS = "active_days"


@dataclass(frozen=True)
class Feature:
    """One column of customer_features that the models learn from."""

    name: str
    data_type: str
    type: str
    label: str
    theme: str
    description: str
    categories: tuple[str, ...] = ()

    @property
    def meta(self) -> dict[str, Any]:
        """The meta of its column in dbt."""
        listed = {"categories": list(self.categories)} if self.categories else {}
        return {"role": "feature", "theme": self.theme, "label": self.label, "type": self.type, **listed}


def is_dynamic(contract: ExtractContract, table: ExtractTable) -> bool:
    """Whether a table's rows belong to weeks, so that its numbers change from week to week."""
    return contract.kind == "history" and table.grain != "customer"


def weekly_columns(contract: ExtractContract, *roles: str) -> list[ExtractColumn]:
    """The columns of tables whose rows belong to weeks; of a snapshot, those of its one table."""
    return [
        column
        for table in contract.tables.values()
        if is_dynamic(contract, table) or contract.kind == "snapshot"
        for column in table.columns.values()
        if column.role in roles
    ]


def kind_of(contract: ExtractContract, column: ExtractColumn) -> ColumnType:
    """A column's type in the platform's tables: yes or no in the rows of a history is counted by week."""
    counted = column.kind == "bool" and column.role == "behaviour" and contract.kind == "history"
    return "int" if counted and column in weekly_columns(contract, "behaviour") else column.kind


def profile_columns(contract: ExtractContract) -> list[ExtractColumn]:
    """The columns that are kept with the account: categories, and all features of a history's table of customers."""
    return [
        column
        for table in contract.tables.values()
        for column in table.columns.values()
        if column.role == "category" or (column.is_feature and contract.kind == "history" and table.grain == "customer")
    ]


def trend_columns(contract: ExtractContract) -> list[str]:
    """The behaviours that are compared with the weeks before."""
    if contract.kind == "snapshot":
        return []
    return [ACTIVE_DAYS, *(c.name for c in weekly_columns(contract, "behaviour") if c.trend)]


def summed_columns(contract: ExtractContract) -> list[ExtractColumn]:
    """The behaviours and amounts whose sums over longer windows mean something."""
    return [
        c for c in weekly_columns(contract, "behaviour", "money") if c.aggregate == "sum" and contract.kind == "history"
    ]


def sum_names(name: str) -> list[tuple[str, str]]:
    """The names of a column's longer sums, with their words."""
    return [(f"{name}_total", "since the beginning"), *((f"{name}_{w}w", f"in {w} weeks") for w in WINDOWS)]


def features_of(contract: ExtractContract) -> list[Feature]:
    """All features, in the order of the contract."""
    found = [
        _own(column, table, kind_of(contract, column))
        for table in contract.tables.values()
        for column in table.columns.values()
        if column.is_feature
    ]
    if contract.kind == "history":
        found += _of_history(contract)
    for name, model in contract.own_models.items():
        found += [_hand_written(name, column, dict(content)) for column, content in model.columns.items()]
    return found


def _own(column: ExtractColumn, table: ExtractTable, of_values: ColumnType) -> Feature:
    kind = "category" if of_values == "string" else "boolean" if of_values == "bool" else "numeric"
    return Feature(
        name=column.name,
        data_type=SQL_TYPES[of_values],
        type=kind,
        label=column.label,
        theme=column.theme or DEFAULT_THEMES[column.role],
        description=column.description or f"{column.source} of {table.name}",
        categories=column.categories if kind == "category" else (),
    )


def _of_history(contract: ExtractContract) -> list[Feature]:
    def number(name: str, label: str, theme: str, data_type: str = "double") -> Feature:
        return Feature(name, data_type, "numeric", label, theme, f"{label[:1].upper()}{label[1:]}")

    labels = {c.name: (c.label, c.theme) for c in weekly_columns(contract, "behaviour", "money")}
    labels |= {ACTIVE_DAYS: ("active days", None), EVENTS: ("events", None)}
    found = [
        number("days_since_last_active", "days since last seen", "recency", "bigint"),
        number("active_weeks_4w", "active weeks of the last four", "recency", "bigint"),
        number("tenure_days", "days since the first time seen", "tenure", "bigint"),
        number(ACTIVE_DAYS, "active days this week", "activity_level", "bigint"),
        number("active_share", "active days of all days since the first", "activity_level"),
        number("days_between_active", "days between active days, on average", "recency"),
        number("recency_ratio", "days since last seen, in usual gaps", "recency"),
    ]
    for name in trend_columns(contract):
        label, theme = labels[name]
        found += [
            number(f"{name}_{suffix}", f"{label}, {words}", kind if kind == "activity_trend" else theme or kind)
            for suffix, (words, kind) in TREND_SUFFIXES.items()
        ]
    for name in [ACTIVE_DAYS, EVENTS, *(c.name for c in summed_columns(contract))]:
        label, theme = labels[name]
        money = any(c.name == name and c.role == "money" for c in summed_columns(contract))
        for column, words in sum_names(name):
            found.append(number(column, f"{label} {words}", theme or ("spending" if money else "activity_level")))
    return found


def _hand_written(model: str, column: str, content: dict[str, Any]) -> Feature:
    return Feature(
        name=column,
        data_type=str(content.get("data_type", "double")),
        type=str(content.get("type", "numeric")),
        label=str(content.get("label", column.replace("_", " "))),
        theme=str(content.get("theme", "activity_level")),
        description=str(content.get("description", f"From the hand-written model {model}")),
        categories=tuple(str(value) for value in content.get("categories", ())),
    )
