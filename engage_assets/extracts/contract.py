"""The contract of a user's own extract as objects: tables, columns, roles, and what follows from them.

Two kinds. ``history``: rows with a time; outcomes are what happened later. ``snapshot``: a row a customer, labelled.
"""

import codecs
import zoneinfo
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal, Self

import pyarrow as pa
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from engage_assets.contracts.model import ARROW_TYPES, ColumnType
from engage_assets.extracts.naming import identifier, words

Kind = Literal["history", "snapshot"]
Role = Literal["key", "time", "signup", "behaviour", "money", "category", "sensitive", "label", "ignore"]
Slot = Literal["age_band", "gender", "location", "plan_group", "customer_group", "revenue"]
Format = Literal["csv", "jsonl", "parquet"]
Grain = Literal["customer", "week", "event"]
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]

WEEKDAYS: tuple[str, ...] = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

DEFAULT_TYPES: Mapping[Role, ColumnType] = {
    "key": "string",
    "time": "timestamp",
    "signup": "timestamp",
    "behaviour": "float",
    "money": "float",
    "category": "string",
    "sensitive": "string",
    "label": "bool",
    "ignore": "string",
}
DEFAULT_THEMES: Mapping[Role, str] = {"behaviour": "activity_level", "money": "spending", "category": "profile"}
SENSITIVE_SLOTS: tuple[Slot, ...] = ("age_band", "gender", "location")
GROUP_SLOTS: tuple[Slot, ...] = ("plan_group", "customer_group")
FEATURE_ROLES = ("behaviour", "money", "category")


def _text(value: Any) -> Any:
    """YAML 1.1 reads an unquoted ``No`` or ``off`` as a boolean, and ``1`` as a number: both are texts here."""
    if isinstance(value, bool):
        raise ValueError(f"{value} was read from an unquoted yes/no/on/off; put it in quotes")
    return str(value) if isinstance(value, int | float) else value


