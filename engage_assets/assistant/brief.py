"""The weekly brief: the questions that are asked every week, answered before anybody asks."""

from engage_assets.assistant.answer import Answer, formatted, headed
from engage_assets.assistant.offline import CatalogueAssistant

QUESTIONS = (
    "week_summary", "week_change", "risk_tiers", "churn_drivers", "segments_by_value_at_risk", "segments_by_churn",
    "locations_by_revenue_at_risk", "customers_to_contact", "actions_by_type", "action_return", "model_auc",
    "gates_not_passed",
)  # fmt: skip
"""In the order of the brief: what happened, who may leave and why, what to do, how far to trust it."""
SHOWN_ROWS = 5


OF_PLACES = frozenset({"locations_by_revenue_at_risk"})


def weekly_brief(assistant: CatalogueAssistant, week: str, *, knows_places: bool = True) -> list[Answer]:
    """The answers of a published week. knows_places: whether the extract says where customers are."""
    asked = QUESTIONS if knows_places else tuple(each for each in QUESTIONS if each not in OF_PLACES)
    return assistant.answer_all(asked, week)


def as_markdown(answers: list[Answer], week: str) -> str:
    """The brief as a page: a sentence, a small table and the query of each answer."""
    lines = [f"# The week of {week}", "", f"Gates: {answers[0].gates or 'none recorded'}.", ""]
    for answer in answers:
        lines += [f"## {answer.title}", "", answer.sentence, ""]
        if len(answer.rows) > 1:
            lines.append("| " + " | ".join(headed(name, answer) for name in answer.columns) + " |")
            lines.append("|" + " --- |" * len(answer.columns))
            for row in answer.rows[:SHOWN_ROWS]:
                cells = [
                    formatted(name, value, answer.currency) for name, value in zip(answer.columns, row, strict=True)
                ]
                lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
            lines.append("")
        lines += [f"{answer.definition} Unit: {answer.unit}.", "", f"    {answer.sql}", ""]
    return "\n".join(lines)
