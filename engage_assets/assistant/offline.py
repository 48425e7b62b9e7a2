"""The assistant without a language model: match the question, take its parameters, run the catalogued query."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property

import pyarrow as pa

from engage_assets.assistant.answer import CUSTOMER_COLUMN, Answer, as_rows, gate_summary, worded
from engage_assets.assistant.catalogue import Catalogue, CataloguedQuestion, CatalogueError, Value
from engage_assets.assistant.guard import GuardError, is_answerable
from engage_assets.assistant.identifiers import Identifiers
from engage_assets.assistant.language import Language, Speller
from engage_assets.assistant.matching import MARGIN, THRESHOLD, Match, Matcher
from engage_assets.assistant.parameters import Found, find_parameters, readings
from engage_assets.assistant.reading import PublishedTables
from engage_assets.assistant.unheld import COMPARING_WORDS, with_week_before

NEAREST = 3
MAXIMUM_QUESTION = 500
PARTS = re.compile(r"\b(?:and|plus|as well as)\b|[?;!.,](?= )")
COMPARES_PARTS = re.compile(r"\b(?:compare[sd]?|comparison|between|differ[a-z]*|versus|vs|weekbefore)\b")
CLEAR_PART, KNOWN_AS_IT_IS = 0.75, 0.95
"""A text of several parts asks several things when each part alone fits that well, and the whole not this well."""
GATES_SQL = "select state, count(*) as gates from gate_results where week = date '{week}' group by state"


class CatalogueAssistant:
    """Answers catalogued questions and no others."""

    def __init__(
        self,
        tables: PublishedTables,
        catalogue: Catalogue,
        language: Language,
        *,
        currency: str = "USD",
        span: str = "30 days",
        called: tuple[str, str] = ("customer", "customers"),
        identifiers: Identifiers | None = None,
    ) -> None:
        self.tables, self.catalogue, self.currency, self.span = tables, catalogue, currency, span
        self.called, self.identifiers = called, identifiers or Identifiers()
        self._language = language

    @cached_property
    def _matcher(self) -> Matcher:
        """Made when the first question is matched: the weekly brief matches none."""
        return Matcher(self.catalogue, self._language)

    def ask(self, question: str) -> Answer:
        """The answer, or a refusal that says why and offers the nearest questions."""
        if not question.strip() or len(question) > MAXIMUM_QUESTION:
            return self._refusal(
                question[:MAXIMUM_QUESTION], f"ask one question of 1 to {MAXIMUM_QUESTION} characters."
            )
        text, named = self.identifiers.hidden(question)
        answer = self._answered(question, text, named)
        return replace(answer, named=tuple(named.values()))

    def _answered(self, question: str, text: str, named: Mapping[str, str]) -> Answer:
        """The answer to a text whose identifiers are hidden behind UUIDs."""
        found, ranked = self.understand(text)
        if found.problems:
            return self._refusal(question, found.problems[0], ranked)
        if not ranked:
            return self._refusal(question, self._why_nothing_fits(found), self._near(found))
        if self._matcher.lacks(ranked[0].question, found.text):
            near = self._matcher.ranked(COMPARING_WORDS.sub(" ", found.text), [{}], frozenset(), binds=False)
            others = [match for match in near if match.question is not ranked[0].question]
            title, held = ranked[0].question.title, ranked[0].question.definition
            reason = f"“{title}” does not hold what this compares. It holds: {held}"
            return self._refusal(question, reason, [ranked[0], *others])
        if several := self._several(found, ranked[0]):
            return self._refusal(question, "this asks several things at once; ask about one at a time.", several)
        if ranked[0].score < THRESHOLD:
            return self._refusal(question, "no catalogued question is close enough to this one.", ranked)
        if len(ranked) > 1 and ranked[0].score - ranked[1].score < MARGIN:
            return self._refusal(question, "it can be read as several catalogued questions; choose one.", ranked)
        own = ranked[0].question.currency or self.currency
        if found.currency not in ("", own):
            return self._refusal(
                question, f"these figures are in {own}; there is no exchange rate to convert them.", ranked
            )
        week = found.week or self.tables.vocabulary().newest_week
        try:
            return self.answer(ranked[0].question, week.isoformat(), _identified(ranked[0].values, named), question)
        except (CatalogueError, GuardError) as error:
            return self._refusal(question, str(error), ranked)

    def understand(self, question: str) -> tuple[Found, list[Match]]:
        """The parameters and the ranked candidates."""
        vocabulary = self.tables.vocabulary()
        speller = Speller(self._language, self._matcher.known_words | vocabulary.words)
        text = with_week_before(self._language.protected(speller.corrected(question.lower())))
        found = find_parameters(text, vocabulary, self.currency, self.span)
        is_empty = not found.values and not found.windows and not self._language.tokens(found.text)
        if is_empty and "newestweek" in self._language.tokens(text):
            # "The newest published week" names a week and asks nothing else of it: the week is what is asked for.
            found.text, found.week = text, None
        if found.compares_weeks:
            figure = COMPARING_WORDS.sub(" ", found.text)
            trends = self._matcher.ranked(f"{figure} over time", [{}], frozenset())
            return found, trends or self._matcher.ranked(f"{figure} over time", [{}], frozenset(), binds=False)
        ranked = self._matcher.ranked(found.text, readings(found), found.windows)
        if "gate" in found.values:
            # Gates are named by common words: "fairness by gender" asks for the figures, not for the gate.
            other = find_parameters(text, vocabulary.without("gate"), self.currency, self.span)
            other_ranked = self._matcher.ranked(other.text, readings(other), other.windows)
            if _top(other_ranked) >= _top(ranked):
                return other, other_ranked
        return found, ranked

    def answer(self, question: CataloguedQuestion, week: str, values: Mapping[str, Value], asked: str = "") -> Answer:
        """Runs a catalogued question.

        Raises
        ------
        CatalogueError
            When a parameter is missing or not published.
        """
        sql = question.render(week, values)
        results = self.tables.fetch({"rows": sql, "gates": GATES_SQL.format(week=week)}, policy="catalogued")
        answer = self._worded(question, sql, results["rows"], results["gates"], week, values)
        if "customer_id" in values and not answer.rows:
            raise CatalogueError(
                f"customer {values['customer_id']} was not scored in the week of {week}. Check the identifier."
            )
        return replace(answer, question=asked or question.title)

    def answer_all(self, question_ids: Sequence[str], week: str) -> list[Answer]:
        """Runs catalogued questions that need no parameter, over one connection; without those whose tables lack."""
        schema = self.tables.schema()
        questions = [self.catalogue.question(question_id) for question_id in question_ids]
        questions = [question for question in questions if is_answerable(question.render(week, {}), schema)]
        statements = {question.id: question.render(week, {}) for question in questions}
        results = self.tables.fetch({**statements, "gates": GATES_SQL.format(week=week)}, policy="catalogued")
        return [
            self._worded(question, statements[question.id], results[question.id], results["gates"], week, {})
            for question in questions
        ]

    def _worded(
        self,
        question: CataloguedQuestion,
        sql: str,
        table: pa.Table,
        gates: pa.Table,
        week: str,
        values: Mapping[str, Value],
    ) -> Answer:
        columns, rows = tuple(table.column_names), as_rows(table)
        currency = question.currency or self.currency
        return Answer(
            question=question.title,
            status="answered",
            sentence=worded(question, columns, rows, week=week, values=values, currency=currency),
            question_id=question.id,
            title=question.title,
            definition=question.definition,
            unit=question.unit,
            columns=columns,
            rows=rows,
            sql=sql,
            week=week,
            gates=gate_summary({row["state"]: row["gates"] for row in gates.to_pylist()}),
            chart=question.chart if len(rows) > 1 else None,
            currency=currency,
            called=self.called,
            parameters=dict(values),
        )

    def _several(self, found: Found, whole: Match) -> list[Match]:
        """The different questions that the parts of a text ask; empty when it is known as it is, or asks one thing."""
        parts = [part for part in PARTS.split(found.text) if self._language.tokens(part)]
        if len(parts) < 2 or whole.score >= KNOWN_AS_IT_IS or COMPARES_PARTS.search(found.text):
            return []
        best = {}
        for part in parts:
            ranked = self._matcher.ranked(part, readings(found), found.windows)
            if not ranked or ranked[0].score < CLEAR_PART:
                return []
            best[ranked[0].question.id] = ranked[0]
        return list(best.values()) if len(best) > 1 else []

    def _near(self, found: Found) -> list[Match]:
        """What can be offered instead: as if the question named no group, place, customer or span."""
        return self._matcher.ranked(found.text, [{}], frozenset(), binds=False)

    def _why_nothing_fits(self, found: Found) -> str:
        if found.windows:
            named = ", ".join(sorted(found.windows))
            return f"no such figure covers {named}; churn and revenue cover {self.span}, value 12 months."
        named = ", ".join(f"{kind.replace('_', ' ')} {values[0]}" for kind, values in found.values.items())
        return f"no catalogued question can be asked of {named}." if named else "no catalogued question fits."

    def _refusal(self, question: str, reason: str, ranked: list[Match] | None = None) -> Answer:
        nearest = tuple(match.question.title for match in (ranked or [])[:NEAREST])
        return Answer(question=question, status="refused", sentence=f"No answer: {reason}", nearest=nearest)


def _identified(values: Mapping[str, Value], named: Mapping[str, str]) -> dict[str, Value]:
    """The values with the identifier that a UUID stood for."""
    return {name: named.get(str(value), value) if name == CUSTOMER_COLUMN else value for name, value in values.items()}


def _top(ranked: list[Match]) -> float:
    return ranked[0].score if ranked else 0.0
