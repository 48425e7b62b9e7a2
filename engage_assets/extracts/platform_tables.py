"""The platform's four weekly tables as a user's contract fills them."""

from collections.abc import Mapping
from typing import Any

from engage_assets.contracts.loading import load_contract
from engage_assets.contracts.model import ColumnContract, Contract, TableContract
from engage_assets.extracts.contract import SENSITIVE_SLOTS, ExtractColumn, ExtractContract
from engage_assets.extracts.features import (
    ACTIVE_DAYS,
    EVENTS,
    kind_of,
    profile_columns,
    sum_names,
    summed_columns,
    weekly_columns,
)

REVENUE = "revenue_30d"


def platform_contract_of(contract: ExtractContract) -> Contract:
    """The contract of customers, activity, billing and campaign_contacts for this extract."""
    words = contract.words.get("customers", "customers")
    tables = {
        "customers": _table(
            "customers", f"One row per {words[:-1] if words.endswith('s') else words} and week.", _customers(contract)
        ),
        "activity": _table(
            "activity",
            "What each customer did in the week; a row of zeros when nothing.",
            _activity(contract),
            references=True,
        ),
        "billing": _table("billing", "What each customer paid.", _billing(contract), references=True),
        "campaign_contacts": load_contract().tables["campaign_contacts"],
    }
    return Contract(name=contract.name, tables=tables)


def _table(name: str, description: str, columns: list[ColumnContract], *, references: bool = False) -> TableContract:
    return TableContract(
        name=name,
        description=description,
        key=("customer_id", "week"),
        references_customers=references,
        columns={column.name: column for column in columns},
    )


def _keys() -> list[ColumnContract]:
    return [
        _column("customer_id", "string", "key", "The customer"),
        _column("week", "date", "time", "The Monday that opens the week"),
    ]


def _customers(contract: ExtractContract) -> list[ColumnContract]:
    slots = {slot: _slot_words(contract, slot) for slot in (*SENSITIVE_SLOTS, "plan_group", "customer_group")}
    columns = [
        *_keys(),
        _column("signup_at", "timestamp", "time", "When the customer was first known"),
        _column("last_seen_at", "timestamp", "time", "The latest activity before as_of", nullable=True),
        *(
            _column(slot, "string", "sensitive" if slot in SENSITIVE_SLOTS else "profile", words, nullable=True)
            for slot, words in slots.items()
        ),
        *(_from_user(contract, column) for column in profile_columns(contract)),
    ]
    if contract.kind == "snapshot":
        columns.append(_column("churned", "bool", "label", "The label as delivered", nullable=True))
    else:
        for name in (ACTIVE_DAYS, EVENTS, *(c.name for c in summed_columns(contract))):
            columns += [_column(each, "float", "behaviour", f"{name} {words}") for each, words in sum_names(name)]
    return columns


def _slot_words(contract: ExtractContract, slot: Any) -> str:
    given = contract.slot(slot)
    return given[0].description or given[0].label if given else "Not part of this extract"


def _activity(contract: ExtractContract) -> list[ColumnContract]:
    return [
        *_keys(),
        _column(ACTIVE_DAYS, "int", "behaviour", "Days of the week with any activity"),
        _column("first_active_at", "timestamp", "time", "First activity of the week", nullable=True),
        _column("last_active_at", "timestamp", "time", "Last activity of the week", nullable=True),
        *(_from_user(contract, column) for column in weekly_columns(contract, "behaviour")),
    ]


def _billing(contract: ExtractContract) -> list[ColumnContract]:
    span = f"{contract.horizon_days} days" if contract.kind == "history" else "month"
    return [
        *_keys(),
        _column(REVENUE, "float", "money", f"Revenue of the last {span}, {contract.currency}"),
        *(_from_user(contract, column) for column in weekly_columns(contract, "money")),
    ]


def _from_user(contract: ExtractContract, column: ExtractColumn) -> ColumnContract:
    roles: Mapping[str, Any] = {"behaviour": "behaviour", "money": "money", "category": "profile"}
    words = column.description or column.label
    return _column(column.name, kind_of(contract, column), roles[column.role], words, nullable=True)


def _column(name: str, kind: Any, role: Any, description: str, *, nullable: bool = False) -> ColumnContract:
    return ColumnContract(name=name, type=kind, role=role, description=description, nullable=nullable)
