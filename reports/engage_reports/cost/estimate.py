"""The estimate: measured use of each stage, priced as if the run had happened on AWS.

For a stage in a Fargate task of its own

    billed seconds = max(minimum, start + measured seconds)
    compute = billed hours x (vCPU x price + GB x price + public address)

A stage inside the orchestrator's task is billed its measured seconds of that task, whose start is a line of its own.
GB = measured peak x headroom, rounded up to whole GB, at least 2 for each vCPU (Fargate's own floor).
A SQL stage adds max(bytes scanned, queries x minimum) at Athena's price. Each stage adds requests and logs.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from engage_reports.binding import rounded_up
from engage_reports.cost.prices import Deployment, PriceList, Prices
from engage_reports.frames import Tables, number, rows, text

RUNS_PER_MONTH = 52 / 12
"""A weekly run: 52 weeks in 12 months."""

GB_PER_VCPU = 2
HOUR = 3600.0
GIGA, TERA = 1e9, 1e12


@dataclass(frozen=True)
class Stage:
    """What one stage used on the machine that ran it (measured)."""

    name: str
    seconds: float
    cpu_seconds: float
    peak_memory_mb: float
    rows: float
    bytes_written: float
    bytes_scanned: float


@dataclass(frozen=True)
class StageCost:
    """What one stage would cost on AWS (estimated), USD for one run."""

    name: str
    runs_in: str
    vcpu: float
    gb: float
    billed_seconds: float
    compute: float
    athena: float
    requests: float
    logs: float

    @property
    def total(self) -> float:
        """USD for one run."""
        return self.compute + self.total_without_compute

    @property
    def total_without_compute(self) -> float:
        """USD for one run, without the vCPU and memory of the task it runs in."""
        return self.athena + self.requests + self.logs


@dataclass(frozen=True)
class Variant:
    """A way to run the month, USD."""

    name: str
    spot: bool
    always_on: bool
    runs: float
    storage: float
    standing: float

    @property
    def total(self) -> float:
        """USD for a month."""
        return self.runs + self.storage + self.standing


@dataclass(frozen=True)
class Estimate:
    """One run and one month on AWS. ``variants``: scale to zero on demand, on Spot; always on, on demand, on Spot."""

    stages: tuple[StageCost, ...]
    variants: tuple[Variant, ...]

    @property
    def run(self) -> float:
        """USD for one run, on demand."""
        return sum(stage.total for stage in self.stages)

    @property
    def month(self) -> float:
        """USD for a month of weekly runs, on demand, orchestration scaled to zero between the runs."""
        return self.variants[0].total


def measured_stages(tables: Tables) -> tuple[Stage, ...]:
    """The stages, longest first."""
    figures = ("seconds", "cpu_seconds", "peak_memory_mb", "rows", "bytes_written", "bytes_scanned")
    made = [
        Stage(text(row, "stage"), *(number(row, column, f"Use of stage {row['stage']}") for column in figures))
        for row in rows(tables, "monitoring.stage_usage", ("stage", *figures))
    ]
    return tuple(sorted(made, key=lambda stage: -stage.seconds))


def estimate(stages: Sequence[Stage], listed: PriceList) -> Estimate:
    """Prices the stages that would run on AWS; an empty estimate when there are none."""
    prices, deployment = listed.prices, listed.deployment
    there = [stage for stage in stages if stage.name not in deployment.not_on_aws_stages]
    if not there:
        return Estimate((), ())
    inside = [stage for stage in there if stage.name not in deployment.own_task_stages]
    orchestrator_gb = _gb(
        max((s.peak_memory_mb for s in inside), default=0.0), deployment.orchestrator_vcpu, deployment
    )
    costs = [_stage_cost(stage, orchestrator_gb, prices, deployment) for stage in there]
    start = _compute(deployment.task_start_seconds, deployment.orchestrator_vcpu, orchestrator_gb, prices)
    costs.insert(
        0,
        StageCost(
            "orchestrator start",
            "orchestrator",
            deployment.orchestrator_vcpu,
            orchestrator_gb,
            deployment.task_start_seconds,
            start,
            *[start * 0.0] * 3,
        ),
    )
    return Estimate(tuple(costs), _variants(costs, there, orchestrator_gb, listed))


def _stage_cost(stage: Stage, orchestrator_gb: float, prices: Prices, deployment: Deployment) -> StageCost:
    own = stage.name in deployment.own_task_stages
    vcpu = deployment.task_vcpu if own else deployment.orchestrator_vcpu
    gb = _gb(stage.peak_memory_mb, vcpu, deployment) if own else orchestrator_gb
    billed = (
        max(prices.fargate_minimum_seconds, deployment.task_start_seconds + stage.seconds) if own else stage.seconds
    )
    scanned = stage.bytes_scanned * 0.0
    if stage.name in deployment.sql_stages:
        least = deployment.queries_per_sql_stage * prices.athena_minimum_bytes
        scanned = max(stage.bytes_scanned * deployment.scans_per_sql_stage, least)
    puts = rounded_up(stage.bytes_written / deployment.object_bytes)
    gets = rounded_up(stage.bytes_scanned / deployment.object_bytes)
    return StageCost(
        name=stage.name,
        runs_in="own task" if own else "orchestrator + Athena" if scanned else "orchestrator",
        vcpu=vcpu,
        gb=gb,
        billed_seconds=billed,
        compute=_compute(billed, vcpu, gb, prices),
        athena=scanned / TERA * prices.athena_tb_scanned,
        requests=(puts * prices.s3_put_per_1000 + gets * prices.s3_get_per_1000) / 1000,
        logs=deployment.log_bytes_per_stage / GIGA * prices.cloudwatch_logs_gb,
    )


def _variants(
    costs: Sequence[StageCost], stages: Sequence[Stage], orchestrator_gb: float, listed: PriceList
) -> tuple[Variant, ...]:
    prices, assumed = listed.prices, listed.deployment
    without_address = replace(prices, public_ipv4_hour=0.0)  # Spot lowers the price of vCPU and memory only
    tasks = [cost for cost in costs if cost.runs_in == "own task"]
    spared = (
        sum(_compute(c.billed_seconds, c.vcpu, c.gb, without_address) for c in tasks) * prices.fargate_spot_discount
    )
    # The orchestrator is paid by the hour it stands ready: its stages add queries, requests and logs only.
    beside = sum(cost.total if cost.runs_in == "own task" else cost.total_without_compute for cost in costs)
    written = sum(stage.bytes_written for stage in stages)
    storage = (
        written * assumed.weeks_kept / GIGA * prices.s3_gb_month
        + assumed.database_gb * prices.database_gb_month
        + assumed.keys * prices.key_month
    )
    hourly = (
        _compute(HOUR, assumed.orchestrator_vcpu, orchestrator_gb, prices)
        + assumed.database_acu * prices.database_acu_hour
    )
    return tuple(
        Variant(
            f"{'Always on' if on else 'Off between runs'}, {'tasks on Spot' if spot else 'on demand'}",
            spot,
            on,
            (beside - (spared if spot else 0.0)) * RUNS_PER_MONTH,
            storage,
            hourly * (assumed.always_on_hours_month if on else assumed.window_hours * RUNS_PER_MONTH),
        )
        for on in (False, True)
        for spot in (False, True)
    )


def _gb(peak_mb: float, vcpu: float, deployment: Deployment) -> float:
    """Whole GB for a peak, at least Fargate's floor; beyond the largest task the work is taken to be divided."""
    return max(GB_PER_VCPU * vcpu, rounded_up(peak_mb / 1000 * deployment.memory_headroom))


def _compute(seconds: float, vcpu: float, gb: float, prices: Prices) -> float:
    hourly = vcpu * prices.fargate_vcpu_hour + gb * prices.fargate_gb_hour + prices.public_ipv4_hour
    return seconds / HOUR * hourly
