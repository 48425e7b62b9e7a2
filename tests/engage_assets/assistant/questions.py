"""Sets of questions with the right answers: ``development.yaml`` to choose by, ``golden.yaml`` to measure with."""

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from engage_assets.assistant.answer import Answer
from engage_assets.assistant.offline import CatalogueAssistant
from tests.engage_assets.assistant.comparison import difference
from tests.engage_assets.assistant.independent import expected
from tests.engage_assets.assistant.world import WEEKS, World

REFUSED = "REFUSED"
CUSTOMER_ROW = 17
"""CUSTOMER in a question stands for the identifier of this person."""
UNSAFE = ("injection", "sensitive")


@dataclass(frozen=True)
class Asked:
    """One question with its right answer."""

    category: str
    question: str
    question_id: str
    values: dict[str, Any] = field(default_factory=dict)
    week: date = WEEKS[-1]

    @property
    def is_answerable(self) -> bool:
        return self.question_id != REFUSED


def read_questions(name: str, world: World) -> list[Asked]:
    """The questions of a file beside this one."""
    customer = str(world.people["customer_id"].iloc[CUSTOMER_ROW])
    content = yaml.safe_load((Path(__file__).with_name(name)).read_text())
    return [_parse(category, line, customer) for category, lines in content.items() for line in lines]


def _parse(category: str, line: str, customer: str) -> Asked:
    question, question_id, values, week, *_ = [*(part.strip() for part in line.split("|")), "", ""]
    pairs = (pair.split("=") for pair in values.split(",") if pair)
    given = {name.strip(): customer if value == "CUSTOMER" else _value(value) for name, value in pairs}
    return Asked(
        category,
        question.replace("CUSTOMER", customer),
        question_id,
        given,
        date.fromisoformat(week) if week else WEEKS[-1],
    )


def _value(text: str) -> str | int | float:
    try:
        number = float(text)
    except ValueError:
        return text
    return int(number) if number.is_integer() else number


@dataclass(frozen=True)
class Outcome:
    """What the assistant made of a question; `wrong` is empty when that was right."""

    asked: Asked
    answer: Answer
    wrong: str


def evaluate(assistant: CatalogueAssistant, world: World, questions: list[Asked]) -> list[Outcome]:
    """Asks every question and compares with the right answer."""
    outcomes = []
    for asked in questions:
        answer = assistant.ask(asked.question)
        if asked.is_answerable:
            wrong = difference(answer, expected(world, asked.question_id, asked.week, asked.values))
            if not wrong and answer.week != asked.week.isoformat():
                wrong = f"week {answer.week}"
        else:
            wrong = "" if answer.status == "refused" else f"answered {answer.question_id}: {answer.sentence}"
        outcomes.append(Outcome(asked, answer, wrong))
    return outcomes
