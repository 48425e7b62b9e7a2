"""The settings: read from the environment and validated here, and nowhere else.

Every other module receives a :class:`Settings`. Nothing but this module and the resources may ask where it runs.
"""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal, TypeVar, cast, get_args

from engage_assets import setting_readers as readers
from engage_assets.errors import InputError

Environment = Literal["local", "aws"]

ENVIRONMENT_FILE = "ENGAGE_ENV_FILE"

T = TypeVar("T")


@dataclass(frozen=True)
class Variable:
    """One setting's environment variable: its name, how its text is read, and what it means."""

    name: str
    read: Callable[[str], Any]
    meaning: str
    required_in: Environment | None = None
    """The environment that cannot start without it."""


def _environment(text: str) -> Environment:
    return cast(Environment, readers.choice(*get_args(Environment))(text))


def _variable(name: str, read: Callable[[str], T], default: T, meaning: str) -> T:
    return field(default=default, metadata={"variable": Variable(name, read, meaning)})


def _on_aws(name: str, read: Callable[[str], T], empty: T, meaning: str) -> T:
    """A setting without which the environment ``aws`` cannot start; no other environment reads it."""
    return field(default=empty, metadata={"variable": Variable(name, read, meaning, required_in="aws")})


@dataclass(frozen=True)
class Settings:
    """Everything that can be set. ``Settings.from_environment()`` reads it; tests and the command line construct it."""

    environment: Environment = _variable("ENGAGE_ENVIRONMENT", _environment, "local", "where it runs")
    home: Path = _variable("ENGAGE_HOME", Path, Path(".engage"), "folder of everything that a run writes")
    simulate: bool = _variable(
        "ENGAGE_SIMULATE", readers.boolean, True, "simulate the raw extracts of a week for which none were delivered"
    )
    customers: int = _variable("ENGAGE_CUSTOMERS", readers.integer(500), 100_000, "simulated customers")
    seed: int = _variable("ENGAGE_SEED", readers.integer(0), 20250106, "seed of the simulation and of the models")
    defects: tuple[str, ...] = _variable(
        "ENGAGE_DEFECTS", readers.names, (), "faults to plant in the simulation, to see the gates refuse them"
    )
    max_training_rows: int = _variable(
        "ENGAGE_MAX_TRAINING_ROWS", readers.integer(1_000), 160_000, "rows the models are trained on at most"
    )
    reweighted_by: str = _variable(
        "ENGAGE_REWEIGHTED_BY",
        readers.attribute,
        "none",
        "attribute whose groups training sees leave equally often, or none",
    )
    equal_offers_by: str = _variable(
        "ENGAGE_EQUAL_OFFERS_BY",
        readers.attribute,
        "none",
        "attribute whose groups are offered actions equally often, or none",
    )
    tuning_seconds: int = _variable(
        "ENGAGE_TUNING_SECONDS",
        readers.integer(10),
        180,
        "seconds that the job tune searches for better model parameters",
    )
    threads: int = _variable("ENGAGE_THREADS", readers.integer(1), min(os.cpu_count() or 1, 8), "threads of a program")
    schedule_timezone: str = _variable(
        "ENGAGE_TIMEZONE", readers.timezone, "UTC", "time zone of the Monday 03:00 schedule"
    )
    paper: str = _variable("ENGAGE_PAPER", readers.paper, "a4", "paper of the reports: a4 or letter")
    holdout_salt: str = _variable("ENGAGE_HOLDOUT_SALT", str, "engage", "salt of the persistent 10 % holdout")
    scoring_tasks: int = _variable(
        "ENGAGE_SCORING_TASKS",
        readers.integer(1),
        1,
        "tasks that share the scoring of a week, by a hash of the customer",
    )

    # --- the assistant
    language_model: str = _variable(
        "ENGAGE_LANGUAGE_MODEL",
        readers.choice("off", "bedrock"),
        "off",
        "what words answers: off answers from the question catalogue alone, bedrock asks a model with the same guard",
    )
    language_model_id: str = _variable(
        "ENGAGE_LANGUAGE_MODEL_ID", str, "", "Bedrock's id of the model or inference profile"
    )
    language_model_region: str = _variable(
        "ENGAGE_LANGUAGE_MODEL_REGION", str, "", "AWS region of the model; that of ENGAGE_REGION when empty"
    )
    language_model_prices: tuple[float, ...] = _variable(
        "ENGAGE_LANGUAGE_MODEL_PRICES", readers.two_prices, (), "USD per million input and output tokens, such as 3,15"
    )
    language_model_guardrail: str = _variable(
        "ENGAGE_LANGUAGE_MODEL_GUARDRAIL", readers.guardrail, "", "Bedrock guardrail as id:version; none when empty"
    )
    question_tokens: int = _variable(
        "ENGAGE_QUESTION_TOKENS",
        readers.integer(1_000),
        60_000,
        "tokens that one question may use, input and output together",
    )
    question_cost_usd: float = _variable(
        "ENGAGE_QUESTION_COST_USD", readers.amount, 0.25, "USD that one question may cost by these prices"
    )

    # --- AWS: where things are
    region: str = _on_aws("ENGAGE_REGION", str, "", "AWS region of everything below")
    lake_uri: str = _on_aws("ENGAGE_LAKE_URI", readers.s3_uri, "", "root of the lake, s3://bucket/prefix")
    models_uri: str = _on_aws("ENGAGE_MODELS_URI", readers.s3_uri, "", "root of the model registry, s3://bucket/prefix")
    reports_uri: str = _on_aws(
        "ENGAGE_REPORTS_URI", readers.s3_uri, "", "root of the published reports, s3://bucket/prefix"
    )
    exports_uri: str = _on_aws(
        "ENGAGE_EXPORTS_URI", readers.s3_uri, "", "root of the files for other teams, s3://bucket/prefix"
    )
    warehouse_uri: str = _on_aws(
        "ENGAGE_WAREHOUSE_URI",
        readers.s3_uri,
        "",
        "root of the tables that dbt builds, s3://bucket/prefix; nothing else in it",
    )
    athena_results_uri: str = _on_aws(
        "ENGAGE_ATHENA_RESULTS_URI", readers.s3_uri, "", "where Athena puts the results of queries, s3://bucket/prefix"
    )
    pipes_uri: str = _on_aws(
        "ENGAGE_PIPES_URI", readers.s3_uri, "", "where tasks and the orchestrator exchange messages, s3://bucket/prefix"
    )
    athena_workgroup: str = _on_aws("ENGAGE_ATHENA_WORKGROUP", str, "", "Athena workgroup of all queries")
    ecs_cluster: str = _on_aws("ENGAGE_ECS_CLUSTER", str, "", "ECS cluster of the tasks, name or ARN")
    training_task_definition: str = _on_aws(
        "ENGAGE_TRAINING_TASK_DEFINITION", str, "", "ECS task definition of training, family or ARN"
    )
    scoring_task_definition: str = _on_aws(
        "ENGAGE_SCORING_TASK_DEFINITION", str, "", "ECS task definition of scoring, family or ARN"
    )
    subnets: tuple[str, ...] = _on_aws("ENGAGE_SUBNETS", readers.names, (), "subnets of the tasks, separated by commas")
    security_groups: tuple[str, ...] = _on_aws(
        "ENGAGE_SECURITY_GROUPS", readers.names, (), "security groups of the tasks, separated by commas"
    )
    notification_topic_arn: str = _on_aws(
        "ENGAGE_NOTIFICATION_TOPIC_ARN", str, "", "SNS topic that is told about failed runs"
    )
    database_secret: str = _on_aws(
        "ENGAGE_DATABASE_SECRET", str, "",
        "where the address of Dagster's Postgres is kept: a Secrets Manager name or ARN, or ssm:/name; "
        "sqlite keeps Dagster's storage in ENGAGE_HOME instead, for a trial on one machine",
    )  # fmt: skip
    database_host: str = _variable(
        "ENGAGE_DATABASE_HOST",
        str,
        "",
        "host of Dagster's Postgres when its secret names none, as those made by RDS do",
    )

    # --- AWS: how things run
    glue_prefix: str = _variable(
        "ENGAGE_GLUE_PREFIX",
        readers.identifier,
        "engage",
        "prefix of the Glue databases: engage_features, engage_results …",
    )
    capacity: str = _variable(
        "ENGAGE_CAPACITY",
        readers.choice("spot", "on-demand"),
        "spot",
        "spot: Fargate Spot first, on demand when it fails",
    )
    assign_public_ip: bool = _variable(
        "ENGAGE_ASSIGN_PUBLIC_IP",
        readers.boolean,
        False,
        "tasks have a public address: for subnets without a NAT or endpoints",
    )
    training_cpu: int = _variable("ENGAGE_TRAINING_CPU", readers.integer(0), 0, "CPU units of training; 0: as defined")
    training_memory_mb: int = _variable(
        "ENGAGE_TRAINING_MEMORY_MB", readers.integer(0), 0, "MB of training; 0: as defined"
    )
    scoring_cpu: int = _variable(
        "ENGAGE_SCORING_CPU", readers.integer(0), 0, "CPU units of a scoring task; 0: as defined"
    )
    scoring_memory_mb: int = _variable(
        "ENGAGE_SCORING_MEMORY_MB", readers.integer(0), 0, "MB of a scoring task; 0: as defined"
    )
    task_timeout_seconds: float = _variable(
        "ENGAGE_TASK_TIMEOUT_SECONDS", readers.seconds, 7_200.0, "a task that runs longer is stopped, and its run fails"
    )
    scan_limit_gb: int = _variable(
        "ENGAGE_SCAN_LIMIT_GB", readers.integer(1), 100, "GB that one process may have Athena scan; more is refused"
    )
    poll_seconds: float = _variable(
        "ENGAGE_POLL_SECONDS", readers.seconds, 1.0, "how often Athena and ECS are asked for news"
    )

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None, **overrides: Any) -> "Settings":
        """Reads every variable, then applies `overrides` that are not None.

        Raises
        ------
        InputError
            One message that names every variable whose value cannot be used, with what was expected, and every one
            that the environment needs and that is missing, with its meaning.
        """
        if environ is None:
            adopt_environment_file()
            environ = os.environ
        values: dict[str, Any] = {}
        problems: list[str] = []
        given: set[str] = set()
        for setting in fields(cls):
            variable: Variable = setting.metadata["variable"]
            text = environ.get(variable.name, "")
            if text.strip() == "":
                continue
            given.add(variable.name)
            try:
                values[setting.name] = variable.read(text)
            except ValueError as error:
                problems.append(f"{variable.name}={text!r}: {error}")
                continue
            if values[setting.name] == ():  # commas alone
                given.remove(variable.name)
        environment = overrides.get("environment") or values.get("environment", cls.environment)
        for setting in fields(cls):
            variable = setting.metadata["variable"]
            if variable.required_in == environment and variable.name not in given:
                problems.append(f"{variable.name} is missing: {variable.meaning}")
        if problems:
            raise InputError("Settings that cannot be used:\n  " + "\n  ".join(problems))
        values.update({name: value for name, value in overrides.items() if value is not None})
        values["home"] = Path(values.get("home", cls.home)).expanduser().absolute()
        return cls(**values)

    @property
    def lake(self) -> Path:
        """The lake's root folder."""
        return self.home / "lake"

    @property
    def warehouse(self) -> Path:
        """The warehouse's file."""
        return self.home / "warehouse.duckdb"

    @property
    def dbt_target(self) -> Path:
        """The folder of dbt's artifacts: one for each target of ``profiles.yml``, whose name it ends with."""
        return self.home / "dbt" if self.environment == "local" else self.home / f"dbt-{self.environment}"

    @property
    def registry(self) -> Path:
        """The model registry's root folder."""
        return self.home / "models"

    @property
    def code_version(self) -> str:
        """The version of this code, recorded with every model."""
        return version("engage")

    @property
    def reports(self) -> Path:
        """The folder of the published PDFs, one sub-folder a week."""
        return self.home / "reports"

    @property
    def keeps_versions(self) -> bool:
        """Whether what a run replaces and deletes can be had back: buckets keep it, a folder does not."""
        return self.environment == "aws"

    @property
    def exports(self) -> Path:
        """The folder of the files other teams take, one sub-folder a week."""
        return self.home / "exports"

    def describe(self) -> list[tuple[str, str, str]]:
        """Rows of (variable, value, meaning), in the order of the class."""
        rows = []
        for setting in fields(self):
            variable: Variable = setting.metadata["variable"]
            value = getattr(self, setting.name)
            shown = ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
            rows.append((variable.name, shown, variable.meaning))
        return rows


def adopt_environment_file() -> None:
    """Takes the variables of the file that ``ENGAGE_ENV_FILE`` names, one ``NAME=value`` a line, into the environment.

    Variables that are set already stay. ``make aws-local`` and Terraform write such a file.

    Raises
    ------
    InputError
        When the file cannot be read, or a line is not ``NAME=value``.
    """
    path = os.environ.get(ENVIRONMENT_FILE, "")
    if path == "":
        return
    try:
        lines = Path(path).read_text().splitlines()
    except OSError as error:
        raise InputError(f"{ENVIRONMENT_FILE}={path!r} cannot be read ({error.strerror}); expected a file.") from None
    for number, line in enumerate(lines, start=1):
        name, separator, value = line.strip().partition("=")
        if not name or name.startswith("#"):
            continue
        if not separator or not re.fullmatch(r"[A-Z][A-Z0-9_]*", name):
            raise InputError(f"{path}, line {number}: {line!r}; expected NAME=value.")
        os.environ.setdefault(name, value.strip('"'))
