"""Judges one extract against its contract: every row is kept or quarantined, none is lost, none is counted twice."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from engage_assets.contracts import row_rules
from engage_assets.contracts.casting import Mask, cast_column
from engage_assets.contracts.model import ContractError, TableContract
from engage_assets.contracts.quarantine import quarantine_rows
from engage_assets.contracts.row_rules import Extract, Finding

# A few bad rows are the normal noise of an export. One row in twenty is a broken export: the remaining rows are then
# a biased sample of the customers, and a score for every account is no longer possible.
REFUSAL_SHARE = 0.05

# The order in which a row is judged: it is quarantined under the first rule that it breaks. Values come before what
# is derived from them; duplicates come last, so that the copy which is kept is the first one that is otherwise sound.
_ROW_RULES: dict[str, Callable[[Extract], Iterator[Finding]]] = {
    "null_key": row_rules.null_key,
    "null_value": row_rules.null_value,
    "non_finite": row_rules.non_finite,
    "out_of_range": row_rules.out_of_range,
    "unknown_category": row_rules.unknown_category,
    "wrong_week": row_rules.wrong_week,
    "future_timestamp": row_rules.future_timestamp,
    "outside_week": row_rules.outside_week,
    "broken_relation": row_rules.broken_relation,
    "unknown_customer": row_rules.unknown_customer,
}
RULES: tuple[str, ...] = ("wrong_type", *_ROW_RULES, "duplicate_key")


@dataclass(frozen=True)
class Validation:
    """The outcome for one extract.

    kept: sound rows in the extract's order, with the contract's columns and types. quarantined: the others
    (QUARANTINE_SCHEMA).
    counts: quarantined rows by rule, rules without rows left out. Rows in = rows kept + rows quarantined, checked here.
    """

    source_table: str
    kept: pa.Table
    quarantined: pa.Table
    rows_in: int
    counts: dict[str, int]

    def __post_init__(self) -> None:
        kept, quarantined = self.kept.num_rows, self.quarantined.num_rows
        if kept + quarantined != self.rows_in or sum(self.counts.values()) != quarantined:
            raise ContractError(
                f"{self.source_table}: {self.rows_in} rows in, {kept} kept, {quarantined} quarantined, "
                f"{sum(self.counts.values())} counted by rule; "
                "the accounting must close: report this as a defect of the validator"
            )

    @property
    def quarantined_share(self) -> float:
        """Quarantined rows over rows in, 0 for an empty extract."""
        return self.quarantined.num_rows / self.rows_in if self.rows_in else 0.0

    @property
    def refused(self) -> bool:
        """Whether so many rows are bad that the extract as a whole is not to be used."""
        return self.quarantined_share > REFUSAL_SHARE


class _Verdicts:
    """The first offence of each row, as an index into the findings; -1 while a row has none."""

    def __init__(self, rows: int) -> None:
        self.first: npt.NDArray[np.int32] = np.full(rows, -1, dtype=np.int32)
        self.findings: list[tuple[str, str, str]] = []

    def add(self, rule: str, column: str, repair: str, mask: Mask) -> None:
        new = mask & (self.first < 0)
        if new.any():
            self.first[new] = len(self.findings)
            self.findings.append((rule, column, repair))

    def counts(self) -> dict[str, int]:
        totals: dict[str, int] = {}
        for index, count in enumerate(np.bincount(self.first[self.first >= 0], minlength=len(self.findings))):
            rule = self.findings[index][0]
            totals[rule] = totals.get(rule, 0) + int(count)
        return totals


def _check_columns(table: TableContract, rows: pa.Table) -> None:
    """Refuses an extract with a missing, an unknown or a repeated column: no row of it can be judged."""
    names = rows.column_names
    missing = [name for name in table.columns if name not in names]
    unknown = [name for name in names if name not in table.columns]
    repeated = sorted({name for name in names if names.count(name) > 1})
    faults = []
    if missing:
        faults.append(f"missing {', '.join(missing)}")
    if unknown:
        faults.append(f"not in the contract: {', '.join(unknown)}")
    if repeated:
        faults.append(f"given twice: {', '.join(repeated)}")
    if faults:
        raise ContractError(
            f"{table.name}: the columns differ from the contract ({'; '.join(faults)}); "
            "correct the export, or describe the columns in the contract"
        )


def validate_extract(
    table: TableContract,
    rows: pa.Table,
    *,
    week: date,
    known_customers: pa.ChunkedArray | pa.Array | None = None,
) -> Validation:
    """Judges every row of one table's extract of one week.

    rows: the extract as delivered. week: the Monday of the partition. known_customers: customer_id of the kept rows
    of the table customers of the same week; needed by tables that reference customers, ignored by others. The rules
    run in the order of RULES; a row is quarantined once, under its first. Of several rows with one key, the first
    that is otherwise sound is kept and the rest are quarantined.
    Raises ContractError when the extract as a whole cannot be judged: columns missing, unknown or repeated, a week
    that is not a Monday, a reference to customers without the customers.
    """
    if week.weekday() != 0:
        raise ContractError(f"week {week.isoformat()} is a {week:%A}; a week is named by the Monday that opens it")
    if table.references_customers and known_customers is None:
        raise ContractError(f"{table.name} refers to customers; validate the customers of {week.isoformat()} first")
    _check_columns(table, rows)

    verdicts = _Verdicts(rows.num_rows)
    columns: dict[str, pa.ChunkedArray] = {}
    for contract in table.columns.values():
        columns[contract.name], uncastable = cast_column(rows[contract.name], contract.arrow_type)
        if uncastable is not None:
            repair = f"Write {contract.name} as {contract.type}" + (f" ({contract.unit})" if contract.unit else "")
            verdicts.add("wrong_type", contract.name, repair, uncastable)
    extract = Extract(table, columns, week, known_customers)
    for rule, find in _ROW_RULES.items():
        for finding in find(extract):
            verdicts.add(rule, finding.column, finding.repair, finding.mask)
    repeated = row_rules.repeated_keys(extract, verdicts.first < 0)
    if repeated is not None:
        repair = f"Remove the copy: the first sound row with this {', '.join(table.key)} was kept"
        verdicts.add("duplicate_key", table.key[0], repair, repeated)

    sound = verdicts.first < 0
    kept = pa.table(columns, schema=table.schema)
    return Validation(
        source_table=table.name,
        kept=kept if sound.all() else kept.filter(pa.array(sound)),
        quarantined=quarantine_rows(rows, verdicts.first, verdicts.findings, week=week, source_table=table.name),
        rows_in=rows.num_rows,
        counts=verdicts.counts(),
    )
