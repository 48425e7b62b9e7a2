"""What must hold of every plan. Each rule returns what breaks it; none may be broken."""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from tests.terraform.workspace import Plan, Resource

WITHOUT_RESOURCE: Mapping[str, str] = {
    "ecr:GetAuthorizationToken": "AWS knows no resource for it",
    "ecs:DescribeTaskDefinition": "AWS knows no resource for it",
    "ecs:ListTasks": "its resource is a container instance, which Fargate has not; the cluster is a condition",
    "ssmmessages:CreateControlChannel": "AWS knows no resource for it",
    "ssmmessages:CreateDataChannel": "AWS knows no resource for it",
    "ssmmessages:OpenControlChannel": "AWS knows no resource for it",
    "ssmmessages:OpenDataChannel": "AWS knows no resource for it",
}
"""Actions that may be allowed on every resource, and why."""

WITHOUT_KEY: Mapping[str, str] = {
    "module.lake.aws_s3_bucket_server_side_encryption_configuration.logs": (
        "S3 delivers access logs only to buckets with its own encryption"
    ),
}
"""What is encrypted with a key of AWS instead of ours, and why."""

WRITABLE_ROOT: Mapping[str, str] = {
    "tunnel": "the agent of ECS sessions writes to the root; the container has no settings"
}

Rule = Callable[[Plan], Iterator[str]]


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def statements(plan: Plan) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Statements of every policy of a role."""
    for address, document in plan.policies.items():
        for statement in document["Statement"]:
            yield address, statement


def encrypted_at_rest(plan: Plan) -> Iterator[str]:
    """Buckets, logs, topics, images, results and the database use our key, or have a written reason."""
    encrypted_buckets = set()
    for each in plan.of_type("aws_s3_bucket_server_side_encryption_configuration"):
        encrypted_buckets.add(each.address.rpartition(".")[2])
        algorithms = {d["sse_algorithm"] for r in each["rule"] for d in r["apply_server_side_encryption_by_default"]}
        if algorithms != {"aws:kms"} and each.address not in WITHOUT_KEY:
            yield f"{each.address}: {algorithms}"
    for bucket in plan.of_type("aws_s3_bucket"):
        if bucket.address.rpartition(".")[2] not in encrypted_buckets:
            yield f"{bucket.address}: no encryption configuration"
    for cluster in plan.of_type("aws_rds_cluster"):
        if not cluster["storage_encrypted"]:
            yield f"{cluster.address}: storage is not encrypted"
    for repository in plan.of_type("aws_ecr_repository"):
        if [each["encryption_type"] for each in repository["encryption_configuration"] or []] != ["KMS"]:
            yield f"{repository.address}: no key"
    for workgroup in plan.of_type("aws_athena_workgroup"):
        for configuration in workgroup["configuration"]:
            results = [e for r in configuration["result_configuration"] for e in r["encryption_configuration"]]
            if [each["encryption_option"] for each in results] != ["SSE_KMS"]:
                yield f"{workgroup.address}: results without a key"


def keys_are_named(plan: Plan) -> Iterator[str]:
    """Where the key is an argument, it is given. Run on what a plan makes: before, the key is unknown."""
    arguments = {
        "aws_cloudwatch_log_group": "kms_key_id",
        "aws_sns_topic": "kms_master_key_id",
        "aws_rds_cluster": "kms_key_id",
        "aws_bedrock_guardrail": "kms_key_arn",
    }
    for each in plan.of_type(*arguments):
        key = str(each[arguments[each.type]] or "")
        if ":aws_kms_key/" not in key and each.address not in WITHOUT_KEY:
            yield f"{each.address}: {arguments[each.type]} is {key!r}"


def keys_rotate(plan: Plan) -> Iterator[str]:
    """Every key rotates."""
    for key in plan.of_type("aws_kms_key"):
        if not key["enable_key_rotation"]:
            yield key.address


def nothing_is_public(plan: Plan) -> Iterator[str]:
    """Buckets block public access, no rule lets the internet in, nothing is publicly accessible."""
    blocked = set()
    for block in plan.of_type("aws_s3_bucket_public_access_block"):
        names = ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets")
        if all(block[name] for name in names):
            blocked.add(block.address.rpartition(".")[2])
    for bucket in plan.of_type("aws_s3_bucket"):
        if bucket.address.rpartition(".")[2] not in blocked:
            yield f"{bucket.address}: public access is not blocked"
    for rule in plan.of_type("aws_vpc_security_group_ingress_rule"):
        if rule["cidr_ipv4"] or rule["cidr_ipv6"] or rule["prefix_list_id"]:
            yield f"{rule.address}: lets in {rule['cidr_ipv4'] or rule['cidr_ipv6'] or rule['prefix_list_id']}"
    for group in plan.of_type("aws_security_group", "aws_default_security_group"):
        if group["ingress"]:
            yield f"{group.address}: has inbound rules of its own"
    for rule in plan.of_type("aws_security_group_rule"):
        yield f"{rule.address}: use the resource of one rule, which these checks read"
    for subnet in plan.of_type("aws_subnet"):
        if subnet["map_public_ip_on_launch"]:
            yield f"{subnet.address}: gives out public addresses"
    for instance in plan.of_type("aws_rds_cluster_instance"):
        if instance["publicly_accessible"] is not False:
            yield f"{instance.address}: publicly accessible"
    for balancer in plan.of_type("aws_lb", "aws_alb", "aws_elb", "aws_lambda_function_url", "aws_api_gateway_rest_api"):
        yield f"{balancer.address}: opens a way in"


def tls_only(plan: Plan) -> Iterator[str]:
    """Every bucket and topic refuses calls without TLS, and so does the database."""
    for owner, policy in (("aws_s3_bucket", "aws_s3_bucket_policy"), ("aws_sns_topic", "aws_sns_topic_policy")):
        guarded = set()
        for each in plan.of_type(policy):
            for statement in json.loads(each["policy"] or '{"Statement": []}')["Statement"]:
                refuses = statement["Effect"] == "Deny" and statement["Principal"] in ("*", {"AWS": "*"})
                if refuses and statement.get("Condition") == {"Bool": {"aws:SecureTransport": "false"}}:
                    guarded.add(each.address.rpartition(".")[2])
        for each in plan.of_type(owner):
            if each.address.rpartition(".")[2] not in guarded:
                yield f"{each.address}: no refusal of calls without TLS"
    for group in plan.of_type("aws_rds_cluster_parameter_group"):
        if {each["name"]: each["value"] for each in group["parameter"] or []}.get("rds.force_ssl") != "1":
            yield f"{group.address}: rds.force_ssl is not 1"


def no_star_without_reason(plan: Plan) -> Iterator[str]:
    """No wildcard in an action; on every resource only what :data:`WITHOUT_RESOURCE` gives a reason for."""
    for address, statement in statements(plan):
        if statement["Effect"] != "Allow":
            continue
        for action in _list(statement["Action"]):
            if "*" in action:
                yield f"{address}: action {action}"
            if "*" in _list(statement["Resource"]) and action not in WITHOUT_RESOURCE:
                yield f"{address}: {action} on every resource"
        if "NotAction" in statement or "NotResource" in statement:
            yield f"{address}: allows all but something"


def scoped_to_this_deployment(plan: Plan) -> Iterator[str]:
    """A resource of a policy carries the deployment's name, or the statement a condition that does."""
    [name] = {each["name"] for each in plan.of_type("aws_ecs_cluster")}
    words = (name, name.replace("-", "_"))
    for address, statement in statements(plan):
        condition = json.dumps(statement.get("Condition", {}))
        for resource in _list(statement["Resource"]):
            # The default database belongs to the account, and Athena wants to see it.
            shared = (":catalog", ":database/default", "datacatalog/*", ":guardrail/*")
            unnamed = resource.endswith(shared) or re.search(r":(foundation-model|inference-profile)/\w", resource)
            named = any(word in resource for word in words) or name in condition
            if resource != "*" and not (named or unnamed):
                yield f"{address}: {resource}"


