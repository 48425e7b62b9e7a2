from pathlib import Path

import pytest

from engage_assets.errors import InputError
from engage_assets.settings import Settings


def test_defaults_need_no_environment():
    settings = Settings.from_environment({})
    assert settings.environment == "local"
    assert settings.customers == 100_000
    assert settings.home == Path.cwd() / ".engage"


def test_values_come_from_the_environment_and_overrides_win(tmp_path):
    environ = {"ENGAGE_CUSTOMERS": "20000", "ENGAGE_SEED": "7", "ENGAGE_DEFECTS": "drift, leak"}
    settings = Settings.from_environment(environ, home=tmp_path, seed=8, customers=None)
    assert (settings.customers, settings.seed, settings.defects) == (20_000, 8, ("drift", "leak"))
    assert settings.lake == tmp_path / "lake"


def test_every_wrong_value_is_named_in_one_message():
    environ = {"ENGAGE_CUSTOMERS": "-5", "ENGAGE_TIMEZONE": "Mars/Olympus", "ENGAGE_SIMULATE": "perhaps"}
    with pytest.raises(InputError) as error:
        Settings.from_environment(environ)
    message = str(error.value)
    assert "ENGAGE_CUSTOMERS='-5': expected at least 500" in message
    assert "ENGAGE_TIMEZONE='Mars/Olympus': expected a time zone" in message
    assert "ENGAGE_SIMULATE='perhaps': expected true or false" in message


@pytest.mark.parametrize("value", ["loc", "LOCAL", "production", "aws"])
def test_an_environment_is_never_guessed(value):
    with pytest.raises(InputError, match="ENGAGE_ENVIRONMENT"):
        Settings.from_environment({"ENGAGE_ENVIRONMENT": value})


def test_a_time_zone_in_which_the_week_has_not_ended_is_refused():
    with pytest.raises(InputError, match="has not ended"):
        Settings.from_environment({"ENGAGE_TIMEZONE": "Asia/Tokyo"})


def test_every_setting_has_a_variable_and_a_meaning():
    rows = Settings.from_environment({}).describe()
    assert all(name.startswith("ENGAGE_") and meaning for name, _, meaning in rows)
    assert len({name for name, _, _ in rows}) == len(rows)