Text = Annotated[str, BeforeValidator(_text)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class ExtractColumn(_Part):
    """One column of a user's table: what it is for, and how its values are written."""

    source: Text
    role: Role
    name: Text = ""
    label: Text = ""
    description: Text = ""
    type: ColumnType | None = None
    slot: Slot | None = Field(default=None, alias="as")
    theme: Text | None = None
    unit: Text | None = None
    minimum: float | None = Field(default=None, alias="min")
    maximum: float | None = Field(default=None, alias="max")
    cap: float | None = Field(default=None, gt=0)
    bands: tuple[float, ...] = ()
    categories: tuple[Text, ...] = ()
    other_category: bool = False
    nullable: bool = True
    aggregate: Literal["sum", "mean", "max", "last"] = "sum"
    trend: bool = True
    null_tokens: tuple[Text, ...] | None = None
    date_format: Text | None = None
    decimal: Literal[".", ","] | None = None
    remove: Text = ""
    true: tuple[Text, ...] = ()
    false: tuple[Text, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _defaults(cls, content: Any) -> Any:
        if isinstance(content, Mapping) and isinstance(content.get("source"), str):
            content = {
                "name": identifier(content["source"]),
                "label": words(content["source"]),
                **content,
            }
        return content

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.name != identifier(self.name) and not (self.name + "_value" == identifier(self.name)):
            raise ValueError(f"name {self.name!r} is no plain identifier; write it as {identifier(self.name)!r}")
        if self.name != identifier(self.name):
            raise ValueError(f"name {self.name!r} is taken; give another, such as {identifier(self.name)!r}")
        kind = self.kind
        if self.role in ("time", "signup") and kind not in ("date", "timestamp"):
            raise ValueError(f"a {self.role} column is a date or a timestamp, not {kind}; correct its type")
        if self.role in ("behaviour", "money") and kind not in ("int", "float", "bool"):
            raise ValueError(f"a {self.role} column is a number, not {kind}; use role category, or correct its type")
        if self.role == "key" and kind not in ("string", "int"):
            raise ValueError(f"a key is a string, or an int for whole numbers written as 12345.0; not {kind}")
        if self.role == "category" and kind not in ("string", "bool"):
            raise ValueError(
                f"a category is a string or a bool, not {kind}; leave its type out: numbers are taken as texts"
            )
        if self.role == "category" and kind == "string" and not self.categories:
            raise ValueError(
                "a category needs its categories listed, one feature each; with other_category: true, values that are "
                "not listed count as other"
            )
        if self.role == "label" and kind != "bool":
            raise ValueError("a label is a bool: say which values mean left (true) and stayed (false)")
        if (self.minimum is not None or self.maximum is not None) and kind not in ("int", "float"):
            raise ValueError(f"min and max apply to int and float, not to {kind}; remove them")
        if self.slot in SENSITIVE_SLOTS and self.role != "sensitive":
            raise ValueError(f"as: {self.slot} is for sensitive columns; this one has role {self.role}")
        if self.slot in GROUP_SLOTS and self.role != "category":
            raise ValueError(f"as: {self.slot} is for category columns; this one has role {self.role}")
        if self.slot == "revenue" and self.role != "money":
            raise ValueError(f"as: revenue is for money columns; this one has role {self.role}")
        if self.bands and (
            self.role != "sensitive" or kind not in ("int", "float") or list(self.bands) != sorted(self.bands)
        ):
            raise ValueError(
                "bands are rising limits of a sensitive column of type int or float; correct or remove them"
            )
        if set(self.true) & set(self.false):
            raise ValueError(
                f"{sorted(set(self.true) & set(self.false))} mean both true and false; give each one meaning"
            )
        return self

    @property
    def kind(self) -> ColumnType:
        """The column's type, given or that of its role."""
        return self.type or DEFAULT_TYPES[self.role]

    @property
    def arrow_type(self) -> pa.DataType:
        """The Arrow type of its accepted values."""
        return ARROW_TYPES[self.kind]

    @property
    def is_feature(self) -> bool:
        """Whether the models may learn from it."""
        return self.role in FEATURE_ROLES

    @property
    def lowest(self) -> float | None:
        """The least legal value: nobody pays a negative amount unless the contract says so."""
        return 0.0 if self.role == "money" and self.minimum is None else self.minimum


class ExtractTable(_Part):
    """One table of the extract: where it is, how it is written, what its columns are."""

    name: Text
    description: Text = ""
    files: Text | None = None
    database: Text | None = None
    query: Text | None = None
    format: Format | None = None
    delimiter: Text = ","
    quote: Text = '"'
    header: bool = True
    encoding: Text = "utf-8"
    decimal: Literal[".", ","] = "."
    null_tokens: tuple[Text, ...] = ("",)
    grain: Grain = "customer"
    generated_key: bool = False
    unique: tuple[Text, ...] = ()
    max_quarantined_share: float = Field(default=0.05, ge=0, lt=1)
    added_columns: Literal["accept", "refuse"] = "accept"
    dropped_columns: Literal["accept", "refuse"] = "refuse"
    retyped_columns: Literal["accept", "refuse"] = "accept"
    columns: Mapping[str, ExtractColumn] = Field(min_length=1)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if (self.files is None) == (self.query is None):
            raise ValueError("give either files (a path, a folder, a pattern or s3://…) or database and query")
        if (self.query is None) != (self.database is None):
            raise ValueError("database and query belong together; give both")
        try:
            codecs.lookup(self.encoding)
        except LookupError:
            raise ValueError(
                f"encoding {self.encoding!r} is unknown; expected one such as utf-8, cp1252 or utf-16"
            ) from None
        keys = [c.source for c in self.columns.values() if c.role == "key"]
        if self.generated_key and keys:
            raise ValueError(
                f"generated_key makes the key from the row's content, yet {keys[0]} has role key; drop one"
            )
        if not self.generated_key and len(keys) != 1:
            raise ValueError(
                f"{len(keys)} columns have role key ({', '.join(keys) or 'none'}); exactly one names the customer"
            )
        times = [c.source for c in self.columns.values() if c.role == "time"]
        if self.grain != "customer" and len(times) != 1:
            raise ValueError(f"{len(times)} columns have role time; a table with grain {self.grain} needs exactly one")
        names = [c.name for c in self.columns.values()]
        if twice := sorted({n for n in names if names.count(n) > 1}):
            raise ValueError(f"the columns become {', '.join(twice)} more than once; give one of them another name")
        if unknown := [n for n in self.unique if n not in self.columns]:
            raise ValueError(f"unique names {', '.join(unknown)}, which are not columns of the table")
        return self

    def with_role(self, *roles: Role) -> tuple[ExtractColumn, ...]:
        """The columns that play one of `roles`, in order."""
        return tuple(c for c in self.columns.values() if c.role in roles)

    @property
    def used(self) -> tuple[ExtractColumn, ...]:
        """The columns that are read."""
        return tuple(c for c in self.columns.values() if c.role != "ignore")

    @property
    def key(self) -> ExtractColumn | None:
        """The column that names the customer; None when the key is made from the row."""
        return next(iter(self.with_role("key")), None)

    @property
    def time(self) -> ExtractColumn | None:
        """The column that says when."""
        return next(iter(self.with_role("time")), None)


class OwnModel(_Part):
    """A hand-written dbt model whose columns join the features: one row a week and customer."""

    columns: Mapping[str, Mapping[str, Any]] = Field(min_length=1)


class ExtractContract(_Part):
    """The whole description of a user's extract."""

    name: str = Field(pattern="^[a-z][a-z0-9_]*$")
    description: Text = ""
    kind: Kind
    currency: str = Field(default="USD", pattern="^[A-Z]{3}$")
    time_zone: Text = "UTC"
    week_start: Weekday = "monday"
    horizon_days: int = Field(default=30, ge=7, le=364)
    as_of: date | None = None
    training_weeks: int = Field(default=4, ge=1, le=52)
    max_quarantined_share: float = Field(default=0.05, ge=0, lt=1)
    monthly_revenue: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    words: Mapping[Literal["customer", "customers", "churn"], Text] = Field(default_factory=dict)
    accepted_findings: Mapping[Literal["fairness"], Text] = Field(default_factory=dict)
    tables: Mapping[str, ExtractTable] = Field(min_length=1)
    own_models: Mapping[str, OwnModel] = Field(default_factory=dict)
    actions: Mapping[str, Mapping[str, Any]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        try:
            zoneinfo.ZoneInfo(self.time_zone)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(
                f"time_zone {self.time_zone!r} is unknown; expected one such as UTC or Europe/Vienna"
            ) from None
        for name, said in self.words.items():
            if "{" in said or "}" in said:
                raise ValueError(
                    f"words: {name} is {said!r}; expected words without {{ and }}, which mark the places of figures in "
                    "answers. Write it without them"
                )
        labels = [c.source for t in self.tables.values() for c in t.with_role("label")]
        if self.kind == "snapshot":
            if len(self.tables) != 1 or any(t.grain != "customer" for t in self.tables.values()):
                raise ValueError("a snapshot is one table with one row a customer (grain customer)")
            if len(labels) != 1:
                raise ValueError(f"a snapshot has exactly one label; found {len(labels)}. Give one column role label")
        else:
            if keyless := [t.name for t in self.tables.values() if t.generated_key]:
                raise ValueError(
                    f"{', '.join(keyless)} has generated_key, so that nobody would ever come back; in a history a "
                    "column with role key names the customer of each row"
                )
            if labels:
                raise ValueError(
                    f"a history's outcomes come from later activity; {labels[0]} cannot be a label: ignore it"
                )
            if not any(t.grain != "customer" for t in self.tables.values()):
                raise ValueError("a history needs a table with grain event or week")
        slots: list[str] = [c.slot for t in self.tables.values() for c in t.used if c.slot and c.slot != "revenue"]
        if twice := sorted({s for s in slots if slots.count(s) > 1}):
            raise ValueError(f"as: {', '.join(twice)} is given twice; each of them describes one column")
        if self.monthly_revenue is not None and (paid := self.paid_columns):
            raise ValueError(
                f"monthly_revenue is for extracts without amounts, yet {paid[0].source} tells what customers pay; "
                "drop one"
            )
        names = [c.name for t in self.tables.values() for c in t.used if c.is_feature]
        if not names:
            raise ValueError("no column has role behaviour, money or category: there is nothing to learn from")
        if twice := sorted({n for n in names if names.count(n) > 1}):
            raise ValueError(f"{', '.join(twice)} occurs in two tables; give one of them another name")
        return self

    def with_role(self, *roles: Role) -> tuple[ExtractColumn, ...]:
        """The columns of all tables that play one of `roles`."""
        return tuple(c for t in self.tables.values() for c in t.with_role(*roles))

    @property
    def paid_columns(self) -> list[ExtractColumn]:
        """The amounts that are what customers pay: those that are said to be, else in a history all that are summed."""
        tables = [t for t in self.tables.values() if self.kind == "snapshot" or t.grain != "customer"]
        money = [c for t in tables for c in t.with_role("money")]
        said = [c for c in money if c.slot == "revenue"]
        return said or [c for c in money if self.kind == "history" and c.aggregate == "sum"]

    def slot(self, slot: Slot) -> tuple[ExtractColumn, ...]:
        """The columns that were given this place."""
        return tuple(c for t in self.tables.values() for c in t.used if c.slot == slot)

    @property
    def outcome_weeks(self) -> int:
        """Weeks after a week whose rows its outcome needs; none for a label that is given."""
        return 0 if self.kind == "snapshot" else -(-self.horizon_days // 7)

    @property
    def week_shift_days(self) -> int:
        """Days that bring the user's first day of the week onto a Monday, at most three either way."""
        start = WEEKDAYS.index(self.week_start)
        return -start if start <= 3 else 7 - start
