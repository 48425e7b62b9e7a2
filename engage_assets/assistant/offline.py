"""The assistant without a language model: match the question, take its parameters, run the catalogued query."""

from collections.abc import Mapping

from engage_assets.assistant.answer import Answer, as_rows, gate_summary, worded
from engage_assets.assistant.catalogue import Catalogue, CataloguedQuestion, CatalogueError, Value
from engage_assets.assistant.language import Language
from engage_assets.assistant.matching import MARGIN, THRESHOLD, Match, Matcher
from engage_assets.assistant.parameters import Found, find_parameters, readings
from engage_assets.assistant.reading import PublishedTables

NEAREST = 3
MAXIMUM_QUESTION = 500
GATES_SQL = "select state, count(*) as gates from gate_results where week = date '{week}' group by state"


class CatalogueAssistant:
    """Answers catalogued questions and no others."""

    def __init__(self, tables: PublishedTables, catalogue: Catalogue, language: Language) -> None:
        self.tables, self.catalogue = tables, catalogue
        self._language = language
        self._matcher = Matcher(catalogue, language)

    def ask(self, question: str) -> Answer:
        """The answer, or a refusal that says why and offers the nearest questions."""
        if not question.strip() or len(question) > MAXIMUM_QUESTION:
            return self._refusal(
                question[:MAXIMUM_QUESTION], f"ask one question of 1 to {MAXIMUM_QUESTION} characters."
            )
        found, ranked = self.understand(question)
        if found.problems:
            return self._refusal(question, found.problems[0], ranked)
        if not ranked:
            return self._refusal(question, self._why_nothing_fits(found))
        if ranked[0].score < THRESHOLD:
            return self._refusal(question, "no catalogued question is close enough to this one.", ranked)
        if len(ranked) > 1 and ranked[0].score - ranked[1].score < MARGIN:
            return self._refusal(question, "it can be read as several catalogued questions; choose one.", ranked)
        week = found.week or self.tables.vocabulary().newest_week
        try:
            return self.answer(ranked[0].question, week.isoformat(), ranked[0].values, question)
        except CatalogueError as error:
            return self._refusal(question, str(error), ranked)

    def understand(self, question: str) -> tuple[Found, list[Match]]:
        """The parameters and the ranked candidates."""
        protected = self._language.protected(question)
        found = find_parameters(protected, self.tables.vocabulary(), self._matcher.known_words)
        return found, self._matcher.ranked(found.text, readings(found), found.windows)

    def answer(self, question: CataloguedQuestion, week: str, values: Mapping[str, Value], asked: str = "") -> Answer:
        """Runs a catalogued question.

        Raises
        ------
        CatalogueError
            When a parameter is missing or not published.
        """
        sql = question.render(week, values)
        results = self.tables.fetch({"rows": sql, "gates": GATES_SQL.format(week=week)}, policy="catalogued")
        columns, rows = tuple(results["rows"].column_names), as_rows(results["rows"])
        if "customer_id" in values and not rows:
            raise CatalogueError(
                f"customer {values['customer_id']} was not scored in the week of {week}. Check the identifier."
            )
        return Answer(
            question=asked or question.title,
            status="answered",
            sentence=worded(question, columns, rows, week=week, values=values),
            question_id=question.id,
            title=question.title,
            definition=question.definition,
            unit=question.unit,
            columns=columns,
            rows=rows,
            sql=sql,
            week=week,
            gates=gate_summary({row["state"]: row["gates"] for row in results["gates"].to_pylist()}),
            chart=question.chart if len(rows) > 1 else None,
            parameters=dict(values),
        )

    def _why_nothing_fits(self, found: Found) -> str:
        if found.windows:
            named = ", ".join(sorted(found.windows))
            return f"no such figure covers {named}; churn and revenue cover 30 days, value 12 months."
        named = ", ".join(f"{kind.replace('_', ' ')} {values[0]}" for kind, values in found.values.items())
        return f"no catalogued question can be asked of {named}." if named else "no catalogued question fits."

    def _refusal(self, question: str, reason: str, ranked: list[Match] | None = None) -> Answer:
        nearest = tuple(match.question.title for match in (ranked or [])[:NEAREST])
        return Answer(question=question, status="refused", sentence=f"No answer: {reason}", nearest=nearest)
