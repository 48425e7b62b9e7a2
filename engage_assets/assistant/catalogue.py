"""The question catalogue: what can be asked, which SQL answers it, in which unit, and how the answer is worded."""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from engage_assets.assistant.entities import ENTITY_TYPES
from engage_assets.errors import InputError
from engage_assets.yaml_file import describe_errors, read_yaml

QUESTIONS = Path(__file__).with_name("questions")

PARAMETER_TYPES = frozenset({*ENTITY_TYPES, "k", "percent", "customer_id"})
MAXIMUM_K = 100
"""The longest list of customers that an answer shows."""

Value = str | int | float


class CatalogueError(InputError):
    """A catalogue that makes no sense."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Parameter(_Part):
    """One parameter of a question. `only` lists the values that its SQL can answer."""

    default: Value | None = None
    only: tuple[Value, ...] = ()
    required: bool = False


class Chart(_Part):
    """How the rows are drawn: the first twenty as bars, or all as a line."""

    kind: Literal["bar", "line"]
    x: str
    y: str


class CataloguedQuestion(_Part):
    """One governed question."""

    id: str = Field(pattern="^[a-z][a-z0-9_]*$")
    topic: str
    title: str = Field(min_length=1)
    asks: tuple[str, ...] = Field(min_length=3)
    definition: str = Field(min_length=1)
    unit: str = Field(min_length=1)
    windows: tuple[str, ...] = ()
    """Spans of time that may be named in the question, because the figure covers exactly them."""
    parameters: Mapping[str, Parameter] = {}
    filters: Mapping[str, str] = {}
    """Parameters that narrow the rows when they are given, and the column that each is compared with."""
    sql: str
    sentence: str
    empty: str = "There is nothing of that kind in the week of {week}{scope}."
    chart: Chart | None = None
    any_week: bool = False
    """Whether the question is about all published weeks rather than one."""
    figures: tuple[str, ...] = ()
    """The figures that may be named in the question, where its rows have these and no others."""
    needs: tuple[str, ...] = ()
    """Words that the question is not meant without, whatever else fits; ``a|b`` is one of several."""
    currency: str = ""
    """The currency of its amounts where that is never the platform's own: what AWS charges is in USD."""

    @model_validator(mode="before")
    @classmethod
    def _short_parameters(cls, given: Any) -> Any:
        """``k: 10`` is a default, ``segment: required`` a value without which there is no answer."""
        parameters = dict(given.get("parameters") or {})
        for name, value in parameters.items():
            if value == "required":
                parameters[name] = {"required": True}
            elif not isinstance(value, Mapping):
                parameters[name] = {"default": value}
        return {**given, "parameters": parameters}

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        for name in (*self.parameters, *self.filters, *self.named_in_asks):
            if name not in PARAMETER_TYPES:
                raise ValueError(f"parameter {name!r} is not one of {', '.join(sorted(PARAMETER_TYPES))}")
        if unknown := self.named_in_asks - self.accepted:
            raise ValueError(f"asks name {', '.join(sorted(unknown))}, which the question does not take")
        in_sql = set(re.findall(r"\$(\w+)", self.sql))
        expected = set(self.parameters) | (set() if self.any_week else {"week"})
        # A parameter with one legal value need not stand in the SQL: the SQL is written for that value.
        fixed = {name for name, parameter in self.parameters.items() if len(parameter.only) == 1}
        if in_sql | fixed != expected | fixed:
            raise ValueError(f"sql names {sorted(in_sql)}, the question takes {sorted(expected)}")
        if ("{filters}" in self.sql) != bool(self.filters):
            raise ValueError("sql holds {filters} exactly when the question has filters")
        return self

    @property
    def accepted(self) -> frozenset[str]:
        """Every parameter that can be given."""
        return frozenset({*self.parameters, *self.filters})

    @property
    def required(self) -> frozenset[str]:
        """The parameters without which there is no answer."""
        return frozenset(name for name, parameter in self.parameters.items() if parameter.required)

    @property
    def named_in_asks(self) -> frozenset[str]:
        """The parameters that stand in example phrasings."""
        return frozenset(re.findall(r"\{(\w+)\}", " ".join(self.asks)))

    def render(self, week: str | None, given: Mapping[str, Value]) -> str:
        """The SQL with every value written into it.

        Raises
        ------
        CatalogueError
            When a value is missing, not taken, or not one of those the question can answer.
        """
        if unknown := set(given) - self.accepted:
            raise CatalogueError(f"{self.id} does not take {', '.join(sorted(unknown))}.")
        values: dict[str, Value] = {}
        for name, parameter in self.parameters.items():
            value = given.get(name, parameter.default)
            if value is None:
                raise CatalogueError(f"{self.id} needs a {name.replace('_', ' ')}.")
            if parameter.only and value not in parameter.only:
                legal = ", ".join(f"{each:g}" if isinstance(each, float) else str(each) for each in parameter.only)
                raise CatalogueError(f"{self.title} {name} {value} is not published; expected one of {legal}.")
            values[name] = value
        conditions = [
            f"and {column} = {literal(given[name])}" for name, column in self.filters.items() if name in given
        ]
        sql = self.sql.replace("{filters}", " ".join(conditions))
        if not self.any_week:
            values["week"] = f"{week}"

        def written(match: re.Match[str]) -> str:
            name = match.group(1)
            return f"date {literal(values[name])}" if name == "week" else literal(values[name])

        return re.sub(r"\$(\w+)", written, re.sub(r"\s+", " ", sql)).strip()


class Catalogue(_Part):
    """All governed questions, by topic."""

    questions: tuple[CataloguedQuestion, ...]

    def question(self, question_id: str) -> CataloguedQuestion:
        """The question of this id; CatalogueError when there is none."""
        for question in self.questions:
            if question.id == question_id:
                return question
        raise CatalogueError(f"there is no question {question_id!r}. `engage ask --list` shows all of them.")


def literal(value: Value) -> str:
    """A value as SQL text. Text is quoted with every quote doubled, which is all that SQL knows of escaping."""
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return repr(value)


def read_catalogue(folder: Path) -> Catalogue:
    """The questions of every YAML file of a folder.

    Raises
    ------
    CatalogueError
        With file, question, value and remedy.
    """
    found: list[CataloguedQuestion] = []
    for path in sorted(folder.glob("*.yaml")):
        content = read_yaml(path, CatalogueError)
        if not isinstance(content, Mapping):
            raise CatalogueError(f"{path}: expected a mapping of ids to questions")
        for question_id, fields in content.items():
            if not isinstance(fields, Mapping):
                raise CatalogueError(f"{path}: {question_id} must be a mapping of fields, found {fields!r:.80}")
            try:
                question = CataloguedQuestion.model_validate({**fields, "id": question_id, "topic": path.stem})
            except ValidationError as cause:
                raise CatalogueError(f"{path}: {question_id}: {describe_errors(cause)}") from None
            if any(question.id == other.id for other in found):
                raise CatalogueError(f"{path}: {question_id} is the id of two questions; rename one")
            found.append(question)
    if not found:
        raise CatalogueError(f"{folder} holds no questions; expected YAML files")
    return Catalogue(questions=tuple(found))


@cache
def load_questions() -> Catalogue:
    """The platform's own catalogue."""
    return read_catalogue(QUESTIONS)
