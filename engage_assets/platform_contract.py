"""What a home is about: the platform's own tables, or a user's extract. The one parameter of the pipeline.

A home that was begun with ``engage run --extract DIR --contract FILE`` holds a copy of the contract and the place
of the extract; every other home has the default contract, ``contracts/engage.yaml``.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import dagster as dg

from engage_assets.actions import Catalogue, load_catalogue, read_catalogue
from engage_assets.contracts import Contract, load_contract
from engage_assets.errors import InputError
from engage_assets.extracts import ExtractContract, load_extract_contract, platform_contract_of
from engage_assets.extracts.contract import Slot
from engage_assets.partitions import FIRST_WEEK, weekly
from engage_assets.settings import Settings

if TYPE_CHECKING:
    from engage_reports.house_words import Words

ALREADY_LEFT = {"column": "has_left", "operator": "==", "value": False}
"""Nobody is offered anything after leaving; added to every action of a user's catalogue."""


@dataclass(frozen=True)
class PlatformContract:
    """The weekly tables, and what the stages need to know beyond them.

    own: the user's contract; None for the platform's own. base: the folder or prefix of the user's extract.
    """

    tables: Contract
    catalogue: Catalogue
    own: ExtractContract | None = None
    base: str = ""
    horizon_days: int = 30
    outcome_weeks: int = 5
    first_week: date = FIRST_WEEK
    last_week: date | None = None
    currency: str = "USD"
    accepted_findings: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_own(self) -> bool:
        """Whether the home is about a user's extract."""
        return self.own is not None

    @property
    def label_is_given(self) -> bool:
        """Whether the outcome came with the extract, instead of being seen later."""
        return self.own is not None and self.own.kind == "snapshot"


def platform_contract(settings: Settings) -> PlatformContract:
    """The contract of a home."""
    record = settings.home / "extract.json"
    if not record.exists():
        return _default()
    return _own(str(record), record.stat().st_mtime_ns)


def weeks_partitions(settings: Settings) -> dg.WeeklyPartitionsDefinition:
    """The weeks of a home, as the partitions of its assets."""
    return weekly(platform_contract(settings).first_week)


def words_of(contract: PlatformContract) -> "Words | None":
    """The words of a user's contract; None for the platform's own."""
    own = contract.own
    if own is None:
        return None
    # Imported here: the reports bring a drawing library along, and most commands need none of it.
    from engage_reports.house_words import Words

    given = own.words.get("churn") or ("the label of the extract" if own.kind == "snapshot" else "")
    return Words(
        currency=own.currency,
        days=own.horizon_days,
        churn=given,
        customer=own.words.get("customer", "customer"),
        customers=own.words.get("customers", "customers"),
        knows_days=own.kind == "history",
        plan=_slot_label(own, "plan_group", "Plan"),
        group=_slot_label(own, "customer_group", "Group"),
        place="location",
    )


def _slot_label(own: ExtractContract, slot: Slot, otherwise: str) -> str:
    given = own.slot(slot)
    label = (given[0].label if given else "") or otherwise
    return label[:1].upper() + label[1:]


@cache
def _default() -> PlatformContract:
    return PlatformContract(tables=load_contract(), catalogue=load_catalogue())


@cache
def _own(record: str, _changed: int) -> PlatformContract:
    content = json.loads(Path(record).read_text())
    own = load_extract_contract(Path(record).with_name("contract.yaml"))
    return PlatformContract(
        tables=platform_contract_of(own),
        catalogue=catalogue_of(own, Path(record).with_name("contract.yaml")),
        own=own,
        base=content["base"],
        horizon_days=own.horizon_days,
        outcome_weeks=own.outcome_weeks,
        first_week=date.fromisoformat(content["first_week"]),
        last_week=date.fromisoformat(content["last_week"]),
        currency=own.currency,
        accepted_findings={str(gate): reason for gate, reason in own.accepted_findings.items()},
    )


def catalogue_of(own: ExtractContract, path: Path) -> Catalogue:
    """The user's actions. Raises InputError when there are none, or one makes no sense."""
    if not own.actions:
        raise InputError(
            f"{path} has no actions. Say under `actions` what can be done about a customer at risk, what it costs and "
            "what it changes; `engage init` proposes a first one."
        )
    actions = {
        name: {**action, "eligible_when": [*action.get("eligible_when", []), ALREADY_LEFT]}
        for name, action in own.actions.items()
    }
    return read_catalogue({"actions": actions}, path)
