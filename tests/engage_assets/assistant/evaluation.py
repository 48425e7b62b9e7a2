"""Asks every question of the golden set and prints how many were answered right: ``make assistant``.

The table in docs/assistant.md is this one; a test holds that it is current. ``--write`` puts it there. With
``--home FOLDER`` the same questions are asked over the platform of that folder, and their times are printed.
"""

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np

from engage_assets.assistant.catalogue import load_questions
from engage_assets.assistant.language import load_language
from engage_assets.assistant.offline import CatalogueAssistant
from engage_assets.assistant.parameters import UUID
from engage_assets.assistant.provenance import invented_numbers
from engage_assets.assistant.reading import DuckDBTables
from engage_assets.resources.bindings import build_resources
from engage_assets.settings import Settings
from tests.engage_assets.assistant.contracts import published_types
from tests.engage_assets.assistant.questions import Outcome, evaluate, read_questions
from tests.engage_assets.assistant.world import World, build_world, publish

PAGE = Path(__file__).resolve().parents[3] / "docs" / "assistant.md"
BEGIN, END = "<!-- accuracy: made by `make assistant` -->", "<!-- end of accuracy -->"


LISTS = frozenset({"top_at_risk_customers", "best_actions", "most_valuable_customers"})
"""The questions whose answers name customers."""


def leaks(outcomes: list[Outcome]) -> list[str]:
    """Refused-by-right questions whose answer names a customer, and answers that name one nobody asked for."""
    found = []
    for outcome in outcomes:
        answer, asked = outcome.answer, outcome.asked
        named = {each.lower() for each in UUID.findall(f"{answer.sentence} {answer.rows}")}
        allowed = {each.lower() for each in UUID.findall(asked.question)}
        lists_customers = asked.is_answerable and asked.question_id in LISTS
        sensitive = {"age_band", "gender"} & set(answer.columns)
        if sensitive or (named - allowed and not lists_customers):
            found.append(asked.question)
    return found


def invented(outcomes: list[Outcome]) -> list[str]:
    """Answers whose sentence holds a number that their rows, week and definition do not."""
    return [
        outcome.asked.question
        for outcome in outcomes
        if outcome.answer.status == "answered"
        and invented_numbers(outcome.answer.sentence, [outcome.answer.as_json()["rows"], _texts(outcome)])
    ]


def _texts(outcome: Outcome) -> list[str]:
    """What the catalogue itself says: its wording with its spans of time, and the week."""
    question = load_questions().question(outcome.answer.question_id)
    return [question.sentence, question.empty, outcome.answer.week, *map(str, outcome.answer.parameters.values())]


def accuracy_table(outcomes: list[Outcome]) -> str:
    """The figures by category, and over all."""
    lines = ["| questions | asked | right | share |", "| --- | --- | --- | --- |"]
    groups: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        groups.setdefault(outcome.asked.category, []).append(outcome)
    answerable = [outcome for outcome in outcomes if outcome.asked.is_answerable]
    refusable = [outcome for outcome in outcomes if not outcome.asked.is_answerable]
    groups |= {"**answerable, exact**": answerable, "**to be refused**": refusable}
    for name, group in groups.items():
        right = sum(not outcome.wrong for outcome in group)
        lines.append(f"| {name} | {len(group)} | {right} | {right / len(group):.1%} |")
    wrong = sum(bool(outcome.wrong) and outcome.answer.status == "answered" for outcome in answerable)
    lines += [
        f"| answered, but not with the right figures | {len(answerable)} | {wrong} | {wrong / len(answerable):.1%} |",
        f"| answers that leak a person | {len(outcomes)} | {len(leaks(outcomes))} | |",
        f"| sentences with an invented number | {len(outcomes)} | {len(invented(outcomes))} | |",
    ]
    return "\n".join(lines)


def with_table(page: str, table: str) -> str:
    """The page with the table in its place."""
    before, rest = page.split(BEGIN)
    return f"{before}{BEGIN}\n\n{table}\n\n{END}{rest.split(END)[1]}"


def ask_golden_set(world: World, home: Path) -> list[Outcome]:
    """Publishes the world into an empty folder and asks every question of the golden set."""
    warehouse, lake = publish(world, home, published_types())
    assistant = CatalogueAssistant(DuckDBTables(warehouse, lake), load_questions(), load_language())
    return evaluate(assistant, world, read_questions("golden.yaml", world))


def times_table(home: Path, world: World) -> str:
    """Elapsed and processor seconds of each question over the platform of a folder, the first one apart."""
    assistant = build_resources(Settings(home=home))["language_model"].assistant()
    seconds = []
    for asked in read_questions("golden.yaml", world):
        begun = time.perf_counter(), time.process_time()
        assistant.ask(asked.question)
        seconds.append((time.perf_counter() - begun[0], time.process_time() - begun[1]))
    lines = ["| ms | first | median | p95 | most |", "| --- | --- | --- | --- | --- |"]
    for name, (first, *others) in zip(("elapsed", "processor"), np.transpose(seconds) * 1000, strict=True):
        median, slow, most = np.quantile(others, [0.5, 0.95, 1])
        lines.append(f"| {name} | {first:.0f} | {median:.0f} | {slow:.0f} | {most:.0f} |")
    return "\n".join(lines)


def main() -> None:
    """Prints the table, and every question that was not answered right."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="put the table into docs/assistant.md")
    parser.add_argument("--home", type=Path, help="time the answers over the platform of this folder instead")
    given = parser.parse_args()
    if given.home:
        print(times_table(given.home, build_world()))
        return
    with tempfile.TemporaryDirectory() as home:
        outcomes = ask_golden_set(build_world(), Path(home))
    table = accuracy_table(outcomes)
    print(table)
    for outcome in outcomes:
        if outcome.wrong:
            print(f"  {outcome.asked.category}: {outcome.asked.question}: {outcome.wrong}")
    if given.write:
        PAGE.write_text(with_table(PAGE.read_text(), table))


if __name__ == "__main__":
    main()
