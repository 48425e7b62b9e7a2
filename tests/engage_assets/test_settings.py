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


@pytest.mark.parametrize("value", ["loc", "LOCAL", "production"])
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


AWS = {
    "ENGAGE_ENVIRONMENT": "aws",
    "ENGAGE_REGION": "eu-central-1",
    "ENGAGE_LAKE_URI": "s3://engage-lake/lake",
    "ENGAGE_MODELS_URI": "s3://engage-lake/models",
    "ENGAGE_REPORTS_URI": "s3://engage-lake/reports",
    "ENGAGE_EXPORTS_URI": "s3://engage-lake/exports",
    "ENGAGE_WAREHOUSE_URI": "s3://engage-lake/warehouse/",
    "ENGAGE_ATHENA_RESULTS_URI": "s3://engage-lake/athena-results",
    "ENGAGE_PIPES_URI": "s3://engage-lake/pipes",
    "ENGAGE_ATHENA_WORKGROUP": "engage",
    "ENGAGE_ECS_CLUSTER": "engage",
    "ENGAGE_TRAINING_TASK_DEFINITION": "engage-training",
    "ENGAGE_SCORING_TASK_DEFINITION": "engage-scoring",
    "ENGAGE_SUBNETS": "subnet-1, subnet-2",
    "ENGAGE_SECURITY_GROUPS": "sg-1",
    "ENGAGE_NOTIFICATION_TOPIC_ARN": "arn:aws:sns:eu-central-1:123456789012:engage",
    "ENGAGE_DATABASE_SECRET": "engage/postgres",
}


def test_the_settings_of_aws_come_from_the_environment():
    settings = Settings.from_environment(AWS)
    assert settings.subnets == ("subnet-1", "subnet-2")
    assert settings.warehouse_uri == "s3://engage-lake/warehouse"
    assert settings.dbt_target != Settings.from_environment({}).dbt_target


def test_everything_that_aws_lacks_is_named_in_one_message():
    with pytest.raises(InputError) as error:
        Settings.from_environment({"ENGAGE_ENVIRONMENT": "aws", "ENGAGE_LAKE_URI": "s3://bucket"})
    message = str(error.value)
    assert "ENGAGE_LAKE_URI='s3://bucket': expected s3://bucket/prefix" in message
    for name in AWS.keys() - {"ENGAGE_ENVIRONMENT", "ENGAGE_LAKE_URI"}:
        assert f"{name} is missing: " in message


@pytest.mark.parametrize(
    ("name", "text"), [("ENGAGE_SUBNETS", " , "), ("ENGAGE_REGION", " "), ("ENGAGE_SECURITY_GROUPS", ",")]
)
def test_a_value_without_anything_in_it_is_missing(name, text):
    with pytest.raises(InputError, match=f"{name} is missing: "):
        Settings.from_environment({**AWS, name: text})


def test_a_file_gives_the_variables_that_are_not_set(tmp_path, monkeypatch):
    file = tmp_path / "engage.env"
    file.write_text("# written by hand\nENGAGE_SEED=7\nENGAGE_CUSTOMERS=900\n")
    monkeypatch.setenv("ENGAGE_ENV_FILE", str(file))
    monkeypatch.setenv("ENGAGE_CUSTOMERS", "800")
    monkeypatch.delenv("ENGAGE_SEED", raising=False)
    settings = Settings.from_environment()
    assert (settings.seed, settings.customers) == (7, 800)
    monkeypatch.delenv("ENGAGE_SEED")
    file.write_text("not a setting\n")
    with pytest.raises(InputError, match="line 1: 'not a setting'; expected NAME=value"):
        Settings.from_environment()