def roles_are_trusted_by_one_service(plan: Plan) -> Iterator[str]:
    """Only one AWS service, acting for this account, takes a role."""
    for role in plan.of_type("aws_iam_role"):
        for statement in json.loads(role["assume_role_policy"])["Statement"]:
            principal, condition = statement["Principal"], json.dumps(statement.get("Condition", {}))
            if (
                set(principal) != {"Service"}
                or isinstance(principal["Service"], list)
                or "aws:SourceAccount" not in condition
            ):
                yield f"{role.address}: {principal}"


def truth_is_sealed(plan: Plan) -> Iterator[str]:
    """Training and scoring reach no object of lake/truth, and no prefix above it."""
    for address, statement in statements(plan):
        if not re.search(r'\.task\["(training|scoring)"\]', address):
            continue
        for resource in _list(statement["Resource"]):
            if re.search(r":::[^/]+/(\*|lake/(\*|truth))", resource):
                yield f"{address}: {resource}"
        for prefixes in statement.get("Condition", {}).get("StringLike", {}).values():
            for prefix in _list(prefixes):
                if re.match(r"(\*|lake/(\*|truth))", prefix):
                    yield f"{address}: lists {prefix}"


def containers(plan: Plan) -> Iterator[tuple[Resource, Mapping[str, Any]]]:
    """Containers of the task definitions that are known."""
    for definition in plan.of_type("aws_ecs_task_definition"):
        for container in json.loads(definition["container_definitions"] or "[]"):
            yield definition, container


