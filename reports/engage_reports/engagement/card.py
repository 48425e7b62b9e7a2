"""What the model card says beside the audit: the data of the version, and what mitigation does or would cost."""

from dataclasses import dataclass

from engage_reports.frames import Tables, number, rows, text

TRAINING, MITIGATION = "records.training", "records.mitigation"


@dataclass(frozen=True)
class Training:
    """The rows that the version was made of and judged on."""

    rows: float
    validation: float
    active: float
    churn_rate: float
    features: float


@dataclass(frozen=True)
class Mitigation:
    """What one way of mitigation changes among the selected customers of the validation week."""

    name: str
    attribute: str
    auc: float
    leavers: float
    revenue_usd: float
    ratio: float


@dataclass(frozen=True)
class Card:
    """The version's own records; None and empty where they were not handed over."""

    training: Training | None
    mitigation: tuple[Mitigation, ...]


def card(tables: Tables) -> Card:
    """The records of the version that the scorecard names."""
    return Card(_training(tables), _mitigation(tables))


def _training(tables: Tables) -> Training | None:
    if not tables.has_rows(TRAINING):
        return None
    columns = ("training_rows", "validation_rows", "validation_rows_active", "churn_rate_active", "features")
    [row] = rows(tables, TRAINING, columns)
    return Training(*(number(row, column, "Training record") for column in columns))


def _mitigation(tables: Tables) -> tuple[Mitigation, ...]:
    if not tables.has_rows(MITIGATION):
        return ()
    figures = ("auc_change", "leavers_change", "revenue_change_usd", "ratio_change")
    return tuple(
        Mitigation(
            text(row, "mitigation"), text(row, "attribute"), *(number(row, each, "Mitigation") for each in figures)
        )
        for row in rows(tables, MITIGATION, ("mitigation", "attribute", *figures))
    )
