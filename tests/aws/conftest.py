"""One local AWS for all tests of a process: it takes seconds to start, and moto's state is the process's."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from engage_assets.dbt import manifest_path
from engage_assets.resources import s3
from tests.aws.local_aws.platform import LocalAws


@pytest.fixture(scope="session")
def local_aws() -> Iterator[LocalAws]:
    """The emulated account."""
    with LocalAws() as aws:
        yield aws


@pytest.fixture(scope="session")
def dbt_target(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of dbt's artifacts for Athena, parsed once."""
    target = tmp_path_factory.mktemp("home") / "dbt-aws"
    manifest_path(target)
    return target


@pytest.fixture
def aws(local_aws: LocalAws, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalAws]:
    """The emulated account, with the clients of this process pointed at it and no fault planted."""
    for name, value in local_aws.environment().items():
        if name.startswith("AWS_"):
            monkeypatch.setenv(name, value)
    s3.client.cache_clear()
    yield local_aws
    local_aws.ecs_faults.clear()
    local_aws.athena_faults.clear()
    s3.client.cache_clear()
    assert local_aws.ecs.alive() == [], "a test left a task at work"
