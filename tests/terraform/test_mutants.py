"""Planted faults: each one is refused, by Terraform or by a rule, and by the one that is meant to."""

from dataclasses import dataclass

import pytest

from tests.terraform.policies import RULES, broken, keys_are_named
from tests.terraform.workspace import Terraform, TerraformError

pytestmark = pytest.mark.terraform

LAKE, NETWORK = "modules/lake/main.tf", "modules/network/main.tf"
COMPUTE, ROLES = "modules/compute/main.tf", "modules/compute/roles.tf"
DATABASE, DAGSTER, DAGSTER_ROLES = (f"modules/orchestration/{name}.tf" for name in ("database", "main", "roles"))
CATALOGUE, WATCH = "modules/lake/catalogue.tf", "modules/observability/main.tf"

RULE_NAMES = {rule.__name__ for rule in (*RULES, keys_are_named)}


@dataclass(frozen=True)
class Mutant:
    """One text of one file replaced by another, and what has to refuse it."""

    file: str
    old: str
    new: str
    refused_by: str
    """Name of the rule, or a text of Terraform's own refusal."""

    def __str__(self) -> str:
        return f"{self.refused_by}: {self.new.strip()[:60]}"


MUTANTS = (
    # --- Terraform itself
    Mutant(LAKE, "deletion_window_in_days", "deletion_window_days", "Unsupported argument"),
    Mutant(
        LAKE,
        'resource "aws_s3_bucket_policy" "data"',
        'resource "aws_s3_bucket_polices" "data"',
        "Invalid resource type",
    ),
    Mutant(DATABASE, "serverlessv2_scaling_configuration {", "serverless_v2_scaling {", "Unsupported block type"),
    Mutant(
        DATABASE, "aws_db_subnet_group.this.name", "aws_db_subnet_group.main.name", "Reference to undeclared resource"
    ),
    Mutant(NETWORK, "enable_dns_support   = true", 'enable_dns_support   = "always"', "Inappropriate value"),
    Mutant(
        LAKE, "  enable_key_rotation     = true", "  enable_key_rotation     = true\n  key_id = 1", "unconfigurable"
    ),
    Mutant("main.tf", "egress              = var.egress\n", "", "Missing required argument"),
    # --- encryption
    Mutant(LAKE, 'sse_algorithm     = "aws:kms"', 'sse_algorithm     = "AES256"', "encrypted_at_rest"),
    Mutant(
        DATABASE,
        "storage_encrypted               = true",
        "storage_encrypted               = false",
        "encrypted_at_rest",
    ),
    Mutant(COMPUTE, 'encryption_type = "KMS"', 'encryption_type = "AES256"', "encrypted_at_rest"),
    Mutant(CATALOGUE, '"SSE_KMS"', '"SSE_S3"', "encrypted_at_rest"),
    Mutant(LAKE, "enable_key_rotation     = true", "enable_key_rotation     = false", "keys_rotate"),
    Mutant(WATCH, "  kms_master_key_id = var.key_arn\n", "", "keys_are_named"),
    Mutant(COMPUTE, "  kms_key_id        = var.key_arn\n", "", "keys_are_named"),
    # --- a way in
    Mutant(LAKE, "restrict_public_buckets = true", "restrict_public_buckets = false", "nothing_is_public"),
    Mutant(
        NETWORK,
        "referenced_security_group_id = aws_security_group.tasks.id",
        'cidr_ipv4 = "0.0.0.0/0"',
        "nothing_is_public",
    ),
    Mutant(NETWORK, "map_public_ip_on_launch = false", "map_public_ip_on_launch = true", "nothing_is_public"),
    Mutant(DATABASE, "publicly_accessible        = false", "publicly_accessible        = true", "nothing_is_public"),
    Mutant(LAKE, 'variable = "aws:SecureTransport"', 'variable = "aws:ViaAWSService"', "tls_only"),
    Mutant(
        DATABASE, 'name  = "rds.force_ssl"\n    value = "1"', 'name  = "rds.force_ssl"\n    value = "0"', "tls_only"
    ),
    # --- rights
    Mutant(DAGSTER_ROLES, '"s3:AbortMultipartUpload", ', '"s3:*", ', "no_star_without_reason"),
    Mutant(DAGSTER_ROLES, "    resources = [var.topic_arn]", '    resources = ["*"]', "no_star_without_reason"),
    Mutant(DAGSTER_ROLES, "cluster:${var.name}", "cluster:*", "scoped_to_this_deployment"),
    Mutant(ROLES, "values   = [var.key_alias]", 'values   = ["alias/other"]', "scoped_to_this_deployment"),
    Mutant(
        ROLES,
        '      type        = "Service"\n      identifiers = ["ecs-tasks.amazonaws.com"]',
        '      type        = "AWS"\n      identifiers = ["*"]',
        "roles_are_trusted_by_one_service",
    ),
    Mutant(ROLES, '"${local.lake}/handover/features/*",', '"${local.lake}/*",', "truth_is_sealed"),
    # --- containers and images
    Mutant(COMPUTE, "readonlyRootFilesystem = true", "readonlyRootFilesystem = false", "containers_are_confined"),
    Mutant(COMPUTE, '"10001:10001"', '"0:0"', "containers_are_confined"),
    Mutant(COMPUTE, "privileged             = false", "privileged             = true", "containers_are_confined"),
    Mutant(COMPUTE, 'capabilities = { drop = ["ALL"]', "capabilities = { drop = []", "containers_are_confined"),
    Mutant(COMPUTE, ":${var.image_tag}", ":latest", "containers_are_confined"),
    Mutant(
        COMPUTE,
        'name = "AWS_REGION", value = var.region',
        'name = "DATABASE_URL", value = "postgresql://engage:pw@db/x"',
        "containers_are_confined",
    ),
    Mutant(COMPUTE, '"IMMUTABLE"', '"MUTABLE"', "images_are_kept_honest"),
    Mutant(COMPUTE, "scan_on_push = true", "scan_on_push = false", "images_are_kept_honest"),
    # --- keeping and spending
    Mutant(LAKE, 'status = "Enabled"\n  }', 'status = "Suspended"\n  }', "data_can_be_had_back"),
    Mutant(
        DATABASE,
        "backup_retention_period             = 7",
        "backup_retention_period             = 1",
        "data_can_be_had_back",
    ),
    Mutant(
        DATABASE,
        "manage_master_user_password     = true",
        'master_password = "engage-engage"',
        "passwords_are_in_no_state",
    ),
    Mutant(CATALOGUE, "    bytes_scanned_cutoff_per_query     = var.scan_limit_bytes\n", "", "spend_is_limited"),
    Mutant(DATABASE, "min_capacity             = 0", "min_capacity             = 0.5", "spend_is_limited"),
    Mutant(
        NETWORK,
        'resource "aws_route_table" "private" {',
        'resource "aws_eip" "nat" {}\n\nresource "aws_route_table" "private" {',
        "spend_is_limited",
    ),
)


@pytest.mark.parametrize("mutant", MUTANTS, ids=str)
def test_the_mutant_is_refused(terraform: Terraform, altered, mutant: Mutant):
    folder = altered(mutant.file, mutant.old, mutant.new)
    if mutant.refused_by not in RULE_NAMES:
        with pytest.raises(TerraformError, match=mutant.refused_by):
            terraform.plan(folder, "prod")
        return
    plan = terraform.plan(folder, "prod")
    found = broken(plan) or broken(terraform.applied(folder), [*RULES, keys_are_named])
    assert {each.partition(":")[0] for each in found} == {mutant.refused_by}, found


def test_every_rule_refuses_something():
    assert {mutant.refused_by for mutant in MUTANTS} >= RULE_NAMES
