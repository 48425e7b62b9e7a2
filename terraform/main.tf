# Engage on AWS. Reading order: network, lake, compute, orchestration; assistant and observability beside them.

provider "aws" {
  region = var.region

  default_tags {
    tags = {
      project     = var.project
      environment = var.environment
      managed-by  = "terraform"
      deployment  = local.name
    }
  }
}

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

locals {
  name        = "${var.project}-${var.environment}"
  account_id  = data.aws_caller_identity.current.account_id
  partition   = data.aws_partition.current.partition
  glue_prefix = replace(local.name, "-", "_")

  # The one description of the columns.
  contract = yamldecode(file("${path.module}/../engage_assets/contracts/engage.yaml"))

  # What tasks call when they have no way out but endpoints.
  interface_services = ["athena", "ecr.api", "ecr.dkr", "ecs", "glue", "kms", "logs", "secretsmanager", "sns", "ssmmessages", "sts"]
}

module "lake" {
  source = "./modules/lake"

  name       = local.name
  account_id = local.account_id
  partition  = local.partition
  region     = var.region

  glue_prefix = local.glue_prefix
  schemas     = ["accepted", "lake", "staging", "features", "results", "analytics", "monitoring", "fairness", "published"]
  first_week  = "2025-07-07"
  contract_tables = {
    for name, table in local.contract.tables : name => {
      description = table.description
      columns = [
        for column, properties in table.columns :
        { name = column, type = properties.type, description = properties.description }
      ]
    }
  }

  raw_retention_days  = var.raw_retention_days
  scan_limit_bytes    = var.scan_limit_gb * 1000000000
  crawler_enabled     = var.crawler_enabled
  deletion_protection = var.deletion_protection
}

module "network" {
  source = "./modules/network"

  name                = local.name
  region              = var.region
  vpc_cidr            = var.vpc_cidr
  availability_zones  = [for letter in var.zones : "${var.region}${letter}"]
  egress              = var.egress
  interface_services  = concat(local.interface_services, var.assistant_enabled ? ["bedrock-runtime"] : [])
  flow_log_bucket_arn = module.lake.logs_bucket_arn
}

module "compute" {
  source = "./modules/compute"

  name       = local.name
  account_id = local.account_id
  partition  = local.partition
  region     = var.region
  dns_suffix = data.aws_partition.current.dns_suffix

  key_arn             = module.lake.key_arn
  key_alias           = module.lake.key_alias
  data_bucket_arn     = module.lake.data_bucket_arn
  prefixes            = module.lake.prefixes
  image_tag           = var.image_tag
  cpu_architecture    = var.cpu_architecture
  programs            = var.programs
  log_retention_days  = var.log_retention_days
  images_kept         = var.images_kept
  deletion_protection = var.deletion_protection
}

module "assistant" {
  source = "./modules/assistant"

  name       = local.name
  account_id = local.account_id
  partition  = local.partition
  region     = var.region
  enabled    = var.assistant_enabled
  model_id   = var.assistant_model_id
  prices     = var.assistant_prices
  key_arn    = module.lake.key_arn
}

module "orchestration" {
  source = "./modules/orchestration"

  name       = local.name
  account_id = local.account_id
  partition  = local.partition
  region     = var.region

  environment      = local.settings
  image            = "${module.compute.repository_urls["orchestrator"]}:${var.image_tag}"
  cpu_architecture = var.cpu_architecture
  cpu              = var.orchestrator.cpu
  memory           = var.orchestrator.memory
  always_on        = var.always_on
  window           = var.window
  timezone         = var.timezone

  cluster_name             = module.compute.cluster_name
  cluster_arn              = module.compute.cluster_arn
  task_definition_families = module.compute.task_definition_families
  task_role_arns           = module.compute.role_arns
  repository_arn           = module.compute.repository_arns["orchestrator"]

  subnet_ids                 = module.network.task_subnet_ids
  security_group_id          = module.network.task_security_group_id
  assign_public_ip           = module.network.assign_public_ip
  database_subnet_ids        = module.network.database_subnet_ids
  database_security_group_id = module.network.database_security_group_id
  database_version           = var.database_version
  database_max_capacity      = var.database_max_capacity

  key_arn               = module.lake.key_arn
  key_alias             = module.lake.key_alias
  data_bucket_arn       = module.lake.data_bucket_arn
  prefixes              = module.lake.prefixes
  workgroup             = module.lake.workgroup
  glue_prefix           = local.glue_prefix
  topic_arn             = module.observability.topic_arn
  assistant_policy_json = module.assistant.policy_json
  log_retention_days    = var.log_retention_days
  deletion_protection   = var.deletion_protection
}

module "observability" {
  source = "./modules/observability"

  name       = local.name
  account_id = local.account_id
  partition  = local.partition
  region     = var.region

  key_arn                    = module.lake.key_arn
  log_retention_days         = var.log_retention_days
  notification_emails        = var.notification_emails
  orchestrator_log_group     = module.orchestration.log_group
  cluster_arn                = module.compute.cluster_arn
  workgroup                  = module.lake.workgroup
  database_identifier        = local.name
  scanned_gb_per_day         = var.scanned_gb_per_day
  spot_interruptions_per_day = var.spot_interruptions_per_day
  monthly_budget_usd         = var.monthly_budget_usd
  cost_tag                   = "deployment$${local.name}"
  dashboard_enabled          = var.dashboard_enabled
}
