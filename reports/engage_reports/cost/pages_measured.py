"""The first page of the cost report: what the run used on the machine that ran it, and the estimate in one line."""

from collections.abc import Sequence
from datetime import date

from reportlab.platypus import Flowable

from engage_reports.cost import figures
from engage_reports.cost.estimate import Estimate, Stage
from engage_reports.cost.prices import PriceList
from engage_reports.engagement.headline import Headline
from engage_reports.frames import ratio
from engage_reports.kit import look
from engage_reports.kit.blocks import Chart, Column, call_outs, panels, section, table, text, title_block
from engage_reports.wording import count, data_size, day, decimal, pct, plain, plural, seconds, usd

NOT_RECORDED = "not recorded"


def summary(
    week: date, total: Headline, stages: Sequence[Stage], priced: Estimate, listed: PriceList
) -> list[Flowable]:
    """Measured and estimated, side by side and apart."""
    elapsed, processor = sum(s.seconds for s in stages), sum(s.cpu_seconds for s in stages)
    peak = max(stages, key=lambda stage: stage.peak_memory_mb)
    written, scanned = sum(s.bytes_written for s in stages), sum(s.bytes_scanned for s in stages)
    thousands = total.customers / 1000
    lead = (
        f"The run for {plural(total.customers, 'customer')} took {seconds(elapsed)} in "
        f"{plural(len(stages), 'stage')} on one machine. On AWS the same run is estimated at {usd(priced.run)}, a "
        f"month of weekly runs at {usd(priced.month)}."
    )
    share = ratio(priced.run, total.expected_action_value_usd)
    return [
        *title_block("Cost report", f"Week of {day(week)}: what the run used here, what it would cost on AWS"),
        text(lead, "lead"),
        call_outs(
            [
                (seconds(elapsed), "elapsed in all stages (measured here)"),
                (f"{count(peak.peak_memory_mb)} MB", f"peak memory, in {plain(peak.name).lower()} (measured here)"),
                (usd(priced.run), "for one run on AWS (estimated)"),
                (usd(ratio(priced.month, thousands)), "a month for each 1,000 customers (estimated)"),
            ]
        ),
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
                        f"{usd(ratio(priced.run, thousands))} a run for each 1,000 customers.",
                        f"One run costs {_small_share(share)} of the value expected from this week's actions "
                        f"({usd(total.expected_action_value_usd)})."
                        if total.expected_action_value_usd > 0
                        else "This week's actions have no expected value to compare with.",
                        "No bill has been read: measured use times list price, with the assumptions on the last page.",
                    ],
                    look.ORANGE,
                ),
            ]
        ),
        *_measured(stages, elapsed),
    ]


def _recorded(size: float) -> str:
    """A size; a stage that recorded none says so, as no stage reads or writes nothing."""
    return data_size(size) if size else NOT_RECORDED


def _small_share(share: float) -> str:
    return pct(share, 2) if share >= 0.00005 else "less than 0.01%"


def _measured(stages: Sequence[Stage], elapsed: float) -> list[Flowable]:
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
