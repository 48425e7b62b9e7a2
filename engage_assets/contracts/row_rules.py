"""The rules that judge single rows. Each yields masks of offending rows, column by column, in the contract's order.

A rule sees the cast columns. Where nothing offends it yields nothing, so that a clean extract costs one pass over
each column. Nulls are judged by null_key and null_value only; every other rule leaves them alone.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from engage_assets.contracts.casting import Mask
from engage_assets.contracts.model import CUSTOMER_ID, WEEK, ColumnContract, TableContract

# Nothing in the platform is older; a default of 0001-01-01 or a wrong epoch is a fault of the export, and breaks
# arithmetic in nanoseconds downstream.
EARLIEST = datetime.fromisoformat("1970-01-01")

_COMPARISONS = {"<=": pc.greater, "<": pc.greater_equal, "==": pc.not_equal}


@dataclass(frozen=True)
class Finding:
    """Rows that offend one rule in one column."""

    mask: Mask
    column: str
    repair: str


@dataclass(frozen=True)
class Extract:
    """What the rules look at: the contract, the cast columns, the week, the customers known in it."""

    table: TableContract
    columns: dict[str, pa.ChunkedArray]
    week: date
    known_customers: pa.ChunkedArray | pa.Array | None

    @property
    def as_of(self) -> datetime:
        """Monday 00:00 UTC that closes the week."""
        return datetime.combine(self.week, time.min) + timedelta(days=7)

    def of_type(self, *types: str) -> Iterator[tuple[ColumnContract, pa.ChunkedArray]]:
        """The columns of the given contract types with their values."""
        for contract in self.table.columns.values():
            if contract.type in types:
                yield contract, self.columns[contract.name]


def _mask(offending: pa.ChunkedArray, *, null: bool = False) -> Mask | None:
    """The rows where ``offending`` is true, or None when there are none. Null counts as ``null``."""
    if offending.null_count:
        offending = pc.fill_null(offending, null)
    if not pc.any(offending, min_count=0).as_py():
        return None
    return np.asarray(offending.to_numpy(), dtype=bool)


def _findings(offending: pa.ChunkedArray, column: str, repair: str) -> Iterator[Finding]:
    mask = _mask(offending)
    if mask is not None:
        yield Finding(mask, column, repair)


def null_key(extract: Extract) -> Iterator[Finding]:
    """A key column is null, or empty text."""
    for contract in extract.table.columns.values():
        if contract.role != "key" and contract.name not in extract.table.key:
            continue
        values = extract.columns[contract.name]
        offending = pc.is_null(values)
        if contract.type == "string":
            offending = pc.or_(offending, pc.fill_null(pc.equal(values, ""), True))
        yield from _findings(
            offending, contract.name, f"Give {contract.name} a value: without it the row belongs to nobody"
        )


def null_value(extract: Extract) -> Iterator[Finding]:
    """A column that the contract does not declare nullable is null."""
    for contract in extract.table.columns.values():
        values = extract.columns[contract.name]
        if not contract.nullable and values.null_count:
            repair = f"Give {contract.name} a value, or declare it nullable in the contract"
            yield from _findings(pc.is_null(values), contract.name, repair)


def non_finite(extract: Extract) -> Iterator[Finding]:
    """A float is NaN or infinite."""
    for contract, values in extract.of_type("float"):
        remedy = "leave it empty" if contract.nullable else "correct the export"
        yield from _findings(pc.invert(pc.is_finite(values)), contract.name, f"Write a finite number, or {remedy}")


def _range_text(contract: ColumnContract) -> str:
    low = "no lower limit" if contract.minimum is None else f"at least {contract.minimum:,.10g}"
    high = "no upper limit" if contract.maximum is None else f"at most {contract.maximum:,.10g}"
    return f"{low}, {high}" + (f" ({contract.unit})" if contract.unit else "")


def _bound(limit: float, contract: ColumnContract) -> pa.Scalar:
    """The limit in the column's own type: comparing an int column with a float would copy it."""
    if contract.type == "int" and float(limit).is_integer() and abs(limit) < 2**63:
        return pa.scalar(int(limit), pa.int64())
    return pa.scalar(float(limit), pa.float64())


def out_of_range(extract: Extract) -> Iterator[Finding]:
    """A number is outside its minimum and maximum, or a timestamp before 1970."""
    for contract, values in extract.of_type("int", "float"):
        if contract.minimum is None and contract.maximum is None:
            continue
        extremes = pc.min_max(values).as_py()
        low, high = extremes["min"], extremes["max"]
        repair = f"Correct the value ({_range_text(contract)}), or change the range in the contract"
        if contract.minimum is not None and low is not None and low < contract.minimum:
            yield from _findings(pc.less(values, _bound(contract.minimum, contract)), contract.name, repair)
        if contract.maximum is not None and high is not None and high > contract.maximum:
            yield from _findings(pc.greater(values, _bound(contract.maximum, contract)), contract.name, repair)
    for contract, values in extract.of_type("timestamp"):
        earliest = pa.scalar(EARLIEST, contract.arrow_type)
        yield from _findings(pc.less(values, earliest), contract.name, "Write the true time in UTC; it is before 1970")


