"""Bound numbers: nothing is printed that no query stands behind, and every printed figure follows its columns."""

import ast
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import engage_reports
from engage_reports import ReportError, wording
from engage_reports.appendix import complete
from engage_reports.binding import Entry, Ledger, read_marks
from engage_reports.cost.report import draft_cost
from engage_reports.draft import Draft, words_of
from engage_reports.engagement.report import draft_engagement
from engage_reports.kit.blocks import text, title_block
from engage_reports.kit.document import Edition
from tests.engage_reports.published_week import RUN_ID, WEEK, published_frames

Frames = dict[str, pd.DataFrame]
ALLOWED = {"30", "95", "12", "0", "1", "000", "00", "4", "86", "3", "5"}
"""Definitions, and the digits of product names and of the formula of the lifetime value."""

DraftMaker = Callable[..., Draft]
Origin = tuple[str, frozenset[str]]


def of_words(*words: str, ledger: Ledger | None = None) -> Draft:
    edition = Edition("A report", WEEK, RUN_ID)
    front = title_block("A report", "about numbers")
    return complete("a", edition, "", ledger or Ledger(), front=front, body=[text(each) for each in words])


def test_a_number_that_no_query_gave_cannot_be_written() -> None:
    for write in (wording.count, wording.pct, wording.usd, wording.decimal, wording.seconds, wording.points):
        with pytest.raises(ReportError, match="Unbound number"):
            write(12.5)


def test_a_typed_number_stops_the_build() -> None:
    with pytest.raises(ReportError, match="Unbound number 4711 in the text 'It was 4711 customers"):
        of_words("It was 4711 customers.")


def test_definitions_names_and_bound_figures_pass() -> None:
    ledger = Ledger()
    ledger.know("Cohort 2025-Q3")
    figure = wording.count(ledger.bind(4711, "t.customers"))
    made = of_words(f"Within 12 months {figure} of cohort 2025-Q3 leave.", ledger=ledger)
    assert Entry("4,711", "t.customers", frozenset({"t.customers"}), 4711) in made.ledger.entries


def test_a_formatted_number_is_entered_too() -> None:
    ledger = Ledger()
    words = f"{ledger.bind(0.4711, 't.score'):.2f}"
    assert read_marks(words)[0] == "0.47"
    assert ledger.entries == [Entry("0.47", "t.score", frozenset({"t.score"}), 0.4711)]


def test_formulas_say_how_a_figure_was_computed() -> None:
    ledger = Ledger()
    a, b = ledger.bind(2, "t.a"), ledger.bind(8, "t.b")
    assert (a / b).formula == "t.a / t.b"
    assert sum([a, a, a]).formula == "sum(t.a)"
    assert (a / (a + b)).formula == "t.a / (t.a + t.b)"
    assert ((a + a) / b).formula == "sum(t.a) / t.b"
    assert (1000 * a - b).formula == "1000 x t.a - t.b"
    assert (-(a - b)).columns == {"t.a", "t.b"}
    assert float(abs(a - b)) == 6


def test_no_page_types_a_number_in_its_words() -> None:
    """Digits in the string literals of the pages are definitions (30 days, 95%, 12 months), and each is listed here."""
    folder = Path(engage_reports.__file__).parent
    found = []
    for path in [*folder.glob("*/pages*.py"), folder / "appendix.py"]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value:
                digits = set(re.findall(r"\d+", node.value))
                found += [f"{path.name}:{node.lineno}: {node.value}" for _ in digits - ALLOWED]
    assert not found


def figures(draft: Draft) -> dict[Origin, list[float]]:
    """The exact values of the printed figures by formula and columns, in the order of the pages, tables included."""
    found: dict[Origin, list[float]] = {}
    for _, words in words_of(draft.story):
        for place in words.entries:
            entry = draft.ledger.entries[place]
            found.setdefault((entry.formula, entry.columns), []).append(entry.value)
    return found


BASES = {make: figures(make(published_frames(), week=WEEK, run_id=RUN_ID)) for make in (draft_engagement, draft_cost)}
ROUNDS = max(len(frame.select_dtypes("number").columns) for frame in published_frames().values())


def perturbed(turn: int) -> tuple[Frames, set[str]]:
    """The frames with one numeric column of every table changed, each row by another factor; and those columns."""
    frames, columns = published_frames(), set()
    for table, frame in frames.items():
        numbers = frame.select_dtypes("number").columns
        if turn < len(numbers) and len(frame):
            values = frame[numbers[turn]].astype(float)
            frame[numbers[turn]] = values * (1.31 + 0.17 * np.arange(len(values)))
            columns.add(f"{table}.{numbers[turn]}")
    return frames, columns


@pytest.mark.parametrize("make", BASES, ids=lambda make: make.__name__)
@pytest.mark.parametrize("turn", range(ROUNDS))
def test_every_figure_follows_its_columns(make: DraftMaker, turn: int) -> None:
    frames, columns = perturbed(turn)
    after = figures(make(frames, week=WEEK, run_id=RUN_ID))
    for origin, old in BASES[make].items():
        new = after.get(origin, [])
        if len(new) != len(old):
            continue  # another row came first, or another sentence is said: the words changed with the figures
        kept = [value for value, other in zip(old, new, strict=True) if value == other and value != 0]
        if origin[1] & columns and not origin[0].startswith("f("):
            # Half may stay: a share of a single row is 1 whatever the row, the largest of several may be another one.
            assert len(kept) <= len(old) // 2, f"{origin[0]}: {kept} did not follow {origin[1] & columns}"


@pytest.mark.parametrize("make", BASES, ids=lambda make: make.__name__)
def test_figures_of_many_columns_follow_their_tables(make: DraftMaker) -> None:
    """A figure of many columns names its tables only. One column may cancel in a difference; all of them do not."""
    frames = published_frames()
    for frame in frames.values():
        for place, name in enumerate(frame.select_dtypes("number").columns):
            frame[name] = frame[name].astype(float) * (1.31 + 0.11 * place + 0.17 * np.arange(len(frame)))
    after = figures(make(frames, week=WEEK, run_id=RUN_ID))
    tables = set(frames)
    for origin, old in BASES[make].items():
        new = after.get(origin, [])
        if origin[0].startswith("f(") and len(new) == len(old) and {c.rpartition(".")[0] for c in origin[1]} & tables:
            kept = [value for value, other in zip(old, new, strict=True) if value == other and value != 0]
            assert len(kept) <= len(old) // 2, f"{origin[0]}: {kept}"


def test_the_figures_of_the_weekly_summary_follow_it_one_by_one() -> None:
    base = BASES[draft_engagement]
    for column in ("expected_leavers_active", "revenue_at_risk_usd", "expected_action_value_usd", "daily_active_users"):
        frames = published_frames()
        frames["analytics.weekly_summary"][column] *= 1.7
        after = figures(draft_engagement(frames, week=WEEK, run_id=RUN_ID))
        own = f"analytics.weekly_summary.{column}"
        assert after[own, frozenset({own})] == pytest.approx([value * 1.7 for value in base[own, frozenset({own})]])
        # Only what comes from this column changes. (The order of the ranked groups does not depend on it.)
        others = {origin for origin in base if own not in origin[1]}
        assert {origin: after.get(origin) for origin in others} == {origin: base[origin] for origin in others}
