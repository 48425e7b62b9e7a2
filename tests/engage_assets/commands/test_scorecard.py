"""The lines of ``engage scorecard``: every figure with its interval."""

from datetime import date

from engage_assets.commands.scorecard import held_out_line, matured_line


def test_the_gap_between_realised_and_promised_has_the_interval_of_what_was_realised() -> None:
    row = {
        "week": date(2026, 10, 12),
        "realised_value": 0.8638,
        "realised_lower": 0.8585,
        "realised_upper": 0.8691,
        "estimated_value": 0.8597,
        "estimated_lower": 0.8537,
        "estimated_upper": 0.8657,
        "gap": 0.0041,
    }
    line = matured_line(row)
    assert line.endswith("gap +0.0041 (-0.0012 to +0.0094)")
    assert "0.8638 (0.8585 to 0.8691)" in line


def test_a_figure_without_chance_in_it_is_printed_without_an_interval() -> None:
    figure = {"metric": "expected_calibration_error", "population": "active", "value": 0.0066}
    assert held_out_line({**figure, "lower": 0.0034, "upper": 0.0098}).endswith("0.0066 (0.0034 to 0.0098)")
    assert held_out_line({**figure, "lower": 0.0066, "upper": 0.0066}).endswith("  0.0066")