def unknown_category(extract: Extract) -> Iterator[Finding]:
    """Text that is not one of the contract's categories. Case and spaces count."""
    for contract, values in extract.of_type("string"):
        if contract.categories is not None:
            known = pc.is_in(values, value_set=pa.array(contract.categories))
            offending = pc.and_(pc.invert(known), pc.is_valid(values))
            repair = f"Use one of {', '.join(contract.categories)}, or add the category to the contract"
            yield from _findings(offending, contract.name, repair)


def wrong_week(extract: Extract) -> Iterator[Finding]:
    """The row says another week than the extract it is in."""
    repair = f"Move the row to the extract of its week, or correct its week to {extract.week.isoformat()}"
    yield from _findings(pc.not_equal(extract.columns[WEEK], pa.scalar(extract.week, pa.date32())), WEEK, repair)


def future_timestamp(extract: Extract) -> Iterator[Finding]:
    """A time after as_of: the extract of a week cannot know it."""
    repair = f"Remove or correct the value: this extract knows nothing after {extract.as_of:%Y-%m-%d %H:%M} UTC"
    for contract, values in extract.of_type("timestamp", "date"):
        if contract.name != WEEK:
            limit = extract.as_of if contract.type == "timestamp" else extract.as_of.date()
            yield from _findings(pc.greater(values, pa.scalar(limit, contract.arrow_type)), contract.name, repair)


def outside_week(extract: Extract) -> Iterator[Finding]:
    """A time that belongs to the week lies before its Monday (after its end is future_timestamp)."""
    opened = extract.as_of - timedelta(days=7)
    repair = f"Correct the time: it belongs to the week that opens {extract.week.isoformat()} 00:00 UTC"
    for contract, values in extract.of_type("timestamp"):
        if contract.inside_week:
            yield from _findings(pc.less(values, pa.scalar(opened, contract.arrow_type)), contract.name, repair)


def broken_relation(extract: Extract) -> Iterator[Finding]:
    """Two columns of a row contradict each other."""
    for relation in extract.table.relations:
        offending = _COMPARISONS[relation.operator](extract.columns[relation.left], extract.columns[relation.right])
        repair = f"{relation.repair} ({relation.left} {relation.operator} {relation.right} must hold)"
        yield from _findings(offending, relation.left, repair)


def unknown_customer(extract: Extract) -> Iterator[Finding]:
    """The customer is not among the week's accepted customers."""
    if extract.table.references_customers and extract.known_customers is not None:
        values = extract.columns[CUSTOMER_ID]
        known = extract.known_customers.cast(pa.string())
        repair = (
            "Deliver the customer in the customers extract of the same week, repair that row if it is in quarantine, "
            "or correct the id"
        )
        yield from _findings(pc.invert(pc.is_in(values, value_set=known)), CUSTOMER_ID, repair)


def repeated_keys(extract: Extract, candidates: Mask) -> Mask | None:
    """True where a candidate row repeats the key of an earlier candidate row; None when no key repeats.

    The week is left out of the key: by now every candidate has the same one.
    """
    key = [name for name in extract.table.key if name != WEEK]
    if not key:
        codes = np.zeros(int(candidates.sum()), dtype=np.int64)
    else:
        codes = _codes(extract.columns[key[0]], candidates)
        for name in key[1:]:
            others = _codes(extract.columns[name], candidates)
            combined = pa.array(codes * (int(others.max(initial=0)) + 1) + others)
            codes = combined.dictionary_encode().indices.to_numpy().astype(np.int64)
    if codes.size == 0 or int(codes.max()) + 1 == codes.size:
        return None
    # Codes are given in the order of first appearance: a code that is not a new maximum has been seen before.
    seen = np.concatenate(([-1], np.maximum.accumulate(codes)[:-1]))
    repeated = np.zeros(candidates.size, dtype=bool)
    repeated[np.flatnonzero(candidates)[codes <= seen]] = True
    return repeated


def _codes(values: pa.ChunkedArray, candidates: Mask) -> npt.NDArray[np.int64]:
    if not candidates.all():
        values = values.filter(pa.array(candidates))
    encoded = values.combine_chunks().dictionary_encode()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.unify_dictionaries().combine_chunks()
    return np.asarray(encoded.indices.to_numpy(zero_copy_only=False), dtype=np.int64)
