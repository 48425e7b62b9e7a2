"""What every plan keeps: encryption, nothing public, least privilege, confined containers, limited spend."""

import json
import re

import pytest

from engage_assets.commands.settings import settings_of_terraform
from engage_assets.contracts import load_contract
from engage_assets.settings import Settings
from tests.terraform.policies import (
    RULES,
    WITHOUT_KEY,
    WITHOUT_RESOURCE,
    WRITABLE_ROOT,
    broken,
    containers,
    keys_are_named,
    statements,
)
from tests.terraform.workspace import ENVIRONMENTS, IMAGE_TAG, REPOSITORY, TerraformError


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_no_rule_is_broken(plans, environment):
    assert broken(plans[environment]) == []


def test_no_rule_is_broken_when_nothing_is_unknown(created):
    assert broken(created, [*RULES, keys_are_named]) == []


def test_what_is_created_is_complete(created):
    assert len(created.policies) == 6
    assert len(list(containers(created))) == 4
    assert len(created.resources) > 100


def test_no_exception_is_out_of_use(created):
    used = {
        action
        for _, statement in statements(created)
        if statement["Resource"] == "*"
        for action in ([statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"])
    }
    assert used == set(WITHOUT_RESOURCE)
    assert set(WITHOUT_KEY) <= {each.address for each in created.resources}
    assert set(WRITABLE_ROOT) <= {container["name"] for _, container in containers(created)}


def test_production_refuses_to_be_deleted(plans):
    for environment, protected in (("prod", True), ("dev", False)):
        plan = plans[environment]
        assert plan.one("module.orchestration.aws_rds_cluster.this")["deletion_protection"] is protected
        assert plan.one("module.lake.aws_s3_bucket.data")["force_destroy"] is not protected


def test_the_tasks_run_the_images_that_are_pushed(created):
    images = {container["name"]: container["image"] for _, container in containers(created)}
    repositories = created.outputs["repositories"]
    for name, image in {"training": "training", "scoring": "scoring", "dagster": "orchestrator"}.items():
        assert images[name] == f"{repositories[image]}:{IMAGE_TAG}"


def test_the_user_of_an_image_can_write_to_what_is_mounted(created):
    """Fargate gives a volume to root, with 0755, unless VOLUME of the image names its place."""
    images = REPOSITORY / "fargate_images"
    mounted = 0
    for _, container in containers(created):
        image = container["image"].rpartition(":")[0].rpartition("/")[2]
        [volumes] = re.findall(r"^VOLUME (.*)$", (images / image / "Dockerfile").read_text(), re.M)
        places = {mount["containerPath"] for mount in container.get("mountPoints", [])}
        assert places <= set(json.loads(volumes)), image
        mounted += len(places)
    assert mounted == 4


def test_the_orchestrator_gets_the_settings_that_are_put_out(created):
    [dagster] = [container for _, container in containers(created) if container["name"] == "dagster"]
    assert {each["name"]: each["value"] for each in dagster["environment"]} == created.outputs["settings"]


@pytest.mark.terraform
def test_private_tasks_reach_aws_through_endpoints_only(terraform, configuration):
    plan = terraform.plan(configuration, "prod", egress="endpoints")
    endpoints = {each["service_name"].rpartition("us-east-1.")[2] for each in plan.of_type("aws_vpc_endpoint")}
    called = {
        action.partition(":")[0]
        for _, statement in statements(plan)
        for action in ([statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"])
    }
    hosts = {"ecr": {"ecr.api", "ecr.dkr"}, "iam": set()}
    assert set().union(*(hosts.get(service, {service}) for service in called)) <= endpoints
    assert (
        plan.one("module.orchestration.aws_ecs_service.this")["network_configuration"][0]["assign_public_ip"] is False
    )
    assert plan.outputs["settings"] is None or plan.outputs["settings"]["ENGAGE_ASSIGN_PUBLIC_IP"] == "false"


@pytest.mark.terraform
def test_always_on_replaces_the_window(terraform, configuration, plans):
    def actions(plan):
        found = plan.of_type("aws_appautoscaling_scheduled_action")
        return {each["name"]: each["scalable_target_action"][0]["min_capacity"] for each in found}

    assert actions(plans["prod"]) == {"engage-prod-open": "1", "engage-prod-close": "0"}
    assert actions(terraform.plan(configuration, "prod", always_on="true")) == {"engage-prod-always": "1"}


@pytest.mark.terraform
def test_the_assistant_may_ask_one_model(terraform, configuration):
    model = "eu.anthropic.claude-sonnet-4-20250514-v1:0"
    given = {"assistant_enabled": "true", "assistant_model_id": model, "assistant_prices": "3,15"}
    plan = terraform.plan(configuration, "prod", **given)
    assert broken(plan) == []
    [statement] = [each for _, each in statements(plan) if each["Action"] == "bedrock:InvokeModel"]
    assert statement["Resource"] == [
        "arn:aws:bedrock:*::foundation-model/anthropic.claude-sonnet-4-20250514-v1:0",
        f"arn:aws:bedrock:us-east-1:123456789012:inference-profile/{model}",
    ]
    assert len(plan.of_type("aws_bedrock_guardrail")) == 1


def test_the_raw_tables_are_the_contracts(created):
    contract = load_contract()
    for name, table in contract.tables.items():
        [made] = [each for each in created.of_type("aws_glue_catalog_table") if each["name"] == name]
        columns = [each["name"] for each in made["storage_descriptor"][0]["columns"]]
        # Terraform sorts them; Athena finds the columns of Parquet files by name.
        assert columns == sorted(set(table.columns) - {"week"})
        assert made["parameters"]["storage.location.template"].endswith(f"/lake/raw/{name}/week=${{week}}/")


@pytest.mark.terraform
def test_wrong_values_of_variables_are_refused(terraform, configuration):
    wrong = {
        "egress": ("nat", "public_ip or endpoints"),
        "project": ("engage-", "not ending with a dash"),
        "image_tag": ("latest", "must name one build"),
        "cpu_architecture": ("arm", "X86_64 or ARM64"),
        "raw_retention_days": ("30", "at least 120"),
        "vpc_cidr": ("10.0.0.0/8", "from /16 to /24"),
    }
    for name, (value, message) in wrong.items():
        with pytest.raises(TerraformError, match=message):
            terraform.plan(configuration, "prod", **{name: value})


def test_policies_are_as_small_as_iam_wants_them(created):
    for address, document in created.policies.items():
        assert len(json.dumps(document, separators=(",", ":"))) <= 10_240, address


def test_the_settings_are_complete_and_known(created, tmp_path):
    file = tmp_path / "output.json"
    file.write_text(json.dumps(created.content["planned_values"]["outputs"]))
    settings = Settings.from_environment(settings_of_terraform(file))
    assert settings.environment == "aws"
    assert len(settings.subnets) == 2
    assert settings.lake_uri == "s3://engage-prod-data-123456789012/lake"
