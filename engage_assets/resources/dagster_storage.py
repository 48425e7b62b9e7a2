"""Where Dagster keeps its runs and events: a file beside the data on one machine, Postgres on AWS."""

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path

from engage_assets.settings import Environment, Settings

POSTGRES_URL = "ENGAGE_DAGSTER_POSTGRES_URL"
"""The variable in which Dagster finds the address, so that no file holds the password."""

SQLITE = "sqlite"
"""The value of ``ENGAGE_DATABASE_SECRET`` that asks for no Postgres."""

SQLITE_YAML = """\
event_log_storage:
  module: engage_assets.resources.event_log
  class: EngineKeepingEventLogStorage
  config:
    base_dir: {events}
"""
POSTGRES_YAML = f"""\
storage:
  postgres:
    postgres_url:
      env: {POSTGRES_URL}
"""


def sqlite_storage(dagster_home: Path) -> str:
    """The part of ``dagster.yaml`` that keeps everything in files of `dagster_home`."""
    return SQLITE_YAML.format(events=json.dumps(str(dagster_home / "history" / "runs")))


def _local(_: Settings, dagster_home: Path) -> str:
    return sqlite_storage(dagster_home)


def _aws(settings: Settings, dagster_home: Path) -> str:
    if settings.database_secret == SQLITE:
        return sqlite_storage(dagster_home)
    from engage_assets.resources.secrets import database_url, read_secret

    secret = read_secret(settings.database_secret, settings.region)
    os.environ[POSTGRES_URL] = database_url(secret, host=settings.database_host)
    return POSTGRES_YAML


STORAGE: Mapping[Environment, Callable[[Settings, Path], str]] = {"local": _local, "aws": _aws}


def storage_config(settings: Settings, dagster_home: Path) -> str:
    """The part of ``dagster.yaml`` that says where runs and events are kept; on AWS, the password is fetched first."""
    return STORAGE[settings.environment](settings, dagster_home)