def containers_are_confined(plan: Plan) -> Iterator[str]:
    """A user without rights, no capability, a read-only root, a log, an image that is one build; no secret in clear."""
    for definition, container in containers(plan):
        name = f"{definition.address}[{container['name']}]"
        if container.get("user") != "10001:10001":
            yield f"{name}: user {container.get('user')!r}"
        if container.get("privileged") is not False:
            yield f"{name}: privileged"
        if not container.get("readonlyRootFilesystem") and container["name"] not in WRITABLE_ROOT:
            yield f"{name}: writable root"
        if container.get("linuxParameters", {}).get("capabilities", {}).get("drop") != ["ALL"]:
            yield f"{name}: keeps capabilities"
        if container.get("logConfiguration", {}).get("logDriver") != "awslogs":
            yield f"{name}: no log"
        if not re.search(r":(?!latest$)[\w.-]+$", container["image"]):
            yield f"{name}: image {container['image']}"
        for variable in container.get("environment", []):
            secret = re.search(r"PASSWORD|TOKEN|_KEY$|SECRET(?!$)|URL$", variable["name"])
            if secret or re.search(r"://[^/\s]+:[^/\s]+@", variable["value"]):
                yield f"{name}: {variable['name']} in clear"


def images_are_kept_honest(plan: Plan) -> Iterator[str]:
    """Tags cannot be moved, images are scanned when they arrive, old ones go."""
    cleaned = {each.address.partition("[")[2] for each in plan.of_type("aws_ecr_lifecycle_policy")}
    for repository in plan.of_type("aws_ecr_repository"):
        if repository["image_tag_mutability"] != "IMMUTABLE":
            yield f"{repository.address}: tags can be moved"
        if [each["scan_on_push"] for each in repository["image_scanning_configuration"] or []] != [True]:
            yield f"{repository.address}: not scanned"
        if repository.address.partition("[")[2] not in cleaned:
            yield f"{repository.address}: never cleaned"


def data_can_be_had_back(plan: Plan) -> Iterator[str]:
    """Buckets keep versions and forget them again; the database is backed up; logs end."""
    versioned = {
        each.address.rpartition(".")[2]
        for each in plan.of_type("aws_s3_bucket_versioning")
        if each["versioning_configuration"][0]["status"] == "Enabled"
    }
    expiring = {
        each.address.rpartition(".")[2]
        for each in plan.of_type("aws_s3_bucket_lifecycle_configuration")
        if any(rule["noncurrent_version_expiration"] for rule in each["rule"])
    }
    for bucket in plan.of_type("aws_s3_bucket"):
        name = bucket.address.rpartition(".")[2]
        if name not in versioned or name not in expiring:
            yield f"{bucket.address}: versions are not kept, or kept for ever"
    for cluster in plan.of_type("aws_rds_cluster"):
        if (cluster["backup_retention_period"] or 0) < 7:
            yield f"{cluster.address}: backups of {cluster['backup_retention_period']} days"
    for group in plan.of_type("aws_cloudwatch_log_group"):
        if not group["retention_in_days"]:
            yield f"{group.address}: kept for ever"


def passwords_are_in_no_state(plan: Plan) -> Iterator[str]:
    """RDS makes the password; no resource holds one."""
    for cluster in plan.of_type("aws_rds_cluster"):
        if cluster["master_password"] or not cluster["manage_master_user_password"]:
            yield f"{cluster.address}: a password in the state"
    for each in plan.of_type("aws_secretsmanager_secret_version", "aws_ssm_parameter", "aws_iam_access_key"):
        yield f"{each.address}: a secret in the state"


def spend_is_limited(plan: Plan) -> Iterator[str]:
    """A limit on each query, a budget that tells people, and nothing that costs while nothing runs."""
    for workgroup in plan.of_type("aws_athena_workgroup"):
        if not workgroup["configuration"][0]["bytes_scanned_cutoff_per_query"]:
            yield f"{workgroup.address}: no limit"
    if not any(each["notification"] for each in plan.of_type("aws_budgets_budget")):
        yield "no budget tells anyone"
    for each in plan.of_type("aws_nat_gateway", "aws_eip", "aws_lb", "aws_instance"):
        yield f"{each.address}: costs by the hour"
    for cluster in plan.of_type("aws_rds_cluster"):
        [scaling] = cluster["serverlessv2_scaling_configuration"]
        if scaling["min_capacity"] != 0:
            yield f"{cluster.address}: never pauses"


RULES: Sequence[Rule] = (
    encrypted_at_rest,
    keys_rotate,
    nothing_is_public,
    tls_only,
    no_star_without_reason,
    scoped_to_this_deployment,
    roles_are_trusted_by_one_service,
    truth_is_sealed,
    containers_are_confined,
    images_are_kept_honest,
    data_can_be_had_back,
    passwords_are_in_no_state,
    spend_is_limited,
)
"""Rules of a plan. :func:`keys_are_named` needs what a plan makes."""


def broken(plan: Plan, rules: Sequence[Rule] = RULES) -> list[str]:
    """All that breaks a rule."""
    return [f"{rule.__name__}: {each}" for rule in rules for each in rule(plan)]
