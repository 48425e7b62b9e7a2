"""What the architecture report is told about the system. The caller fills this from the loaded definitions.

Nothing about the system is known to the report itself: an asset that is renamed appears renamed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class RunsOn:
    """Where a step runs: in words, on one machine and on AWS ("DuckDB", "Athena")."""

    local: str
    aws: str


@dataclass(frozen=True)
class AssetFact:
    """One asset of the graph. ``key`` and ``upstream`` are asset keys with slashes ("features/customer_features")."""

    key: str
    group: str
    kinds: tuple[str, ...]
    description: str
    upstream: tuple[str, ...]
    runs_on: RunsOn


@dataclass(frozen=True)
class CheckFact:
    """One check of an asset; ``blocking`` stops what is downstream."""

    name: str
    asset: str
    blocking: bool
    description: str


@dataclass(frozen=True)
class JobFact:
    """One job: what it selects, in words."""

    name: str
    description: str
    assets: int


@dataclass(frozen=True)
class ScheduleFact:
    """What starts a job: a schedule (cron and time zone) or a sensor (``trigger`` says what it watches)."""

    name: str
    job: str
    trigger: str


@dataclass(frozen=True)
class SettingFact:
    """One setting of the platform, its value in this run and what it means."""

    name: str
    value: str
    meaning: str


@dataclass(frozen=True)
class SourceTableFact:
    """One table of the source contract. ``roles`` counts its columns by role (key, time, behaviour, money, ...)."""

    name: str
    columns: int
    nullable_columns: int
    roles: Mapping[str, int]
    description: str = ""


@dataclass(frozen=True)
class ResourceFact:
    """One resource that the Terraform code declares."""

    module: str
    kind: str
    name: str


@dataclass(frozen=True)
class RetentionFact:
    """One setting of recovery or retention, as the Terraform code has it."""

    resource: str
    setting: str
    value: str


@dataclass(frozen=True)
class LayerFact:
    """One layer of the dbt project: its models, their columns, how many are described, their data tests."""

    name: str
    models: int
    columns: int
    described: int
    tests: int


@dataclass(frozen=True)
class SuiteFact:
    """One folder of the tests: its files and test functions."""

    name: str
    files: int
    tests: int


@dataclass(frozen=True)
class SuiteRunFact:
    """One recorded run of the tests; ``parity`` counts those that compare AWS with one machine, ``coverage`` is the
    share of the packages' lines that ran, in percent, when it was measured."""

    finished_at: str
    passed: int
    failed: int
    skipped: int
    parity: int
    seconds: float
    coverage: float | None
    of_this_code: bool


@dataclass(frozen=True)
class ArchitectureFacts:
    """The loaded platform, described by facts only."""

    assets: tuple[AssetFact, ...]
    checks: tuple[CheckFact, ...] = ()
    jobs: tuple[JobFact, ...] = ()
    schedules: tuple[ScheduleFact, ...] = ()
    settings: tuple[SettingFact, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)
    source_tables: tuple[SourceTableFact, ...] = ()
    resources: tuple[ResourceFact, ...] = ()
    retention: tuple[RetentionFact, ...] = ()
    layers: tuple[LayerFact, ...] = ()
    modules: frozenset[str] = frozenset()
    """Dotted names of the Python modules of the platform: where a control is enforced."""
    suites: tuple[SuiteFact, ...] = ()
    suite_run: SuiteRunFact | None = None
