"""What can be learned from an extract of this size, before anything is trained: counts, and what they can show.

The figures are of the customers held out for validation, a quarter of them. Standard error of an AUC: Hanley and McNeil
(1982). Width of the calibration slope's interval: 2 x 1.96 / sqrt(n p (1 - p) v), with v the variance of the log-odds
of a model of AUC 0.75 (two normal classes: 2 z(0.75)^2).
"""

import math
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import duckdb

from engage_assets.extracts.contract import ExtractContract
from engage_assets.extracts.history_sql import preparation
from engage_assets.extracts.typed_rows import quoted, rows_of
from engage_assets.extracts.weeks import connected, week_range

HELD_OUT = 0.25
TYPICAL_AUC = 0.75
LOG_ODDS_VARIANCE = 0.91
Z = 1.959964
POWER_Z = 0.841621
MIN_LEAVERS = 30
"""Held-out leavers below which the gates on the model's rank order cannot tell."""
MAX_SLOPE_WIDTH = 0.4
"""Width of the slope's interval above which the calibration gate cannot tell."""
MIN_WEEKS_OF_HISTORY = 8
NO_WORTH = (
    "nothing tells what a customer pays: all are worth 0 and no action pays for itself. Give a column role money and "
    "as: revenue, or say monthly_revenue, what each of them is worth a month"
)


@dataclass
class Sufficiency:
    """The size of an extract, and what follows."""

    customers: int
    labelled: int
    leavers: int
    events: int = 0
    weeks: int = 0
    matured_weeks: int = 0
    tells_worth: bool = True
    missing: list[str] = field(default_factory=list)

    @property
    def leaver_share(self) -> float:
        """Leavers of those whose outcome is known."""
        return self.leavers / self.labelled if self.labelled else 0.0

    @property
    def held_out(self) -> tuple[float, float]:
        """Leavers and stayers among the customers held out."""
        return HELD_OUT * self.leavers, HELD_OUT * (self.labelled - self.leavers)

    @property
    def detectable_auc(self) -> float | None:
        """The smallest AUC that is told from chance with 80 % power; None without both classes."""
        leavers, stayers = self.held_out
        if leavers < 1 or stayers < 1:
            return None
        error = math.sqrt((leavers + stayers + 1) / (12 * leavers * stayers))
        return min(1.0, 0.5 + (Z + POWER_Z) * error)

    @property
    def auc_half_width(self) -> float | None:
        """Half the 95 % interval of an AUC of 0.75."""
        leavers, stayers = self.held_out
        if leavers < 1 or stayers < 1:
            return None
        auc, q1 = TYPICAL_AUC, TYPICAL_AUC / (2 - TYPICAL_AUC)
        q2 = 2 * auc**2 / (1 + auc)
        spread = auc * (1 - auc) + (leavers - 1) * (q1 - auc**2) + (stayers - 1) * (q2 - auc**2)
        return Z * math.sqrt(max(spread, 0.0) / (leavers * stayers))

    @property
    def slope_width(self) -> float | None:
        """Width of the interval of the calibration slope."""
        rows, share = HELD_OUT * self.labelled, self.leaver_share
        information = rows * share * (1 - share) * LOG_ODDS_VARIANCE
        return 2 * Z / math.sqrt(information) if information > 0 else None

    @property
    def nothing_to_learn(self) -> bool:
        """Whether one of the two outcomes is missing among the customers held out."""
        return self.detectable_auc is None

    @property
    def remedy(self) -> str:
        """What to do when nothing can be learned."""
        if not self.weeks:
            return "Check which values of the label mean left and stayed, or deliver more customers"
        if self.leavers < self.labelled / 2:
            return (
                "A shorter horizon_days finds more who were silent. If customers leave by a cancelled contract and not "
                "by silence, use a labelled snapshot"
            )
        return "A longer horizon_days finds more who came back"

    def findings(self) -> list[str]:
        """What can be trusted at this size, and what cannot, a sentence each."""
        found = list(self.missing)
        detectable, half, slope = self.detectable_auc, self.auc_half_width, self.slope_width
        if detectable is None or half is None or slope is None:
            return [*found, f"nothing can be learned: {self.leavers:,} of {self.labelled:,} left. {self.remedy}"]
        leavers = self.held_out[0]
        trusted = "can" if leavers >= MIN_LEAVERS else "cannot"
        found.append(
            f"ranking {trusted} be judged: about {leavers:,.0f} leavers held out; an AUC from {detectable:.2f} up is "
            f"told from chance, and one of {TYPICAL_AUC} is known to ±{half:.3f}"
        )
        known = "can" if slope <= MAX_SLOPE_WIDTH else "cannot"
        found.append(
            f"probabilities {known} be judged: the interval of the calibration slope is {slope:.2f} wide "
            f"(limit {MAX_SLOPE_WIDTH})"
        )
        return found

    def lines(self) -> list[str]:
        """The report, a line each."""
        counted = f"{self.customers:,} customers, {self.labelled:,} with a known outcome, {self.leaver_share:.1%} left"
        if self.weeks:
            counted += f"; {self.events:,} events in {self.weeks} weeks, {self.matured_weeks} of them with an outcome"
        return [counted, *self.findings(), *([] if self.tells_worth else [NO_WORTH])]


