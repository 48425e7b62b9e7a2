# Image repositories, the cluster, and the tasks of training and scoring.

locals {
  images = toset(["training", "scoring", "orchestrator"])

  # Said in advance rather than read from what was made, so that a plan can be read in full.
  repository_arns = {
    for image in local.images :
    image => "arn:${var.partition}:ecr:${var.region}:${var.account_id}:repository/${var.name}/${image}"
  }
  repository_urls = {
    for image in local.images :
    image => "${var.account_id}.dkr.ecr.${var.region}.${var.dns_suffix}/${var.name}/${image}"
  }
  log_groups = { for program, size in var.programs : program => "/${var.name}/${program}" }
}

# ---------------------------------------------------------------------------------------------------------------------
# Images
# ---------------------------------------------------------------------------------------------------------------------

resource "aws_ecr_repository" "this" {
  for_each = local.images

  name                 = "${var.name}/${each.key}"
  image_tag_mutability = "IMMUTABLE"
  force_delete         = !var.deletion_protection

  image_scanning_configuration {
    scan_on_push = true
  }

  encryption_configuration {
    encryption_type = "KMS"
    kms_key         = var.key_arn
  }
}

resource "aws_ecr_lifecycle_policy" "this" {
  for_each = aws_ecr_repository.this

  repository = each.value.name
  policy = jsonencode({
    rules = [{
      rulePriority = 1
      description  = "Keep the last images for a rollback"
      selection = {
        tagStatus   = "any"
        countType   = "imageCountMoreThan"
        countNumber = var.images_kept
      }
      action = { type = "expire" }
    }]
  })
}

# ---------------------------------------------------------------------------------------------------------------------
# Cluster and logs
# ---------------------------------------------------------------------------------------------------------------------

resource "aws_ecs_cluster" "this" {
  name = var.name

  # Its metrics are charged each, by the hour; the alarms here use events and log filters, which are not.
  setting {
    name  = "containerInsights"
    value = "disabled"
  }
}

resource "aws_ecs_cluster_capacity_providers" "this" {
  cluster_name       = aws_ecs_cluster.this.name
  capacity_providers = ["FARGATE", "FARGATE_SPOT"]

  default_capacity_provider_strategy {
    capacity_provider = "FARGATE"
    weight            = 1
  }
}

resource "aws_cloudwatch_log_group" "program" {
  for_each = local.log_groups

  name              = each.value
  retention_in_days = var.log_retention_days
  kms_key_id        = var.key_arn
}

# ---------------------------------------------------------------------------------------------------------------------
# Tasks
# ---------------------------------------------------------------------------------------------------------------------

resource "aws_ecs_task_definition" "program" {
  for_each = var.programs

  family                   = "${var.name}-${each.key}"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = each.value.cpu
  memory                   = each.value.memory
  execution_role_arn       = aws_iam_role.execution[each.key].arn
  task_role_arn            = aws_iam_role.task[each.key].arn

  runtime_platform {
    operating_system_family = "LINUX"
    cpu_architecture        = var.cpu_architecture
  }

  # What a program writes beside S3 goes here; the root of its container is read-only.
  volume {
    name = "tmp"
  }

  container_definitions = jsonencode([{
    name                   = each.key
    image                  = "${local.repository_urls[each.key]}:${var.image_tag}"
    essential              = true
    command                = ["python", "-m", "engage_ml.${each.key}"]
    user                   = "10001:10001"
    privileged             = false
    readonlyRootFilesystem = true
    stopTimeout            = 120
    mountPoints            = [{ sourceVolume = "tmp", containerPath = "/tmp", readOnly = false }]
    linuxParameters        = { initProcessEnabled = true, capabilities = { drop = ["ALL"], add = [] } }
    ulimits                = [{ name = "nofile", softLimit = 16384, hardLimit = 16384 }]
    environment            = [{ name = "AWS_REGION", value = var.region }]
    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = aws_cloudwatch_log_group.program[each.key].name
        awslogs-region        = var.region
        awslogs-stream-prefix = "task"
      }
    }
  }])
}
