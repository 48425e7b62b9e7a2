"""The estimate: one run, the price list and what the estimate leaves out."""

from collections.abc import Sequence

from reportlab.platypus import Flowable

from engage_reports.cost import figures
from engage_reports.cost.estimate import StageCost
from engage_reports.cost.facts import CostFacts
from engage_reports.frames import ratio
from engage_reports.kit.blocks import Chart, Column, bullets, section, table, text
from engage_reports.wording import count, data_size, day, listed, pct, plain, seconds, usd

RUNS_SHOWN = 1000
"""One run costs too little to print: the table by stage shows a thousand."""


def run(facts: CostFacts) -> list[Flowable]:
    """One run by stage."""
    total, priced = facts.summary, facts.estimate
    if not priced.stages:
        return [
            *section("Estimated on AWS", "No stage of this run would run on AWS"),
            text("Not available: nothing to price."),
        ]
    dearest = max(priced.stages, key=lambda stage: stage.total)
    heads = ("Billed", "Fargate", "Athena", "S3 requests", "Logs", "Total")
    columns = [
        Column("Stage", 2.3),
        Column("Runs in", 2.8),
        Column("vCPU / GB", 1.3),
        *(Column(h, 1.42, "right") for h in heads),
    ]
    body = [_line(stage) for stage in priced.stages]
    body.append(
        [
            "All stages",
            "",
            "",
            "",
            *(usd(sum(column) * RUNS_SHOWN) for column in zip(*map(_amounts, priced.stages), strict=True)),
            usd(priced.run * RUNS_SHOWN),
        ]
    )
    return [
        *section(
            "Estimated on AWS",
            f"{plain(dearest.name)} is {pct(ratio(dearest.total, priced.run), 0)} of the {usd(priced.run)} that a "
            "run is estimated to cost",
        ),
        Chart(
            "estimated",
            f"{usd(ratio(priced.run, total.customers / 1000))} for each 1,000 customers and run",
            "USD for one run, on demand, estimated: measured use times list price. Source: monitoring.stage_usage "
            "and the price list.",
            figures.estimated(priced.stages, min(280.0, 70.0 + 24.0 * len(priced.stages))),
        ),
        *table(
            columns,
            body,
            "USD for 1,000 runs, estimated. Billed: seconds that Fargate charges, with the start of a task of its own.",
        ),
    ]


def price_list(facts: CostFacts) -> list[Flowable]:
    """Prices, assumptions, limits."""
    prices, paid, assumed = facts.prices, facts.prices.prices, facts.prices.deployment
    columns = [Column("Price", 4), Column("USD", 1.2, "right"), Column("For each", 3)]
    body = [
        ["Fargate vCPU (Linux, x86)", f"{paid.fargate_vcpu_hour:g}", "vCPU and hour"],
        ["Fargate memory", f"{paid.fargate_gb_hour:g}", "GB and hour"],
        ["Fargate Spot, discount at most", pct(paid.fargate_spot_discount, 0), "of the two above"],
        ["Public IPv4 address", f"{paid.public_ipv4_hour:g}", "task and hour"],
        [
            "Athena",
            f"{paid.athena_tb_scanned:g}",
            f"TB scanned, at least {data_size(paid.athena_minimum_bytes)} a query",
        ],
        ["S3 Standard storage", f"{paid.s3_gb_month:g}", "GB and month"],
        ["S3 PUT, LIST", f"{paid.s3_put_per_1000:g}", "1,000 requests"],
        ["S3 GET", f"{paid.s3_get_per_1000:g}", "1,000 requests"],
        ["CloudWatch Logs", f"{paid.cloudwatch_logs_gb:g}", "GB taken in"],
        ["Database (Aurora PostgreSQL Serverless)", f"{paid.database_acu_hour:g}", "capacity unit and hour"],
        ["Database storage", f"{paid.database_gb_month:g}", "GB and month"],
        ["Encryption key", f"{paid.key_month:g}", "key and month"],
        ["Interface endpoint", f"{paid.interface_endpoint_hour:g}", "service, zone and hour"],
        [f"{prices.language_model}, input", f"{paid.input_tokens_million:g}", "million tokens"],
        [f"{prices.language_model}, output", f"{paid.output_tokens_million:g}", "million tokens"],
    ]
    return [
        *section(
            "Prices, assumptions, limits",
            f"{prices.provider} {prices.region}, prices as of {day(prices.as_of)}",
        ),
        *table(columns, body, f"Sources: {listed(prices.sources)}."),
        text("Assumptions of the estimate", "heading"),
        *bullets(
            [
                f"A Fargate task of its own for {listed(assumed.own_task_stages)}: {assumed.task_vcpu:g} vCPU, "
                f"{seconds(assumed.task_start_seconds)} to start, at least {seconds(paid.fargate_minimum_seconds)} "
                "billed.",
                f"Every other stage runs in the orchestrator's task ({assumed.orchestrator_vcpu:g} vCPU) for as long "
                "as it took here.",
                f"Memory: measured peak times {assumed.memory_headroom:g}, rounded up to whole GB.",
                f"Athena runs {listed(assumed.sql_stages)} in {count(assumed.queries_per_sql_stage)} queries each "
                f"and reads the stage's input {count(assumed.scans_per_sql_stage)} times, or pays the minimum for each "
                "query if that is more.",
                f"When everything is off between the runs, orchestrator and database stand ready for "
                f"{assumed.window_hours:g} hours a week; then the database pauses and costs its disk of "
                f"{count(assumed.database_gb)} GB. Awake it takes {assumed.database_acu:g} capacity units.",
                f"One object for each {data_size(assumed.object_bytes)}; {data_size(assumed.log_bytes_per_stage)} of "
                f"logs a stage; {count(assumed.weeks_kept)} weeks kept.",
                f"Not run on AWS: {listed(assumed.not_on_aws_stages)}."
                if assumed.not_on_aws_stages
                else "All stages run on AWS.",
            ]
        ),
        text("What the estimate leaves out", "heading"),
        *bullets(
            [
                "Athena's and Fargate's own speed: the seconds were measured on the machine of this run, not there.",
                "Alarms, secrets, images, flow logs, reads and writes of the database's disk (the deployment guide "
                "lists them line by line); data transfer, support and tax.",
                "Free tiers and discounts by contract, which lower it; failed and repeated runs, which raise it.",
                "People.",
            ]
        ),
    ]


def _line(stage: StageCost) -> list[str]:
    size = [f"{stage.vcpu:g} / {stage.gb:g}", seconds(stage.billed_seconds)]
    amounts = [*_amounts(stage), stage.total]
    return [plain(stage.name), stage.runs_in, *size, *(usd(amount * RUNS_SHOWN) for amount in amounts)]


def _amounts(stage: StageCost) -> Sequence[float]:
    return (stage.compute, stage.athena, stage.requests, stage.logs)
