"""An answer: a sentence, a small table, the query, the week, and what the gates said of that week."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from typing import Any, Literal, Protocol

import pyarrow as pa

from engage_assets.assistant.catalogue import CataloguedQuestion, Chart, Value

Status = Literal["answered", "refused"]
Row = tuple[Any, ...]
SHARE_ENDINGS = ("_share", "_rate", "probability", "precision", "recall", "share_contacted")
MONEY = "usd"
MONEY_ENDINGS = ("_usd", "(usd")
"""Of columns, and of sums that a query of a language model gives no name."""
CUSTOMER_COLUMN = "customer_id"
SMALLEST_AMOUNT = 0.0001
"""Below it an amount would be shown in scientific notation."""
WEIGHT_COLUMNS = frozenset({"importance", "psi", "value"})


@dataclass(frozen=True)
class Answer:
    """What is said to a question. A refusal has no rows and no query, and offers the nearest questions."""

    question: str
    status: Status
    sentence: str
    question_id: str = ""
    title: str = ""
    definition: str = ""
    unit: str = ""
    columns: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()
    sql: str = ""
    week: str = ""
    gates: str = ""
    chart: Chart | None = None
    nearest: tuple[str, ...] = ()
    by_model: bool = False
    """Whether the sentence was written by a language model, from results of the same guarded queries."""
    currency: str = "USD"
    called: tuple[str, str] = ("customer", "customers")
    """What the user calls one customer, and several."""
    note: str = ""
    """What the reader must know beside it, such as that a language model failed."""
    parameters: Mapping[str, Value] = field(default_factory=dict)
    named: tuple[str, ...] = ()
    """The identifiers of customers that the question names, where they are not UUIDs."""

    def customers(self) -> frozenset[str]:
        """The identifiers of customers that it names."""
        places = [place for place, name in enumerate(self.columns) if name == CUSTOMER_COLUMN]
        return frozenset([*self.named, *(str(row[place]) for row in self.rows for place in places)])

    def as_json(self) -> dict[str, Any]:
        """The answer as plain JSON values; rows become records."""
        content = {**asdict(self), "chart": self.chart.model_dump() if self.chart else None}
        content["rows"] = [
            {name: plain_value(value) for name, value in zip(self.columns, row, strict=True)} for row in self.rows
        ]
        return content


class Assistant(Protocol):
    """Answers questions."""

    def ask(self, question: str) -> Answer:
        """The answer, or a refusal with the reason."""
        ...


def as_rows(table: pa.Table) -> tuple[Row, ...]:
    """The rows of a table; decimals, which sums of whole numbers are in DuckDB, as plain numbers.

    The one row of nulls that aggregates return when nothing fits the conditions is no row.
    """
    return tuple(
        tuple(_number(value) if isinstance(value, Decimal) else value for value in row.values())
        for row in table.to_pylist()
        if any(value is not None for value in row.values())
    )


def _number(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)


def plain_value(value: Any) -> Any:
    """A value that JSON can hold."""
    return value.isoformat() if isinstance(value, dt.date | dt.datetime) else value


def formatted(column: str, value: Any, currency: str = "USD") -> str:
    """A value as people read it, by the unit that its column's name ends in; ``_usd`` is the platform's currency."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dt.datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    if not isinstance(value, int | float):
        return str(value)
    if column == MONEY or column.removesuffix(")").endswith(MONEY_ENDINGS):
        if 0 < abs(value) < SMALLEST_AMOUNT:
            return f"less than {SMALLEST_AMOUNT} {currency}"
        if 0 < abs(value) < 0.1:
            return f"{value:.2g} {currency}"
        return f"{'-' if value < 0 else ''}{abs(value):,.2f} {currency}"
    if column.endswith(SHARE_ENDINGS) and not isinstance(value, int):
        return f"{value * 100:.1f} %"
    if isinstance(value, int):
        return f"{value:,}"
    shown = f"{value:,.1f}" if abs(value) >= 100 else f"{value:.4g}"
    # A mean that happens to round to a whole number is not a count.
    return shown if "." in shown or not shown.lstrip("-").isdigit() else f"{shown}.0"


def headed(column: str, answer: Answer) -> str:
    """A column's name as people read it, with the user's word for customers."""
    one, many = answer.called
    said = {"customer": one, "customers": many}
    return " ".join(said.get(part, part) for part in column.split("_"))


def worded(
    question: CataloguedQuestion,
    columns: tuple[str, ...],
    rows: tuple[Row, ...],
    *,
    week: str,
    values: Mapping[str, Value],
    currency: str,
) -> str:
    """The question's sentence with the figures of the first row; its other wording when there are no rows."""
    known = {name: str(value).replace("_", " ") for name, value in values.items()}
    known |= {"week": week, "scope": scope_of(question, values)}
    if not rows:
        return question.empty.format_map(known)
    shown = {name: formatted(name, value, currency) for name, value in zip(columns, rows[0], strict=True)}
    return " ".join(question.sentence.format_map({**known, **shown}).split())


def scope_of(question: CataloguedQuestion, values: Mapping[str, Value]) -> str:
    """The filters in words, such as `` (segment Dormant, tier High)``."""
    parts = [f"{name.replace('_', ' ')} {values[name]}" for name in question.filters if name in values]
    return f" ({', '.join(parts)})" if parts else ""


def gate_summary(states: Mapping[str, int]) -> str:
    """What the gates said, such as ``15 passed, 2 insufficient``."""
    return ", ".join(
        f"{number} {state}" for state, number in sorted(states.items(), key=lambda each: (-each[1], each[0]))
    )
