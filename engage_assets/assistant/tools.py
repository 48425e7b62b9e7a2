"""The tools that a language model may use: the same catalogue and the same guard as without a model."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from engage_assets.assistant.answer import Answer, as_rows
from engage_assets.assistant.catalogue import MAXIMUM_K
from engage_assets.assistant.guard import MINIMUM_GROUP, ROW_LIMIT, guard, is_person_level
from engage_assets.assistant.offline import CatalogueAssistant
from engage_assets.assistant.parameters import CLOUD_CURRENCY
from engage_assets.errors import EngageError

ROWS_FOR_MODEL = 50
WEEK = re.compile(r"\d{4}-\d{2}-\d{2}")
CLOUD_COSTS = "engage_costs"
"""The one table whose amounts are not in the platform's currency."""

_WEEK_PROPERTY = {"type": "string", "description": "Monday of a published week, YYYY-MM-DD; the newest when left out"}
SPECIFICATIONS: tuple[dict[str, Any], ...] = (
    {
        "name": "run_metric",
        "description": "Run a governed question by its id. Prefer it to SQL.",
        "inputSchema": {
            "json": {
                "type": "object",
                "properties": {
                    "question_id": {"type": "string"},
                    "week": _WEEK_PROPERTY,
                    "parameters": {"type": "object", "description": "values by parameter name"},
                },
                "required": ["question_id"],
            }
        },
    },
    {
        "name": "run_sql",
        "description": "Run one SELECT over the published tables. Tables of customers give figures of groups only, of "
        f"at least {MINIMUM_GROUP} people.",
        "inputSchema": {"json": {"type": "object", "properties": {"sql": {"type": "string"}}, "required": ["sql"]}},
    },
    {
        "name": "explain_customer",
        "description": "Churn probability, reasons and action of the customer whose identifier the question holds.",
        "inputSchema": {
            "json": {
                "type": "object",
                "properties": {"customer_id": {"type": "string"}, "week": _WEEK_PROPERTY},
                "required": ["customer_id"],
            }
        },
    },
    {
        "name": "describe_tables",
        "description": "The published tables and their columns, and the published weeks.",
        "inputSchema": {"json": {"type": "object", "properties": {}}},
    },
)


class ToolError(EngageError):
    """A tool call that cannot be answered; the model is told why."""


