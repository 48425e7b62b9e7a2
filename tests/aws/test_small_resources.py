"""The notifier, the secrets and Dagster's storage on AWS."""

import dagster as dg
import pytest

from engage_assets.errors import InputError
from engage_assets.resources.dagster_storage import POSTGRES_URL, storage_config
from engage_assets.resources.notifier_sns import SnsNotifier
from engage_assets.resources.secrets import database_url, read_secret
from engage_assets.settings import Settings
from tests.aws.local_aws.platform import REGION


def settings_of(aws, tmp_path, **changed):
    environ = {"ENGAGE_ENVIRONMENT": "aws", **aws.environment(), **changed}
    return Settings.from_environment(environ, home=tmp_path)


def test_a_message_reaches_the_topic(aws):
    sqs = aws.client("sqs")
    queue = sqs.create_queue(QueueName="people")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    aws.client("sns").subscribe(TopicArn=aws.topic, Protocol="sqs", Endpoint=arn)
    SnsNotifier(topic_arn=aws.topic, region=REGION).send("weekly failed\n" + "x" * 200, "a gate refused")
    [message] = sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=2)["Messages"]
    assert "a gate refused" in message["Body"]


def test_secrets_come_from_where_they_are_kept(aws):
    aws.client("secretsmanager").create_secret(Name="engage/test", SecretString="s1")
    aws.client("ssm").put_parameter(Name="/engage/test", Value="s2", Type="SecureString")
    assert read_secret("engage/test", REGION) == "s1"
    assert read_secret("ssm:/engage/test", REGION) == "s2"
    with pytest.raises(InputError, match=r"'engage/none' cannot be read \(ResourceNotFoundException\)"):
        read_secret("engage/none", REGION)


def test_the_address_of_the_database():
    secret = '{"username": "u", "password": "p@ss/word", "host": "db", "port": 5433, "dbname": "d"}'
    assert database_url(secret) == "postgresql+psycopg2://u:p%40ss%2Fword@db:5433/d"
    for scheme in ("postgresql", "postgres", "postgresql+psycopg2"):
        assert database_url(f"{scheme}://u:p@h/d") == "postgresql+psycopg2://u:p@h/d"
    with pytest.raises(InputError, match="no JSON with username") as error:
        database_url('{"user": "hidden"}')
    assert "hidden" not in str(error.value)


def test_a_password_made_by_rds_comes_without_a_host():
    secret = '{"username": "u", "password": "p"}'
    assert database_url(secret, host="db.internal") == "postgresql+psycopg2://u:p@db.internal:5432/dagster"
    with pytest.raises(InputError, match="no JSON with username, password, host"):
        database_url(secret)


def test_postgres_is_found_through_the_secret_and_no_file_holds_it(aws, tmp_path, monkeypatch):
    monkeypatch.setenv(POSTGRES_URL, "")
    aws.client("secretsmanager").create_secret(Name="engage/postgres", SecretString="postgresql://u:secret@h:5432/d")
    content = storage_config(settings_of(aws, tmp_path, ENGAGE_DATABASE_SECRET="engage/postgres"), tmp_path)
    assert "secret" not in content
    (tmp_path / "dagster.yaml").write_text(content)
    reference = dg._core.instance.ref.InstanceRef.from_dir(str(tmp_path))
    assert reference.run_storage_data.class_name == "PostgresRunStorage"


def test_a_trial_needs_no_postgres(aws, tmp_path):
    assert "EngineKeepingEventLogStorage" in storage_config(settings_of(aws, tmp_path), tmp_path)
