"""With an assistant, its model and guardrail reach the platform's settings; without prices it is refused."""

import json

import pytest

from engage_assets.commands.settings import settings_of_terraform
from engage_assets.settings import Settings
from tests.terraform.workspace import TerraformError, copy_configuration

pytestmark = pytest.mark.terraform

MODEL = "us.anthropic.claude-sonnet-4-20250514-v1:0"


def test_the_model_and_its_guardrail_reach_the_settings_of_the_platform(terraform, tmp_path):
    folder = terraform.initialised(copy_configuration(tmp_path))
    given = {"assistant_enabled": "true", "assistant_model_id": MODEL, "assistant_prices": "3,15"}
    terraform.plan(folder, "prod", **given)
    made = terraform.applied(folder)
    file = tmp_path / "outputs.json"
    file.write_text(json.dumps(made.content["planned_values"]["outputs"]))
    settings = Settings.from_environment(settings_of_terraform(file))
    assert (settings.language_model, settings.language_model_id) == ("bedrock", MODEL)
    assert settings.language_model_prices == (3.0, 15.0)
    guardrail, version = (
        made.one(f"module.assistant.{kind}.this[0]")
        for kind in ("aws_bedrock_guardrail", "aws_bedrock_guardrail_version")
    )
    assert settings.language_model_guardrail == f"{guardrail['guardrail_id']}:{version['version']}"
    definition = made.one("module.orchestration.aws_ecs_task_definition.this")["container_definitions"]
    [dagster, _] = json.loads(definition)
    assert {"name": "ENGAGE_LANGUAGE_MODEL", "value": "bedrock"} in dagster["environment"]


def test_without_prices_it_is_refused(terraform, configuration):
    with pytest.raises(TerraformError, match="give the two prices of its model"):
        terraform.plan(configuration, "prod", assistant_enabled="true")


def test_without_an_assistant_the_settings_do_not_name_it(created):
    assert [name for name in created.outputs["settings"] if "LANGUAGE_MODEL" in name] == []
