mock_provider "aws" {
  mock_data "aws_iam_policy_document" {
    defaults = { json = "{\"Version\":\"2012-10-17\",\"Statement\":[]}" }
  }
}

variables {
  name                       = "engage-test"
  account_id                 = "111122223333"
  partition                  = "aws"
  region                     = "eu-central-1"
  key_arn                    = "arn:aws:kms:eu-central-1:111122223333:key/k"
  log_retention_days         = 30
  notification_emails        = ["team@example.org"]
  orchestrator_log_group     = "/engage-test/orchestrator"
  cluster_arn                = "arn:aws:ecs:eu-central-1:111122223333:cluster/engage-test"
  workgroup                  = "engage-test"
  database_identifier        = "engage-test"
  scanned_gb_per_day         = 50
  spot_interruptions_per_day = 3
  monthly_budget_usd         = 25
  cost_tag                   = "deployment$engage-test"
  dashboard_enabled          = true
}

run "silence_is_an_alarm" {
  command = plan

  assert {
    condition     = aws_cloudwatch_metric_alarm.not_published.treat_missing_data == "breaching"
    error_message = "A week that never came reports nothing; that has to alarm."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.not_published.period * aws_cloudwatch_metric_alarm.not_published.evaluation_periods <= 604800
    error_message = "CloudWatch looks back seven days at most."
  }
}

run "every_alarm_speaks" {
  command = apply

  assert {
    condition = output.alarm_count == length(distinct([
      for alarm in [
        aws_cloudwatch_metric_alarm.run_failed, aws_cloudwatch_metric_alarm.not_published, aws_cloudwatch_metric_alarm.out_of_memory,
        aws_cloudwatch_metric_alarm.spot_interruptions, aws_cloudwatch_metric_alarm.scanned_bytes,
      ] : alarm.alarm_name if tolist(alarm.alarm_actions) == tolist([aws_sns_topic.this.arn])
    ]))
    error_message = "All alarms are counted, and each tells the topic."
  }
}

run "stopped_tasks_are_told_apart" {
  command = plan

  assert {
    condition     = alltrue([for rule in aws_cloudwatch_event_rule.task : jsondecode(rule.event_pattern).detail.lastStatus == ["STOPPED"]])
    error_message = "A task that stops is counted once: not when it is told to, and again when it has."
  }
}

run "no_dashboard_on_request" {
  command = plan

  variables {
    dashboard_enabled = false
  }

  assert {
    condition     = length(aws_cloudwatch_dashboard.this) == 0
    error_message = "The dashboard can be left out."
  }
}
