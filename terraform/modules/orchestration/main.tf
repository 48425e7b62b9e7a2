# The orchestrator: Dagster's web interface, daemon and code in one task, as a service of no or one task. No port is open:
# the web interface listens inside the task only, and is reached through a session that IAM allows.

locals {
  log_group = "/${var.name}/orchestrator"

  container = {
    image       = var.image
    user        = "10001:10001"
    privileged  = false
    stopTimeout = 120
    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = aws_cloudwatch_log_group.this.name
        awslogs-region        = var.region
        awslogs-stream-prefix = "task"
      }
    }
  }

  settings = merge(var.environment, {
    ENGAGE_DATABASE_SECRET = aws_rds_cluster.this.master_user_secret[0].secret_arn
    ENGAGE_DATABASE_HOST   = aws_rds_cluster.this.endpoint
  })
}

resource "aws_cloudwatch_log_group" "this" {
  name              = local.log_group
  retention_in_days = var.log_retention_days
  kms_key_id        = var.key_arn
}

# ---------------------------------------------------------------------------------------------------------------------
# Task and service
# ---------------------------------------------------------------------------------------------------------------------

resource "aws_ecs_task_definition" "this" {
  family                   = "${var.name}-orchestrator"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = var.cpu
  memory                   = var.memory
  execution_role_arn       = aws_iam_role.execution.arn
  task_role_arn            = aws_iam_role.task.arn

  runtime_platform {
    operating_system_family = "LINUX"
    cpu_architecture        = var.cpu_architecture
  }

  volume {
    name = "home"
  }

  volume {
    name = "tmp"
  }

  container_definitions = jsonencode([
    merge(local.container, {
      name                   = "dagster"
      essential              = true
      command                = ["engage", "ui", "--port", "3000"]
      readonlyRootFilesystem = true
      environment            = [for name in sort(keys(local.settings)) : { name = name, value = local.settings[name] }]
      mountPoints = [
        { sourceVolume = "home", containerPath = "/var/lib/engage", readOnly = false },
        { sourceVolume = "tmp", containerPath = "/tmp", readOnly = false },
      ]
      linuxParameters = { initProcessEnabled = true, capabilities = { drop = ["ALL"], add = [] } }
      ulimits         = [{ name = "nofile", softLimit = 16384, hardLimit = 16384 }]
      healthCheck = {
        command     = ["CMD", "python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:3000/server_info', timeout=8)"]
        interval    = 30
        timeout     = 10
        retries     = 5
        startPeriod = 180
      }
    }),
    # The way in for people: a session forwards a port of this container. The agent of such sessions writes to the root, which
    # is why it is not read-only here; the container has no settings and does nothing.
    merge(local.container, {
      name                   = "tunnel"
      essential              = false
      command                = ["sleep", "infinity"]
      readonlyRootFilesystem = false
      environment            = []
      memoryReservation      = 64
      linuxParameters        = { initProcessEnabled = true, capabilities = { drop = ["ALL"], add = [] } }
    }),
  ])
}

resource "aws_ecs_service" "this" {
  name                   = "orchestrator"
  cluster                = var.cluster_name
  task_definition        = aws_ecs_task_definition.this.arn
  desired_count          = var.always_on ? 1 : 0
  enable_execute_command = true
  # The tasks carry the tags of the service: a budget sees only what carries its tag.
  propagate_tags = "SERVICE"

  # One daemon at a time, also while a new revision is rolled out.
  deployment_minimum_healthy_percent = 0
  deployment_maximum_percent         = 100

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  # Not Spot: an interruption would take the run with it.
  capacity_provider_strategy {
    capacity_provider = "FARGATE"
    weight            = 1
  }

  network_configuration {
    subnets          = var.subnet_ids
    security_groups  = [var.security_group_id]
    assign_public_ip = var.assign_public_ip
  }

  # The scheduled actions move it.
  lifecycle {
    ignore_changes = [desired_count]
  }

  # With always_on it starts at once, and after three starts in vain ECS gives up.
  depends_on = [aws_iam_role_policy.execution, aws_iam_role_policy.task, aws_rds_cluster_instance.this]
}

# ---------------------------------------------------------------------------------------------------------------------
# The weekly window
# ---------------------------------------------------------------------------------------------------------------------

resource "aws_appautoscaling_target" "this" {
  service_namespace  = "ecs"
  resource_id        = "service/${var.cluster_name}/${aws_ecs_service.this.name}"
  scalable_dimension = "ecs:service:DesiredCount"
  min_capacity       = var.always_on ? 1 : 0
  max_capacity       = 1

  # The actions below change the range.
  lifecycle {
    ignore_changes = [min_capacity, max_capacity]
  }
}

resource "aws_appautoscaling_scheduled_action" "window" {
  # Always on is an action, too, so that it reaches a deployment that was not: Terraform leaves the service's count alone.
  for_each = {
    for name, action in {
      open   = { schedule = var.window.open, count = 1, always = false }
      close  = { schedule = var.window.close, count = 0, always = false }
      always = { schedule = "rate(1 hour)", count = 1, always = true }
    } : name => action if action.always == var.always_on
  }

  name               = "${var.name}-${each.key}"
  service_namespace  = aws_appautoscaling_target.this.service_namespace
  resource_id        = aws_appautoscaling_target.this.resource_id
  scalable_dimension = aws_appautoscaling_target.this.scalable_dimension
  schedule           = each.value.schedule
  timezone           = var.timezone

  scalable_target_action {
    min_capacity = each.value.count
    max_capacity = each.value.count
  }
}
