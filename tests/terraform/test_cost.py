"""The cost page reckons with what is planned."""

import re

import pytest

from engage_reports.cost.monthly import load_figures
from tests.terraform.policies import containers


def hours(expression: str) -> float:
    """The hour of the day of an AWS cron expression."""
    minute, hour = re.fullmatch(r"cron\((\d+) (\d+) \? \* MON \*\)", expression).groups()
    return int(hour) + int(minute) / 60


def test_the_numbers_are_those_of_the_plan(created):
    figures = load_figures()
    window = {
        each["name"].rpartition("-")[2]: hours(each["schedule"])
        for each in created.of_type("aws_appautoscaling_scheduled_action")
    }
    assert figures["window_hours"] == pytest.approx(window["close"] - window["open"])
    task = created.one("module.orchestration.aws_ecs_task_definition.this")
    assert (figures["orchestrator_vcpu"], figures["orchestrator_gb"]) == (
        int(task["cpu"]) / 1024,
        int(task["memory"]) / 1024,
    )
    for program in ("training", "scoring"):
        task = created.one(f'module.compute.aws_ecs_task_definition.program["{program}"]')
        assert (figures["task_vcpu"], figures["task_gb"]) == (int(task["cpu"]) / 1024, int(task["memory"]) / 1024)
    database = created.one("module.orchestration.aws_rds_cluster.this")
    [scaling] = database["serverlessv2_scaling_configuration"]
    assert figures["database_max_acu"] == scaling["max_capacity"]
    assert figures["database_pause_seconds"] == scaling["seconds_until_auto_pause"]
    assert figures["keys"] == len(created.of_type("aws_kms_key"))
    assert figures["secrets"] == int(database["manage_master_user_password"])
    assert figures["alarms"] == len(created.of_type("aws_cloudwatch_metric_alarm"))
    assert figures["log_metrics"] == len(created.of_type("aws_cloudwatch_log_metric_filter"))
    assert figures["images_kept"] == created.outputs["cost_drivers"]["images_kept"]


def test_nothing_else_is_charged_while_nothing_runs(created):
    by_the_hour = {
        "aws_nat_gateway",
        "aws_lb",
        "aws_eip",
        "aws_instance",
        "aws_vpn_connection",
        "aws_opensearch_domain",
    }
    assert not by_the_hour & {each.type for each in created.resources}
    assert [each for each in created.of_type("aws_vpc_endpoint") if each["vpc_endpoint_type"] != "Gateway"] == []
    assert len(list(containers(created))) == 4


def test_private_endpoints_are_counted(configuration):
    text = (configuration / "main.tf").read_text()
    services = re.search(r"interface_services = \[(.*)\]", text).group(1).count('"') // 2
    assert load_figures()["interface_endpoints"] == services * 2
