"""How good the model is, whether it is fair, what the gates said, where the rows went."""

from dataclasses import dataclass

from engage_reports.frames import Tables, number, optional_number, ratio, rows, text


@dataclass(frozen=True)
class Metric:
    """One line of the model scorecard; the interval's ends may be missing."""

    model: str
    version: str
    population: str
    name: str
    value: float
    lower: float | None
    upper: float | None


@dataclass(frozen=True)
class ReliabilityBin:
    """Customers of the validation week with about the same predicted probability, and what happened."""

    predicted: float
    observed: float
    lower: float
    upper: float
    customers: float


@dataclass(frozen=True)
class Contacting:
    """What contacting the riskiest share of the validation customers would have meant."""

    share: float
    customers: float
    leavers: float
    false_alarms: float
    precision: float
    recall: float
    lift: float


@dataclass(frozen=True)
class FairnessGroup:
    """One group's treatment by the model; figures are None where the group is too small to tell."""

    attribute: str
    group: str
    customers: float
    ratio: float | None
    ratio_lower: float | None
    ratio_upper: float | None
    tpr_gap: float | None
    fpr_gap: float | None
    gap_upper: float | None
    calibration_gap: float | None
    calibration_lower: float | None
    calibration_upper: float | None
    state: str

    @property
    def error_gap(self) -> float | None:
        """The larger difference of its error rates from those of all."""
        gaps = [gap for gap in (self.tpr_gap, self.fpr_gap) if gap is not None]
        return max(gaps) if gaps else None


FAIRNESS_GAPS = ("tpr_gap", "fpr_gap", "gap_upper", "calibration_gap", "calibration_lower", "calibration_upper")


@dataclass(frozen=True)
class OfferRate:
    """The share of one group that was offered an action."""

    attribute: str
    group: str
    customers: float
    rate: float


@dataclass(frozen=True)
class Gate:
    """One verdict of this run."""

    gate: str
    asset: str
    state: str
    limit: str
    message: str


@dataclass(frozen=True)
class Accounting:
    """Rows of one source table: in = kept + quarantined."""

    table: str
    rows_in: float
    kept: float
    quarantined: float

    @property
    def quarantined_share(self) -> float:
        """Quarantined, of the rows that came in."""
        return ratio(self.quarantined, self.rows_in)


def scorecard(tables: Tables) -> tuple[Metric, ...]:
    """The model scorecard; a metric without a value (too few rows) is left out."""
    columns = ("model", "model_version", "population", "metric", "value", "lower", "upper")
    return tuple(
        Metric(
            model=text(row, "model"),
            version=text(row, "model_version"),
            population=text(row, "population"),
            name=text(row, "metric"),
            value=number(row, "value", "Scorecard"),
            lower=optional_number(row, "lower"),
            upper=optional_number(row, "upper"),
        )
        for row in rows(tables, "analytics.model_scorecard", columns)
        if optional_number(row, "value") is not None
    )


def reliability(tables: Tables) -> tuple[ReliabilityBin, ...]:
    """The reliability bins that hold customers, lowest prediction first."""
    columns = ("predicted", "observed", "lower", "upper", "customers")
    made = [
        ReliabilityBin(*(number(row, column, "Reliability") for column in columns))
        for row in rows(tables, "analytics.reliability", columns)
        if number(row, "customers", "Reliability") > 0
    ]
    return tuple(sorted(made, key=lambda each: each.predicted))


def contacting(tables: Tables) -> tuple[Contacting, ...]:
    """The lift table, smallest share first."""
    columns = ("share_contacted", "customers", "expected_leavers", "false_alarms", "precision", "recall", "lift")
    made = [
        Contacting(*(number(row, column, "Lift") for column in columns))
        for row in rows(tables, "analytics.lift", columns)
    ]
    return tuple(sorted(made, key=lambda each: each.share))


def fairness(tables: Tables) -> tuple[FairnessGroup, ...]:
    """The fairness audit by attribute and group."""
    columns = ("attribute", "group_name", "customers", "selection_rate_ratio", "ratio_lower", "ratio_upper", "state")
    return tuple(
        FairnessGroup(
            attribute=text(row, "attribute"),
            group=text(row, "group_name"),
            customers=number(row, "customers", f"Fairness {row['group_name']}"),
            ratio=optional_number(row, "selection_rate_ratio"),
            ratio_lower=optional_number(row, "ratio_lower"),
            ratio_upper=optional_number(row, "ratio_upper"),
            tpr_gap=optional_number(row, "tpr_gap"),
            fpr_gap=optional_number(row, "fpr_gap"),
            gap_upper=optional_number(row, "gap_upper"),
            calibration_gap=optional_number(row, "calibration_gap"),
            calibration_lower=optional_number(row, "calibration_lower"),
            calibration_upper=optional_number(row, "calibration_upper"),
            state=text(row, "state"),
        )
        for row in rows(tables, "fairness.group_metrics", (*columns, *FAIRNESS_GAPS))
    )


def offer_rates(tables: Tables) -> tuple[OfferRate, ...]:
    """Who is offered an action, by attribute and group."""
    columns = ("attribute", "group_name", "customers", "offer_rate")
    return tuple(
        OfferRate(
            text(row, "attribute"),
            text(row, "group_name"),
            number(row, "customers", "Offer rate"),
            number(row, "offer_rate", f"Offer rate of {row['group_name']}"),
        )
        for row in rows(tables, "fairness.offer_rates", columns)
        if number(row, "customers", "Offer rate") > 0
    )


def gates(tables: Tables) -> tuple[Gate, ...]:
    """The verdicts of the run."""
    columns = ("gate", "asset", "state", "limit_text", "message")
    found = rows(tables, "monitoring.gate_results", columns)
    return tuple(Gate(*(text(row, column, "") for column in columns)) for row in found)


def accounting(tables: Tables) -> tuple[Accounting, ...]:
    """Rows in, kept and quarantined by source table."""
    columns = ("source_table", "rows_in", "rows_kept", "rows_quarantined")
    return tuple(
        Accounting(text(row, columns[0]), *(number(row, c, f"Rows of {row['source_table']}") for c in columns[1:]))
        for row in rows(tables, "monitoring.row_accounting", columns)
    )
