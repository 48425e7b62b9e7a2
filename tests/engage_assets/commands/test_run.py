"""What ``engage run`` does before it builds anything."""

import dagster as dg
import pytest

from engage_assets.commands.extract import extract_of
from engage_assets.commands.home import locked, prepare_home
from engage_assets.commands.run import run_week
from engage_assets.errors import InputError
from engage_assets.settings import Settings
from tests.engage_assets.extracts.small_extracts import HISTORY, contract_of


def test_an_extract_is_not_read_while_the_web_interface_is_at_work(tmp_path):
    (tmp_path / "orders.csv").write_text("client,at,items,amount,channel\na,2026-10-06T10:00:00,1,10.5,app\n")
    contract_of(HISTORY, tmp_path)
    settings = Settings(home=tmp_path / "home")
    with dg.DagsterInstance.from_config(str(prepare_home(settings))) as instance:
        instance.add_run(dg.DagsterRun(job_name="weekly", run_id="at-work", status=dg.DagsterRunStatus.STARTED))
    with (
        locked(settings.home, "ui.lock"),
        pytest.raises(InputError, match="run at-work of the web interface is at work"),
    ):
        run_week(settings, extract=extract_of(str(tmp_path), tmp_path / "contract.yaml"))
    assert not (settings.home / "lake" / "extract").exists()
