"""What a plan makes, made on an emulated account: texts inside the plan are read by what will read them on AWS."""

import json
from dataclasses import replace

import boto3
import pytest
from botocore.exceptions import ClientError, ParamValidationError
from moto import mock_aws

from tests.terraform.replay import MAKERS, replay
from tests.terraform.workspace import Plan

pytestmark = pytest.mark.terraform


@pytest.fixture
def client(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "offline")
    with mock_aws():
        yield lambda service: boto3.client(service, region_name="us-east-1")


def changed(plan: Plan, address: str, name: str, value: str) -> Plan:
    """The plan with one value of one resource replaced."""
    made = Plan(plan.content)
    resources = [
        replace(each, values={**each.values, name: value}) if each.address == address else each
        for each in plan.resources
    ]
    made.__dict__["resources"] = resources  # what the cached property would have read
    return made


def test_everything_is_accepted(created, client):
    made = replay(created, client)
    assert [kind for kind, number in made.items() if number == 0] == []
    assert len(client("iam").list_roles()["Roles"]) == made["aws_iam_role"]
    assert len(client("ecs").list_task_definitions()["taskDefinitionArns"]) == 3
    assert len(client("glue").get_tables(DatabaseName="engage_prod_raw")["TableList"]) == 4


def test_the_emulated_tasks_are_what_was_planned(created, client):
    replay(created, client)
    settings = created.outputs["settings"]
    for program in ("TRAINING", "SCORING"):
        family = settings[f"ENGAGE_{program}_TASK_DEFINITION"]
        definition = client("ecs").describe_task_definition(taskDefinition=family)["taskDefinition"]
        [container] = definition["containerDefinitions"]
        assert container["command"] == ["python", "-m", f"engage_ml.{program.lower()}"]
        assert container["readonlyRootFilesystem"] is True


def test_a_misspelt_key_of_a_container_is_refused(created, client):
    address = 'module.compute.aws_ecs_task_definition.program["training"]'
    text = created.one(address)["container_definitions"].replace("readonlyRootFilesystem", "readOnlyRootFilesystem")
    with pytest.raises(ParamValidationError, match="readOnlyRootFilesystem"):
        replay(changed(created, address, "container_definitions", text), client)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"Allow"', '"Permit"'),
        ('"Statement"', '"Statements"'),
        ('"s3:GetObject"', '"GetObject"'),
        ('"2012-10-17"', '"2026-01-01"'),
    ],
)
def test_a_malformed_policy_is_refused(created, client, old, new):
    address = 'module.compute.aws_iam_role_policy.task["training"]'
    text = created.one(address)["policy"]
    assert old in text
    with pytest.raises(ClientError, match="MalformedPolicyDocument"):
        replay(changed(created, address, "policy", text.replace(old, new)), client)


def test_an_event_pattern_that_matches_nothing_is_refused(created, client):
    address = 'module.observability.aws_cloudwatch_event_rule.task["spot-interruption"]'
    pattern = json.loads(created.one(address)["event_pattern"])
    pattern["source"] = "aws.ecs"  # has to be a list
    with pytest.raises(ClientError, match="InvalidEventPattern"):
        replay(changed(created, address, "event_pattern", json.dumps(pattern)), client)


def test_most_kinds_of_resources_are_replayed(created):
    # The rest have no text that Terraform does not read: network, keys, database, budget, service.
    without = {each.type for each in created.resources} - set(MAKERS)
    assert {each for each in without if "policy" in each or "definition" in each} == {
        "aws_cloudwatch_log_resource_policy"
    }