@dataclass
class Tools:
    """The tools for one question, and every result they gave."""

    offline: CatalogueAssistant
    question: str
    results: list[Any] = field(default_factory=list)
    last: Answer | None = None
    customers: set[str] = field(default_factory=set)
    """The identifiers of customers in the results."""

    def use(self, name: str, given: Any) -> Any:
        """The result of one call.

        Raises
        ------
        ToolError, EngageError
            With a message for the model.
        """
        tools: Mapping[str, Callable[[Mapping[str, Any]], Any]] = {
            "run_metric": self._run_metric,
            "run_sql": self._run_sql,
            "explain_customer": self._explain_customer,
            "describe_tables": self._describe_tables,
        }
        if name not in tools:
            raise ToolError(f"there is no tool {name!r}; there are {', '.join(tools)}.")
        if not isinstance(given, Mapping):
            raise ToolError(f"the input of {name} must be an object, not {type(given).__name__}.")
        result = tools[name](given)
        self.results.append(result)
        return result

    def _run_metric(self, given: Mapping[str, Any]) -> Any:
        question = self.offline.catalogue.question(_text(given, "question_id"))
        parameters = given.get("parameters") or {}
        if not isinstance(parameters, Mapping) or not all(
            isinstance(v, str | int | float) for v in parameters.values()
        ):
            raise ToolError("parameters must be an object of texts and numbers.")
        values = {name: self._checked(name, value) for name, value in parameters.items()}
        return self._keep(self.offline.answer(question, self._week(given), values, self.question))

    def _explain_customer(self, given: Mapping[str, Any]) -> Any:
        values = {"customer_id": self._checked("customer_id", _text(given, "customer_id"))}
        question = self.offline.catalogue.question("customer_explained")
        return self._keep(self.offline.answer(question, self._week(given), values, self.question))

    def _run_sql(self, given: Mapping[str, Any]) -> Any:
        sql = _text(given, "sql")
        currency = self._currency_of(sql)
        table = self.offline.tables.fetch({"rows": sql}, policy="free")["rows"]
        rows = as_rows(table)[:ROW_LIMIT]
        return self._keep(
            Answer(
                question=self.question,
                status="answered",
                sentence=f"The query returned {len(rows)} rows.",
                title="A query of the language model",
                definition="Written by the language model and checked by the guard; no catalogued definition.",
                unit="see the columns",
                columns=tuple(table.column_names),
                rows=rows,
                sql=sql,
                week=", ".join(sorted(set(WEEK.findall(sql)))) or "all published weeks",
                currency=currency,
                called=self.offline.called,
            )
        )

    def _currency_of(self, sql: str) -> str:
        """What the amounts of a query are in: the cloud is paid in USD, all else is in the platform's currency."""
        tables = guard(sql, self.offline.tables.schema()).tables
        if CLOUD_COSTS not in tables or self.offline.currency == CLOUD_CURRENCY:
            return self.offline.currency
        if len(tables) > 1:
            raise ToolError(
                f"{CLOUD_COSTS} is in {CLOUD_CURRENCY}, the other tables in {self.offline.currency}, and there is no "
                f"exchange rate. Query {CLOUD_COSTS} alone."
            )
        return CLOUD_CURRENCY

    def _describe_tables(self, _: Mapping[str, Any]) -> Any:
        schema = self.offline.tables.schema()
        return {
            "tables": {
                name: {"columns": list(columns), "one_row_is_a_customer": is_person_level(name, schema)}
                for name, columns in schema.items()
            },
            "weeks": [week.isoformat() for week in self.offline.tables.vocabulary().weeks],
        }

    def _checked(self, name: str, value: str | int | float) -> str | int | float:
        """Values must be known names; a customer must be the one that the person asked about."""
        vocabulary = self.offline.tables.vocabulary()
        if name == "customer_id":
            asked = self.offline.identifiers.of(self.question)
            if str(value).lower() not in asked:
                raise ToolError("only a customer whose identifier stands in the question can be asked about.")
            return asked[str(value).lower()]
        if name in vocabulary.phrases:
            names = set(vocabulary.phrases[name].values())
            if value not in names:
                raise ToolError(f"{name} {value!r} is not known; expected one of {', '.join(sorted(names))}.")
        elif not isinstance(value, int | float) or isinstance(value, bool):
            raise ToolError(f"{name} must be a number.")
        elif name == "k" and not (isinstance(value, int) and 1 <= value <= MAXIMUM_K):
            raise ToolError(f"k must be a whole number from 1 to {MAXIMUM_K}.")
        return value

    def _week(self, given: Mapping[str, Any]) -> str:
        weeks = [week.isoformat() for week in self.offline.tables.vocabulary().weeks]
        week = given.get("week") or weeks[-1]
        if week not in weeks:
            raise ToolError(f"week {week!r} is not published; published are {', '.join(weeks)}.")
        return str(week)

    def _keep(self, answer: Answer) -> Any:
        self.last = answer
        self.customers |= answer.customers()
        content = answer.as_json()
        return {
            "week": answer.week,
            "gates": answer.gates,
            "definition": answer.definition,
            "unit": answer.unit,
            "currency": answer.currency,
            "label_window": self.offline.span,
            "row_count": len(answer.rows),
            "rows": content["rows"][:ROWS_FOR_MODEL],
        }


def _text(given: Mapping[str, Any], name: str) -> str:
    value = given.get(name)
    if not isinstance(value, str) or not value:
        raise ToolError(f"{name} is missing; expected a text.")
    return value
