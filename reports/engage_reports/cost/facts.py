"""Everything that the cost report says in figures."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from engage_reports.binding import Ledger
from engage_reports.cost.estimate import Estimate, Stage, estimate, measured_stages
from engage_reports.cost.prices import EarlierEstimate, PriceList, load_earlier, load_prices
from engage_reports.cost.scaling import Benchmark, grown, load_benchmark
from engage_reports.engagement.headline import Headline, headline
from engage_reports.frames import Tables, as_day, number, rows, text

SCENARIOS = (100_000, 1_000_000, 10_000_000, 60_000_000)
RUNS_SHOWN = 8


@dataclass(frozen=True)
class Scenario:
    """The estimate for another number of customers."""

    customers: float
    estimate: Estimate
    longest_seconds: float
    peak_gb: float


@dataclass(frozen=True)
class PastRun:
    """One run of the ``engage_costs`` table."""

    week: date
    run_id: str
    customers: float
    seconds: float
    usd: float


@dataclass(frozen=True)
class Questions:
    """What a language model was asked in the week, measured; the models' names as the transcripts give them."""

    questions: float
    calls: float
    input_tokens: float
    output_tokens: float
    unreadable: float
    models: str


@dataclass(frozen=True)
class CostFacts:
    """The figures of one cost report."""

    week: date
    ledger: Ledger
    summary: Headline
    stages: tuple[Stage, ...]
    prices: PriceList
    estimate: Estimate
    saved_customers: float | None
    benchmark: Benchmark
    scenarios: tuple[Scenario, ...]
    earlier: tuple[EarlierEstimate, ...]
    history: tuple[PastRun, ...]
    questions: Questions | None
    """None when no record was handed over."""

    @property
    def questions_usd(self) -> float:
        """The measured tokens times the listed price."""
        if self.questions is None:
            return 0.0
        paid = self.prices.prices
        return (
            self.questions.input_tokens * paid.input_tokens_million
            + self.questions.output_tokens * paid.output_tokens_million
        ) / 1e6


def cost_facts(tables: Tables, week: date, prices: Path | None = None) -> CostFacts:
    """All facts of the cost report.

    Raises:
        ReportError: a table, a column, a figure or the price list is missing or wrong.
    """
    stages, listed, summary = measured_stages(tables), load_prices(tables.ledger, prices), headline(tables)
    benchmark = load_benchmark()
    return CostFacts(
        week,
        tables.ledger,
        summary,
        stages,
        listed,
        estimate(stages, listed),
        saved_customers(tables),
        benchmark,
        tuple(scenario(size, stages, summary.customers, listed, benchmark, tables.ledger) for size in SCENARIOS)
        if stages and summary.customers > 0
        else (),
        load_earlier(tables.ledger),
        past_runs(tables),
        questions_asked(tables),
    )


def scenario(
    size: int, stages: tuple[Stage, ...], here: float, listed: PriceList, benchmark: Benchmark, ledger: Ledger
) -> Scenario:
    """The estimate of a run for ``size`` customers, from this run's use and the benchmark's growth."""
    priced = [stage for stage in stages if stage.name not in listed.deployment.not_on_aws_stages]
    bigger = [grown(stage, here=here, customers=size, benchmark=benchmark, ledger=ledger) for stage in priced]
    found = estimate(bigger, listed)
    return Scenario(
        ledger.bind(size, "scenarios.customers"),
        found,
        max((stage.seconds for stage in bigger), default=0.0),
        max((cost.gb for cost in found.stages), default=0.0),
    )


def saved_customers(tables: Tables) -> float | None:
    """The customers that the week's actions are expected to keep; None when there are no actions."""
    name = "analytics.initiatives"
    if not tables.has_rows(name):
        return None
    return sum(number(row, "expected_saved", "Initiatives") for row in rows(tables, name, ("expected_saved",)))


def questions_asked(tables: Tables) -> Questions | None:
    """The week's use of the language model."""
    name = "records.questions"
    if not tables.has_rows(name):
        return None
    columns = ("questions", "calls", "input_tokens", "output_tokens", "unreadable")
    [row] = rows(tables, name, (*columns, "models"))
    return Questions(models=text(row, "models", ""), **{column: number(row, column, "Questions") for column in columns})


def past_runs(tables: Tables) -> tuple[PastRun, ...]:
    """The last runs of ``engage_costs``, newest first."""
    name = "history.engage_costs"
    if not tables.has_rows(name):
        return ()
    made = [
        PastRun(
            as_day(row, "week", "Costs"),
            text(row, "run_id"),
            *(number(row, column, f"Costs of run {row['run_id']}") for column in ("customers", "seconds", "usd")),
        )
        for row in rows(tables, name, ("week", "run_id", "customers", "seconds", "usd"))
    ]
    return tuple(sorted(made, key=lambda each: each.week, reverse=True))[:RUNS_SHOWN]
