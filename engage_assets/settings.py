"""The settings: read from the environment and validated here, and nowhere else.

Every other module receives a :class:`Settings`. Nothing but this module and the resources may ask where it runs.
"""

import os
import re
import zoneinfo
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal, TypeVar, cast, get_args

from engage_assets.errors import InputError

Environment = Literal["local", "aws"]

T = TypeVar("T")


@dataclass(frozen=True)
class Variable:
    """One setting's environment variable: its name, how its text is read, and what it means."""

    name: str
    read: Callable[[str], Any]
    meaning: str


def _environment(text: str) -> Environment:
    if text not in get_args(Environment):
        raise ValueError(f"expected one of {', '.join(get_args(Environment))}")
    if text == "aws":
        raise ValueError("the AWS resources are not part of this release; expected local")
    return cast(Environment, text)


def _integer(minimum: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            raise ValueError("expected a whole number") from None
        if number < minimum:
            raise ValueError(f"expected at least {minimum:,}")
        return number

    return read


def _boolean(text: str) -> bool:
    words = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
    if text.lower() not in words:
        raise ValueError("expected true or false")
    return words[text.lower()]


def _timezone(text: str) -> str:
    try:
        zone = zoneinfo.ZoneInfo(text)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("expected a time zone such as UTC or Europe/Vienna") from None
    ahead = max(datetime(2026, month, 1, tzinfo=zone).utcoffset() or timedelta() for month in (1, 7))
    if ahead > timedelta(hours=3):
        raise ValueError(
            "the week is counted in UTC and has not ended there on Monday 03:00; expected at most 3 hours ahead of UTC"
        )
    return text


def _names(text: str) -> tuple[str, ...]:
    # A comma before `option=` belongs to the name it follows: "drift:from=2026-10-05,shift=1.5, leak" are two.
    return tuple(name.strip() for name in re.split(r",(?!\s*\w+=)", text) if name.strip())


def _variable(name: str, read: Callable[[str], T], default: T, meaning: str) -> T:
    return field(default=default, metadata={"variable": Variable(name, read, meaning)})


@dataclass(frozen=True)
class Settings:
    """Everything that can be set. ``Settings.from_environment()`` reads it; tests and the command line construct it."""

    environment: Environment = _variable("ENGAGE_ENVIRONMENT", _environment, "local", "where it runs")
    home: Path = _variable("ENGAGE_HOME", Path, Path(".engage"), "folder of everything that a run writes")
    simulate: bool = _variable(
        "ENGAGE_SIMULATE", _boolean, True, "simulate the raw extracts of a week for which none were delivered"
    )
    customers: int = _variable("ENGAGE_CUSTOMERS", _integer(500), 100_000, "simulated customers")
    seed: int = _variable("ENGAGE_SEED", _integer(0), 20250106, "seed of the simulation and of the models")
    defects: tuple[str, ...] = _variable(
        "ENGAGE_DEFECTS", _names, (), "faults to plant in the simulation, to see the gates refuse them"
    )
    max_training_rows: int = _variable(
        "ENGAGE_MAX_TRAINING_ROWS", _integer(1_000), 160_000, "rows the models are trained on at most"
    )
    threads: int = _variable("ENGAGE_THREADS", _integer(1), min(os.cpu_count() or 1, 8), "threads of a program")
    schedule_timezone: str = _variable("ENGAGE_TIMEZONE", _timezone, "UTC", "time zone of the Monday 03:00 schedule")
    holdout_salt: str = _variable("ENGAGE_HOLDOUT_SALT", str, "engage", "salt of the persistent 10 % holdout")

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None, **overrides: Any) -> "Settings":
        """Reads every variable, then applies `overrides` that are not None.

        Raises
        ------
        InputError
            One message that names every variable whose value cannot be used, with what was expected.
        """
        environ = os.environ if environ is None else environ
        values: dict[str, Any] = {}
        problems: list[str] = []
        for setting in fields(cls):
            variable: Variable = setting.metadata["variable"]
            text = environ.get(variable.name, "")
            if text == "":
                continue
            try:
                values[setting.name] = variable.read(text)
            except ValueError as error:
                problems.append(f"{variable.name}={text!r}: {error}")
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
        """The folder of dbt's artifacts."""
        return self.home / "dbt"

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
    def exports(self) -> Path:
        """The folder of the files other teams take, one sub-folder a week."""
        return self.home / "exports"

    def describe(self) -> list[tuple[str, str, str]]:
        """Rows of (variable, value, meaning), in the order of the class."""
        rows = []
        for setting in fields(self):
            variable: Variable = setting.metadata["variable"]
            rows.append((variable.name, str(getattr(self, setting.name)), variable.meaning))
        return rows
