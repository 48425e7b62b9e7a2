"""Beyond this run: a month in each variant, other sizes of population, earlier estimates, what if."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from reportlab.platypus import Flowable

from engage_reports.cost import figures
from engage_reports.cost.estimate import RUNS_PER_MONTH, Estimate, estimate
from engage_reports.cost.facts import CostFacts, Scenario
from engage_reports.cost.prices import Deployment, Prices
from engage_reports.frames import ratio
from engage_reports.kit.blocks import Chart, Column, section, table, text
from engage_reports.wording import count, day, decimal, listed, pct, plural, seconds, usd

DAYS = 7
"""Runs in a week when the run is daily. What is kept stays the same: a day's results replace the week's."""


def month(facts: CostFacts) -> list[Flowable]:
    """A month in each variant."""
    priced, thousands = facts.estimate, facts.summary.customers / 1000
    if not priced.variants:
        return []
    cheapest, dearest = (choose(priced.variants, key=lambda v: v.total) for choose in (min, max))
    runs = facts.ledger.bind(RUNS_PER_MONTH, "assumptions.runs_per_month")
    heads = ("Runs", "Storage", "Standing", "A month", "Per 1,000 customers", "A year")
    columns = [Column("Variant", 4), *(Column(h, 1.3, "right") for h in heads)]
    body = [
        [
            v.name,
            usd(v.runs),
            usd(v.storage),
            usd(v.standing),
            usd(v.total),
            usd(ratio(v.total, thousands)),
            usd(v.total * 12),
        ]
        for v in priced.variants
    ]
    return [
        *section(
            "A month on AWS",
            f"From {usd(cheapest.total)} to {usd(dearest.total)} a month: what stays on between the runs decides",
            new_page=False,
        ),
        Chart(
            "month",
            f"Standing costs make the difference: {usd(priced.variants[2].standing)} against "
            f"{usd(priced.variants[0].standing)} a month",
            "USD a month of weekly runs, estimated, by what is paid for. Source: monitoring.stage_usage and the price "
            "list.",
            figures.month(priced.variants, 108),
        ),
        *table(
            columns,
            body,
            f"USD a month, estimated, {decimal(runs)} runs. Runs: tasks, queries, requests, logs. Storage: everything "
            "the runs write, kept as assumed, the database's disk, keys. Standing: orchestrator and database.",
        ),
    ]


def scenarios(facts: CostFacts) -> list[Flowable]:
    """The same estimate for other numbers of customers."""
    found = facts.scenarios
    if not found or not found[0].estimate.variants:
        return [
            *section("Scale", "Other sizes of population are not available"),
            text("Not available: this run has no customers or no stage that would run on AWS."),
        ]
    first, last = found[0], found[-1]
    growth = ratio(ratio(last.estimate.run, last.customers), ratio(first.estimate.run, first.customers))
    heads = ("One run", "Per 1,000 customers", "Off between", "with Spot", "Always on", "with Spot", "Longest stage")
    columns = [
        Column("Customers", 1.5, "right"),
        *(Column(h, 1.6 if h == heads[-1] else 1.3, "right") for h in heads),
        Column("Memory", 1, "right"),
    ]
    measured = facts.benchmark
    sizes = listed([f"{facts.ledger.bind(size, 'scaling.customers'):,.0f}" for size in measured.sizes])
    return [
        *section(
            "Scale",
            f"{plural(last.customers, 'customer')} would cost {usd(last.estimate.month)} a month, "
            f"{usd(ratio(last.estimate.month, last.customers / 1000))} per 1,000",
        ),
        Chart(
            "scale",
            f"Per customer, a run for {count(last.customers)} costs {pct(growth, 0)} of one for "
            f"{count(first.customers)}",
            "USD a month, estimated, on demand, both axes logarithmic; dots: the scenarios below; diamonds: earlier "
            "estimates of the platform that this one succeeds. Source: monitoring.stage_usage, the benchmark, the "
            "price list.",
            figures.scale(found, facts.earlier, 230),
        ),
        *table(
            columns, [_scenario_line(each) for each in found], "USD, estimated. Run: on demand. Months: weekly runs."
        ),
        text(
            f"The growth is measured: processor time and memory of each stage at {sizes} customers "
            f"({measured.machine}, {day(measured.as_of)}), fitted as a fixed part plus a part for each customer. "
            "Beyond the largest of these sizes it is an extrapolation. Training stops growing at its limit of rows. A "
            "stage that needs more memory "
            f"than the largest task ({facts.prices.deployment.task_gb_limit:.0f} GB) has to be divided: the same "
            "processor time and memory in several tasks."
        ),
    ]


def earlier(facts: CostFacts) -> list[Flowable]:
    """Against what the earlier platform claimed for itself."""
    by_size = {float(each.customers): each for each in facts.scenarios}
    body = []
    for claim in facts.earlier:
        ours = by_size.get(float(claim.customers))
        if ours is None or not ours.estimate.variants:
            continue
        always = ours.estimate.variants[2].total
        body.append(
            [
                f"{count(claim.customers)} ({claim.what})",
                "not stated" if claim.run is None else usd(claim.run),
                usd(ours.estimate.run),
                usd(claim.month),
                usd(ours.estimate.month),
                usd(always),
                f"{decimal(ratio(claim.month, ours.estimate.month), 1)} times",
            ]
        )
    if not body:
        return []
    heads = (
        "A run, earlier",
        "A run, here",
        "A month, earlier",
        "Here, off between",
        "Here, always on",
        "Earlier / here, off",
    )
    return [
        text("Against the earlier platform's own estimates", "heading"),
        *table(
            [Column("Customers", 2.6), *(Column(head, 1.5, "right") for head in heads)],
            body,
            "Both sides are estimates. The earlier ones are claims of the platform that this one succeeds: their basis "
            "is not known, and they may include parts (people, other systems) that ours leave out.",
        ),
    ]


def what_if(facts: CostFacts) -> list[Flowable]:
    """One assumption at a time, and what it does to the month."""
    base = facts.estimate
    if not base.variants:
        return []
    prices, assumed = facts.prices.prices, facts.prices.deployment
    questions = assumed.questions_month * (
        assumed.input_tokens_question * prices.input_tokens_million
        + assumed.output_tokens_question * prices.output_tokens_million
    )
    cases: list[tuple[str, Estimate]] = [
        ("Tasks need twice the time", _with(facts, assumed=_times("task_start_seconds", 2), slower=2)),
        ("Tasks get twice the processors", _with(facts, assumed=_times("task_vcpu", 2))),
        ("SQL reads its input twice as often", _with(facts, assumed=_times("scans_per_sql_stage", 2))),
        ("Everything is kept twice as long", _with(facts, assumed=_times("weeks_kept", 2))),
        ("Spot gives half of the stated discount", _with(facts, prices=_times_price("fargate_spot_discount", 0.5))),
        ("Fargate costs a tenth more", _with(facts, prices=_times_price("fargate_vcpu_hour", 1.1))),
    ]
    body = [
        [
            name,
            *(usd(case.variants[place].total) for place in (0, 1, 2)),
            f"{usd(case.variants[0].total - base.variants[0].total)}",
        ]
        for name, case in cases
    ]
    daily = [v.runs * DAYS + v.storage + v.standing * (1 if v.always_on else DAYS) for v in base.variants]
    endpoints = assumed.interface_endpoints * prices.interface_endpoint_hour * assumed.always_on_hours_month
    body.append(["The run is daily, not weekly", *map(usd, daily[:3]), usd(daily[0] - base.variants[0].total)])
    asked = questions / 1e6
    body.append(
        [
            f"{plural(assumed.questions_month, 'question')} to the assistant",
            *(usd(base.variants[place].total + asked) for place in (0, 1, 2)),
            usd(asked),
        ]
    )
    body.append(
        [
            "Private subnets with interface endpoints",
            *(usd(base.variants[place].total + endpoints) for place in (0, 1, 2)),
            usd(endpoints),
        ]
    )
    heads = ("Off between runs", "with Spot", "Always on", "Change, off between runs")
    return [
        *section("What if", "Which assumption matters: one at a time, USD a month"),
        *table(
            [Column("What if", 4), *(Column(head, 1.6, "right") for head in heads)],
            [["As estimated", *(usd(base.variants[place].total) for place in (0, 1, 2)), "-"], *body],
            "USD a month, estimated for this week's customers.",
        ),
    ]


def _scenario_line(found: Scenario) -> list[str]:
    off, off_spot, on, on_spot = found.estimate.variants
    return [
        count(found.customers),
        usd(found.estimate.run),
        usd(ratio(found.estimate.run, found.customers / 1000)),
        *(usd(each.total) for each in (off, off_spot, on, on_spot)),
        seconds(found.longest_seconds),
        f"{count(found.peak_gb)} GB",
    ]


def _with(
    facts: CostFacts,
    *,
    prices: Callable[[Prices], Prices] = lambda same: same,
    assumed: Callable[[Deployment], Deployment] = lambda same: same,
    slower: float = 1.0,
) -> Estimate:
    """The estimate with other prices, assumptions or speed."""
    changed = replace(facts.prices, prices=prices(facts.prices.prices), deployment=assumed(facts.prices.deployment))
    own: Sequence[str] = changed.deployment.own_task_stages
    stages = [replace(s, seconds=s.seconds * slower) if slower != 1 and s.name in own else s for s in facts.stages]
    return estimate(stages, changed)


def _times(name: str, factor: float) -> Callable[[Deployment], Deployment]:
    return lambda given: replace(given, **{name: getattr(given, name) * factor})


def _times_price(name: str, factor: float) -> Callable[[Prices], Prices]:
    return lambda given: replace(given, **{name: getattr(given, name) * factor})
