mock_provider "aws" {
  mock_data "aws_iam_policy_document" {
    defaults = { json = "{\"Version\":\"2012-10-17\",\"Statement\":[]}" }
  }

  mock_resource "aws_rds_cluster" {
    defaults = {
      endpoint           = "db.example.internal"
      master_user_secret = [{ kms_key_id = "k", secret_arn = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:rds!cluster-1", secret_status = "active" }]
    }
  }
}

variables {
  name                       = "engage-test"
  account_id                 = "111122223333"
  partition                  = "aws"
  region                     = "eu-central-1"
  environment                = { ENGAGE_ENVIRONMENT = "aws" }
  image                      = "111122223333.dkr.ecr.eu-central-1.amazonaws.com/engage-test/orchestrator:abc"
  cpu_architecture           = "X86_64"
  cpu                        = 1024
  memory                     = 4096
  always_on                  = false
  window                     = { open = "cron(50 2 ? * MON *)", close = "cron(50 4 ? * MON *)" }
  timezone                   = "Europe/Vienna"
  cluster_name               = "engage-test"
  cluster_arn                = "arn:aws:ecs:eu-central-1:111122223333:cluster/engage-test"
  task_definition_families   = { training = "engage-test-training" }
  task_role_arns             = ["arn:aws:iam::111122223333:role/engage-test-training"]
  repository_arn             = "arn:aws:ecr:eu-central-1:111122223333:repository/engage-test/orchestrator"
  subnet_ids                 = ["subnet-1", "subnet-2"]
  security_group_id          = "sg-1"
  assign_public_ip           = true
  database_subnet_ids        = ["subnet-3", "subnet-4"]
  database_security_group_id = "sg-2"
  database_version           = "16"
  database_max_capacity      = 1
  key_arn                    = "arn:aws:kms:eu-central-1:111122223333:key/k"
  key_alias                  = "alias/engage-test"
  data_bucket_arn            = "arn:aws:s3:::data"
  prefixes                   = { lake = "lake", models = "models", reports = "reports", exports = "exports", warehouse = "warehouse", athena_results = "athena-results", pipes = "pipes" }
  workgroup                  = "engage-test"
  glue_prefix                = "engage_test"
  topic_arn                  = "arn:aws:sns:eu-central-1:111122223333:engage-test"
  assistant_policy_json      = ""
  log_retention_days         = 30
  deletion_protection        = true
}

run "zero_between_the_windows" {
  command = apply

  assert {
    condition     = aws_ecs_service.this.desired_count == 0 && aws_appautoscaling_target.this.min_capacity == 0
    error_message = "Nothing runs before the first window."
  }

  assert {
    condition = { for name, action in aws_appautoscaling_scheduled_action.window : name => action.scalable_target_action[0].max_capacity } == {
      open = "1", close = "0"
    }
    error_message = "The window opens to one task and closes to none."
  }

  assert {
    condition     = alltrue([for action in aws_appautoscaling_scheduled_action.window : action.timezone == "Europe/Vienna"])
    error_message = "The window keeps the time zone of the schedule."
  }

  assert {
    condition     = aws_rds_cluster.this.serverlessv2_scaling_configuration[0].min_capacity == 0
    error_message = "The database pauses."
  }

  assert {
    condition     = aws_ecs_service.this.propagate_tags == "SERVICE"
    error_message = "The budget sees what carries the deployment's tag, tasks included."
  }

  assert {
    condition     = output.database_settings.ENGAGE_DATABASE_HOST == "db.example.internal"
    error_message = "The host of the database goes to the settings."
  }
}

run "always_on" {
  command = plan

  variables {
    always_on = true
  }

  # Also for a deployment that had windows: the count that is there is left to the actions.
  assert {
    condition     = { for name, action in aws_appautoscaling_scheduled_action.window : name => action.scalable_target_action[0].min_capacity } == { always = "1" }
    error_message = "One task, started within the hour, and nothing that stops it."
  }
}

run "never_two_daemons" {
  command = plan

  assert {
    condition     = aws_ecs_service.this.deployment_maximum_percent == 100 && aws_ecs_service.this.deployment_minimum_healthy_percent == 0
    error_message = "The old task ends before the new one starts."
  }
}

# RDS puts in newer minor versions by itself, and refuses to go back to the one that is written here.
run "minor_versions_are_for_rds_to_choose" {
  command = plan

  variables {
    database_version = "16.8"
  }

  expect_failures = [var.database_version]
}

run "what_cannot_pause_is_refused" {
  command = plan

  variables {
    database_version = "15"
  }

  expect_failures = [var.database_version]
}
