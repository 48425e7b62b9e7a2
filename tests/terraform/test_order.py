"""What is made after what. Terraform knows of references between resources only; a name said in advance is none.

The first apply in an empty account makes side by side all that does not wait. What AWS refuses then is listed here.
"""

from collections.abc import Mapping

import pytest

from tests.terraform.workspace import Plan, Terraform, ancestors, copy_configuration

pytestmark = pytest.mark.terraform

SERVICE = "module.orchestration.aws_ecs_service.this"
WAITS = (
    ("module.lake.aws_s3_bucket_logging.data", "module.lake.aws_s3_bucket_policy.logs", "S3 may not write there yet"),
    ("module.network.aws_flow_log.this", "module.lake.aws_s3_bucket_policy.logs", "the VPC may not write there yet"),
    (
        "module.observability.aws_budgets_budget.this",
        "module.observability.aws_sns_topic_policy.this",
        "Budgets tries the topic at once",
    ),
    (
        "module.observability.aws_cloudwatch_log_metric_filter.dagster",
        "module.orchestration.aws_cloudwatch_log_group.this",
        "a filter belongs to a log group that exists",
    ),
    (
        "module.orchestration.aws_rds_cluster.this",
        "module.orchestration.aws_cloudwatch_log_group.database",
        "RDS would make the log group itself, without a key and for ever",
    ),
    (
        SERVICE,
        "module.compute.aws_ecs_cluster_capacity_providers.this",
        "a service names only providers of its cluster, and a provider in use cannot be taken away",
    ),
    *(
        (SERVICE, first, "with always_on the service starts at once, and ECS gives up after some starts in vain")
        for first in (
            "module.orchestration.aws_iam_role_policy.execution",
            "module.orchestration.aws_iam_role_policy.task",
            "module.orchestration.aws_rds_cluster_instance.this",
            "module.network.aws_route_table_association.public",
            "module.network.aws_vpc_endpoint.s3",
            "module.network.aws_vpc_endpoint.interface",
            "module.network.aws_vpc_security_group_egress_rule.tasks_https",
            "module.network.aws_vpc_security_group_egress_rule.tasks_database",
            "module.network.aws_vpc_security_group_ingress_rule.database",
        )
    ),
)


@pytest.fixture(scope="module")
def waiting(terraform: Terraform, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, set[str]]:
    """What each resource of production waits for, with private subnets: endpoints are among it."""
    folder = terraform.initialised(copy_configuration(tmp_path_factory.mktemp("order")))
    terraform.plan(folder, "prod", egress="endpoints")
    return ancestors(terraform.applied(folder))


@pytest.mark.parametrize(("address", "first", "otherwise"), WAITS)
def test_it_waits_for_what_it_needs(waiting: Mapping[str, set[str]], address: str, first: str, otherwise: str):
    assert first in waiting[address], otherwise


def test_whoever_names_a_log_group_waits_for_it(created: Plan, waiting: Mapping[str, set[str]]):
    groups = {group["name"]: group.address.partition("[")[0] for group in created.of_type("aws_cloudwatch_log_group")}
    hasty = [
        f"{each.address} does not wait for {groups[value]}"
        for each in created.resources
        for value in each.values.values()
        if isinstance(value, str)
        and value in groups
        and each.type != "aws_cloudwatch_log_group"
        and groups[value] not in waiting[each.address.partition("[")[0]]
    ]
    assert hasty == []
