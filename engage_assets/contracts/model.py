"""The contract as objects: what a file such as ``engage.yaml`` says, after checking that it makes sense."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

import pyarrow as pa
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from engage_assets.errors import InputError

ColumnType = Literal["string", "int", "float", "bool", "date", "timestamp"]
Role = Literal["key", "time", "behaviour", "money", "profile", "sensitive", "treatment", "outcome", "label", "derived"]

# One width per type: a count of 32 bits read from one extract and of 64 from the next would change the tables
# downstream.
ARROW_TYPES: dict[ColumnType, pa.DataType] = {
    "string": pa.string(),
    "int": pa.int64(),
    "float": pa.float64(),
    "bool": pa.bool_(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us"),
}

CUSTOMER_ID = "customer_id"
WEEK = "week"


class ContractError(InputError):
    """A contract that makes no sense, or an extract that the contract refuses as a whole."""


def _refuse_yaml_boolean(value: Any) -> Any:
    """YAML 1.1 reads an unquoted ``No`` or ``off`` as a boolean: say so instead of 'not a string'."""
    if isinstance(value, bool):
        raise ValueError(f"{value} was read from an unquoted yes/no/on/off; put it in quotes")
    return value


Text = Annotated[str, BeforeValidator(_refuse_yaml_boolean)]


class _Part(BaseModel):
    """Settings shared by all parts: immutable, and a misspelt field is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class ColumnContract(_Part):
    """One column: its type, its legal values, its meaning."""

    name: Text
    type: ColumnType
    unit: Text | None = None
    minimum: float | None = Field(default=None, alias="min")
    maximum: float | None = Field(default=None, alias="max")
    categories: tuple[Text, ...] | None = None
    nullable: bool = False
    inside_week: bool = False
    in_platform_dataset: bool = True
    role: Role
    description: Text = Field(min_length=1)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.type not in ("int", "float") and (self.minimum is not None or self.maximum is not None):
            raise ValueError(f"min and max apply to int and float, not to {self.type}; remove them")
        if self.minimum is not None and self.maximum is not None and self.minimum > self.maximum:
            raise ValueError(f"min {self.minimum:g} is above max {self.maximum:g}; exchange or correct them")
        if self.categories is not None and (self.type != "string" or not self.categories):
            raise ValueError("categories need type string and at least one value; correct the type or remove them")
        if self.inside_week and self.type != "timestamp":
            raise ValueError(f"inside_week applies to timestamps, not to {self.type}; remove it")
        if self.role == "key" and self.nullable:
            raise ValueError("a key cannot be nullable; remove nullable or choose another role")
        return self

    @property
    def arrow_type(self) -> pa.DataType:
        """The Arrow type of the column in the accepted lake."""
        return ARROW_TYPES[self.type]


class Relation(_Part):
    """What must hold between two columns of the same row; not judged where either is null."""

    left: Text
    operator: Literal["<=", "<", "=="]
    right: Text
    repair: Text = Field(min_length=1)


class TableContract(_Part):
    """One table of the extract: its key, its columns in order, the relations between them."""

    name: Text
    description: Text = Field(min_length=1)
    key: tuple[Text, ...] = Field(min_length=1)
    references_customers: bool = False
    may_be_empty: bool = False
    relations: tuple[Relation, ...] = ()
    columns: Mapping[str, ColumnContract]

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        required = {WEEK, *self.key, *([CUSTOMER_ID] if self.references_customers else [])}
        for name in sorted(required):
            if name not in self.columns:
                raise ValueError(f"column {name} is needed and missing; add it under columns")
            if self.columns[name].nullable:
                raise ValueError(f"column {name} identifies rows and cannot be nullable; remove nullable")
        if self.columns[WEEK].type != "date":
            raise ValueError(f"column {WEEK} has type {self.columns[WEEK].type}; it must be date")
        for relation in self.relations:
            for name in (relation.left, relation.right):
                if name not in self.columns:
                    raise ValueError(
                        f"the relation {relation.left} {relation.operator} {relation.right} names {name}, "
                        "which is not a column of the table"
                    )
            if self.columns[relation.left].type != self.columns[relation.right].type:
                raise ValueError(
                    f"the relation {relation.left} {relation.operator} {relation.right} compares "
                    f"{self.columns[relation.left].type} with {self.columns[relation.right].type}"
                )
        return self

    @property
    def schema(self) -> pa.Schema:
        """Arrow schema of the accepted rows, in the contract's column order."""
        return pa.schema([pa.field(c.name, c.arrow_type) for c in self.columns.values()])


class Contract(_Part):
    """The whole description: the tables of an extract and the columns made from them."""

    name: Text
    tables: Mapping[str, TableContract] = Field(min_length=1)
    derived: Mapping[str, ColumnContract] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if any(t.references_customers for t in self.tables.values()):
            customers = self.tables.get("customers")
            if customers is None or CUSTOMER_ID not in customers.columns:
                raise ValueError("tables refer to customers, but there is no table customers with a column customer_id")
            if customers.references_customers:
                raise ValueError("the table customers cannot refer to itself; remove references_customers")
        return self

    def columns_with_role(self, role: Role) -> tuple[ColumnContract, ...]:
        """Columns of all tables that play ``role``, each name once, in the contract's order."""
        found = {c.name: c for table in self.tables.values() for c in table.columns.values() if c.role == role}
        return tuple(found.values())

    @property
    def platform_dataset(self) -> tuple[ColumnContract, ...]:
        """The columns of the one-file dataset: those of the tables, then the derived ones."""
        columns = [c for table in self.tables.values() for c in table.columns.values()] + list(self.derived.values())
        return tuple(c for c in columns if c.in_platform_dataset)
