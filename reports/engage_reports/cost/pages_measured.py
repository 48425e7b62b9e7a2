"""The first page of the cost report: what the run used on the machine that ran it, and the estimate in one line."""

from reportlab.platypus import Flowable

from engage_reports.cost import figures
from engage_reports.cost.facts import CostFacts
from engage_reports.frames import ratio
from engage_reports.kit import look
from engage_reports.kit.blocks import Chart, Column, call_outs, panels, section, table, text, title_block
from engage_reports.wording import count, data_size, day, decimal, pct, plain, plural, seconds, shortened, usd

NOT_RECORDED = "not recorded"


def summary(facts: CostFacts) -> list[Flowable]:
    """Measured and estimated, side by side and apart."""
    total, stages, priced, listed = facts.summary, facts.stages, facts.estimate, facts.prices
    elapsed, processor = sum(s.seconds for s in stages), sum(s.cpu_seconds for s in stages)
    peak = max(stages, key=lambda stage: stage.peak_memory_mb)
    written, scanned = sum(s.bytes_written for s in stages), sum(s.bytes_scanned for s in stages)
    thousands = total.customers / 1000
    lead = f"The run for {plural(total.customers, 'customer')} took {seconds(elapsed)} on this machine (measured)."
    if priced.stages:
        lead += (
            f" On AWS the same run is estimated at {usd(priced.run)}, a month of weekly runs at {usd(priced.month)} "
            f"when everything is off between the runs, {usd(priced.variants[2].total)} when the web page stays on."
        )
    share = ratio(priced.run, total.expected_action_value_usd)
    cards = [
        (seconds(elapsed), "elapsed in all stages (measured here)"),
        (f"{count(peak.peak_memory_mb)} MB", f"peak memory, in {plain(peak.name).lower()} (measured here)"),
    ]
    if priced.stages:
        cards += [
            (
                usd(priced.run),
                f"for one run on AWS (estimated), {usd(ratio(priced.run, thousands))} per 1,000 customers",
            ),
            (usd(priced.month), f"a month (estimated), {usd(ratio(priced.month, thousands))} per 1,000 customers"),
        ]
    return [
        *title_block("Cost report", f"Week of {day(facts.week)}: what the run used here, what it would cost on AWS"),
        text(lead, "lead"),
        call_outs(cards),
        panels(
            [
                (
                    "Measured here",
                    [
                        f"{seconds(processor)} of processor time, {decimal(ratio(processor, elapsed), 1)} processors "
                        "busy on average.",
                        f"Read: {_recorded(scanned)}. Written: {_recorded(written)}.",
                        f"{seconds(ratio(elapsed, thousands))} for each 1,000 customers.",
                        "The machine's own cost (purchase, power) is not counted.",
                    ],
                    look.BLUE,
                ),
                (
                    "Estimated on AWS",
                    [
                        f"{listed.region}, list prices as of {day(listed.as_of)}, before tax, without free tier.",
                        _saved(facts),
                        f"One run costs {_small_share(share)} of the value expected from this week's actions "
                        f"({usd(total.expected_action_value_usd)})."
                        if total.expected_action_value_usd > 0
                        else "This week's actions have no expected value to compare with.",
                        "No bill has been read: measured use times list price, with the assumptions stated below.",
                    ],
                    look.ORANGE,
                ),
            ]
        ),
    ]


def _saved(facts: CostFacts) -> str:
    """The cost of a run for each customer that the actions are expected to keep."""
    saved = facts.saved_customers
    if saved is None or saved <= 0:
        return "Cost per saved customer not available: no action of this week is expected to keep a customer."
    thousand = ratio(facts.estimate.run, saved) * 1000
    with_actions = ratio(facts.estimate.run + facts.summary.action_cost_usd, saved)
    return (
        f"{usd(thousand)} a run for 1,000 customers that its actions are expected to keep ({count(saved)} this week); "
        f"with the cost of the actions, {usd(with_actions)} for each one."
    )


def _recorded(size: float) -> str:
    """A size; a stage that recorded none says so, as no stage reads or writes nothing."""
    return data_size(size) if size else NOT_RECORDED


def _small_share(share: float) -> str:
    return pct(share, 2 if share >= 0.0005 else 5)


def measured(facts: CostFacts) -> list[Flowable]:
    """Each stage as it was measured on this machine."""
    stages = facts.stages
    elapsed = sum(stage.seconds for stage in stages)
    slowest = max(stages, key=lambda stage: stage.seconds)
    columns = [
        Column("Stage", 2.4),
        *(Column(head, 1.5, "right") for head in ("Elapsed", "Processor", "Peak memory", "Rows")),
    ]
    columns += [Column(head, 1.5, "right") for head in ("Read", "Written", "Rows a second")]
    body = [
        [
            plain(stage.name),
            seconds(stage.seconds),
            seconds(stage.cpu_seconds),
            f"{count(stage.peak_memory_mb)} MB",
            count(stage.rows) if stage.rows else NOT_RECORDED,
            _recorded(stage.bytes_scanned),
            _recorded(stage.bytes_written),
            count(ratio(stage.rows, stage.seconds)) if stage.rows else NOT_RECORDED,
        ]
        for stage in stages
    ]
    caption = (
        "Peak memory is that of the process or its largest child until the end of the stage, so it never falls from "
        "one stage to the next in one process. Source: monitoring.stage_usage."
    )
    return [
        *section(
            "Measured here",
            f"{plain(slowest.name)} takes {pct(ratio(slowest.seconds, elapsed), 0)} of the time",
            new_page=False,
        ),
        Chart(
            "measured",
            f"Measured on the machine of this run: {seconds(elapsed)} in all",
            "Elapsed and processor time (seconds) by stage. Source: monitoring.stage_usage.",
            figures.measured(stages, min(200.0, 62.0 + 17.0 * len(stages))),
        ),
        *table(columns, body, caption),
    ]


def asked(facts: CostFacts) -> list[Flowable]:
    """What the assistant's language model used in the week, and what that costs at the listed price."""
    heading = text("Questions to the assistant", "heading")
    found, listed = facts.questions, facts.prices
    if found is None:
        return [heading, text("Not available: the record of the week's questions was not handed over.")]
    lines = (
        f"Measured in the week: {plural(found.questions, 'question')} to a language model in "
        f"{plural(found.calls, 'call')}, {plural(found.input_tokens, 'input token')} and "
        f"{plural(found.output_tokens, 'output token')}{f' ({found.models})' if found.models else ''}. "
        f"At the listed price of {listed.language_model} ({listed.region}, {day(listed.as_of)}): "
        f"{usd(facts.questions_usd)}, estimated. Questions that the catalogue answers alone need no model and cost "
        "nothing."
    )
    if found.unreadable:
        lines += (
            f" {plural(found.unreadable, 'transcript')} of the week could not be read; what was used there is not "
            "counted."
        )
    return [heading, text(lines)]


def history(facts: CostFacts) -> list[Flowable]:
    """What earlier runs took and were estimated at."""
    if not facts.history:
        return [text("Earlier runs not available: engage_costs holds no run before this one.")]
    columns = [
        Column("Week", 2),
        Column("Run", 4),
        *(Column(h, 2, "right") for h in ("Customers", "Elapsed", "On AWS")),
    ]
    body = [
        [each.week.isoformat(), shortened(each.run_id, 20), count(each.customers), seconds(each.seconds), usd(each.usd)]
        for each in facts.history
    ]
    return [
        text("Every run so far", "heading"),
        *table(
            columns, body, "Elapsed is measured, the cost on AWS estimated, on demand. Source: history.engage_costs."
        ),
    ]
