"""Values as people read them."""

import pytest

from engage_assets.assistant.answer import formatted


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.0, "0.00 EUR"), (1.2e-06, "less than 0.0001 EUR"), (0.0001, "0.0001 EUR"), (0.0123, "0.012 EUR"),
        (1234.5, "1,234.50 EUR"), (-3.0, "-3.00 EUR"),
    ],
)  # fmt: skip
def test_no_amount_is_in_scientific_notation(value: float, shown: str) -> None:
    assert formatted("logs_usd", value, "EUR") == shown


@pytest.mark.parametrize("column", ["usd", "sum(usd)", "max(compute_usd)", "run_usd"])
def test_an_amount_without_a_name_of_its_own_has_its_currency(column: str) -> None:
    assert formatted(column, 1234.5) == "1,234.50 USD"
