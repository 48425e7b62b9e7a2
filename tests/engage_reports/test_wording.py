"""Numbers as a reader meets them."""

import pytest

from engage_reports import ReportError, wording
from engage_reports.kit.look import drawable
from tests.engage_reports.reading import bound, seen


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "$0.00"),
        (0.0000001, "<$0.000001"),
        (0.00012345, "$0.00012"),
        (0.0068, "$0.0068"),
        (0.0123, "$0.0123"),
        (7.5, "$7.50"),
        (999.4, "$999"),
        (9_994, "$9,994"),
        (45_678, "$45.7k"),
        (999_499, "$999.5k"),
        (999_500, "$1.00M"),
        (1_234_567, "$1.23M"),
        (2_500_000_000, "$2.50bn"),
        (-12_000, "-$12.0k"),
    ],
)
def test_amounts(value: float, text: str) -> None:
    assert seen(wording.usd(bound(value))) == text


def test_shares_counts_sizes_times() -> None:
    assert seen(wording.pct(bound(0.1234))) == "12.3%"
    assert seen(wording.count(bound(1234.5))) == "1,234"
    assert seen(wording.points(bound(-0.012))) == "-1.2 points"
    assert seen(wording.change(bound(0.05))) == "+5.0%"
    assert [seen(wording.change(bound(value))) for value in (0.0, -0.0004, 0.0004)] == ["0.0%"] * 3
    assert seen(wording.points(bound(-0.00001))) == "0.0 points"
    assert seen(wording.data_size(bound(999))) == "999 B"
    assert seen(wording.data_size(bound(12_300_000))) == "12.3 MB"
    assert seen(wording.seconds(bound(12.34))) == "12.3 s"
    assert seen(wording.seconds(bound(245))) == "4 min 05 s"
    assert seen(wording.plural(bound(1), "action")) == "1 action"
    assert seen(wording.plural(bound(12), "action")) == "12 actions"
    assert wording.listed(["a", "b", "c"]) == "a, b and c"


@pytest.mark.parametrize("write", [wording.usd, wording.pct, wording.count, wording.decimal, wording.seconds])
@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_number_that_is_not_finite_is_never_printed(write: object, value: float) -> None:
    with pytest.raises(ReportError, match="finite"):
        write(bound(value))  # type: ignore[operator]


def test_first_sentence_is_cut_after_a_word() -> None:
    assert wording.first_sentence("One row a week.\nMore text.", 80) == "One row a week."
    assert wording.first_sentence("alpha beta gamma delta", 13) == "alpha beta…"


def test_letters_the_typeface_lacks_lose_their_accent() -> None:
    assert drawable("São Paulo, Łódź, Zürich, Reykjavík") == "São Paulo, Łódz, Zürich, Reykjavík"
    assert drawable("Nguyễn") == "Nguyên"
    assert drawable("東京") == "??"


@pytest.mark.parametrize(
    ("value", "decimals", "written"), [(-0.004, 2, "0.00"), (0.004, 2, "0.00"), (0.4, 0, "0"), (-1234.6, 0, "-1,235")]
)
def test_a_difference_of_nothing_has_no_sign(value: float, decimals: int, written: str) -> None:
    assert seen(wording.signed(bound(value), decimals)) == written