def sufficiency_of(contract: ExtractContract, folder: Path) -> Sufficiency:
    """The size of the ingested rows in `folder`; of a history, at its last week whose outcome is known."""
    with connected(folder) as connection:
        if contract.kind == "snapshot":
            return _of_snapshot(contract, folder, connection)
        for statement in preparation(contract, folder):
            connection.execute(statement)
        first, last = week_range(contract, folder, date.min)
        return _of_history(contract, connection, first, last)


def tells_worth(contract: ExtractContract) -> bool:
    """Whether anything says what customers pay."""
    return contract.monthly_revenue is not None or bool(contract.paid_columns)


def _of_snapshot(contract: ExtractContract, folder: Path, connection: duckdb.DuckDBPyConnection) -> Sufficiency:
    table = next(iter(contract.tables.values()))
    [label] = table.with_role("label")
    counted = connection.execute(
        f"select count(*), count({quoted(label)}), count(*) filter ({quoted(label)}) from {rows_of(folder, table)}"
    ).fetchone()
    customers, labelled, leavers = counted or (0, 0, 0)
    return Sufficiency(customers, labelled, leavers, tells_worth=tells_worth(contract))


def _of_history(
    contract: ExtractContract, connection: duckdb.DuckDBPyConnection, first: date, last: date
) -> Sufficiency:
    weeks = (last - first).days // 7 + 1
    matured = max(0, weeks - contract.outcome_weeks)
    as_of = last + timedelta(days=7) - timedelta(weeks=contract.outcome_weeks)
    before = as_of - timedelta(days=contract.horizon_days)
    after = as_of + timedelta(days=contract.horizon_days)
    counted = connection.execute(
        f"select (select count(*) from accounts), (select sum(event_count) from days), count(*), "
        "count(*) filter (not came_back) from (select customer_id, "
        f"bool_or(day >= date '{as_of}') as came_back from days where day >= date '{before}' and day < date '{after}' "
        f"group by customer_id having bool_or(day < date '{as_of}'))"
    ).fetchone()
    customers, events, labelled, leavers = counted or (0, 0, 0, 0)
    found = Sufficiency(customers, labelled, leavers, int(events or 0), weeks, matured, tells_worth(contract))
    needed = contract.training_weeks + MIN_WEEKS_OF_HISTORY
    if matured < needed:
        found.missing.append(
            f"{matured} weeks have an outcome (horizon {contract.horizon_days} days); {needed} are wanted: "
            f"{contract.training_weeks} to train on and {MIN_WEEKS_OF_HISTORY} of behaviour before them"
        )
    return found
