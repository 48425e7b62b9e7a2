# Who is told of what. Every alarm speaks to one topic.

locals {
  topic_arn = "arn:${var.partition}:sns:${var.region}:${var.account_id}:${var.name}"
  namespace = "Engage/${var.name}"
  day       = 86400
  gigabyte  = 1000000000

  # Dagster's events as its console logger writes them. A daemon that starts on an empty database names the event, too.
  log_metrics = {
    RunFailures    = "RUN_FAILURE -EventLogConsumerDaemon"
    PublishedWeeks = "\"ASSET_MATERIALIZATION\" \"published_week\""
  }

  # ECS tells of memory in the reason of the container, and of some tasks in the reason of the task. An interruption by Spot has
  # one of two codes, of which the second is also that of other notices.
  out_of_memory = [{ wildcard = "*OutOfMemory*" }]
  task_events = {
    out-of-memory = {
      "$or" = [{ stoppedReason = local.out_of_memory }, { containers = { reason = local.out_of_memory } }]
    }
    spot-interruption = {
      "$or" = [{ stopCode = ["SpotInterruption"] }, { stopCode = ["TerminationNotice"], stoppedReason = [{ wildcard = "*Spot*" }] }]
    }
  }
}

# ---------------------------------------------------------------------------------------------------------------------
# The topic
# ---------------------------------------------------------------------------------------------------------------------

resource "aws_sns_topic" "this" {
  name              = var.name
  kms_master_key_id = var.key_arn
}

data "aws_iam_policy_document" "topic" {
  statement {
    sid       = "AlarmsAndBudgets"
    actions   = ["sns:Publish"]
    resources = [local.topic_arn]

    principals {
      type        = "Service"
      identifiers = ["cloudwatch.amazonaws.com", "budgets.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [var.account_id]
    }
  }

  statement {
    sid       = "TlsOnly"
    effect    = "Deny"
    actions   = ["sns:Publish"]
    resources = [local.topic_arn]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }
}

resource "aws_sns_topic_policy" "this" {
  arn    = aws_sns_topic.this.arn
  policy = data.aws_iam_policy_document.topic.json
}

resource "aws_sns_topic_subscription" "email" {
  for_each = var.notification_emails

  topic_arn = aws_sns_topic.this.arn
  protocol  = "email"
  endpoint  = each.key
}

# ---------------------------------------------------------------------------------------------------------------------
# Runs
# ---------------------------------------------------------------------------------------------------------------------

resource "aws_cloudwatch_log_metric_filter" "dagster" {
  for_each = local.log_metrics

  name           = "${var.name}-${each.key}"
  log_group_name = var.orchestrator_log_group
  pattern        = each.value

  metric_transformation {
    namespace = local.namespace
    name      = each.key
    value     = "1"
  }
}

resource "aws_cloudwatch_metric_alarm" "run_failed" {
  alarm_name          = "${var.name}-run-failed"
  alarm_description   = "A run failed. The last published week is untouched. Read the run in the web interface: make open-ui"
  namespace           = local.namespace
  metric_name         = "RunFailures"
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 1
  threshold           = 0
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.this.arn]

  depends_on = [aws_cloudwatch_log_metric_filter.dagster]
}

# Seven whole days without a publication. With a run each Monday that is the Monday on which nothing came, at its end: seven
# days and 21 hours after the last publication. CloudWatch looks back seven days at most.
resource "aws_cloudwatch_metric_alarm" "not_published" {
  alarm_name          = "${var.name}-not-published"
  alarm_description   = "No week has been published for more than seven days. See the runs and gates in the web interface: make open-ui"
  namespace           = local.namespace
  metric_name         = "PublishedWeeks"
  statistic           = "Sum"
  period              = local.day
  evaluation_periods  = 7
  threshold           = 1
  comparison_operator = "LessThanThreshold"
  treat_missing_data  = "breaching"
  alarm_actions       = [aws_sns_topic.this.arn]
  ok_actions          = [aws_sns_topic.this.arn]

  depends_on = [aws_cloudwatch_log_metric_filter.dagster]
}

# ---------------------------------------------------------------------------------------------------------------------
# Tasks. The rules only count: the number of events that matched is a metric without charge.
# ---------------------------------------------------------------------------------------------------------------------

resource "aws_cloudwatch_event_rule" "task" {
  for_each = local.task_events

  name        = "${var.name}-${each.key}"
  description = "Tasks of the cluster that stopped: ${each.key}"
  event_pattern = jsonencode({
    source        = ["aws.ecs"]
    "detail-type" = ["ECS Task State Change"]
    detail        = merge({ clusterArn = [var.cluster_arn], lastStatus = ["STOPPED"] }, each.value)
  })
}

# A rule needs a target to count; the events are kept for reading in a log group.
resource "aws_cloudwatch_log_group" "events" {
  name              = "/aws/events/${var.name}"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.key_arn
}

data "aws_iam_policy_document" "events" {
  statement {
    sid       = "EventsToLogs"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["arn:${var.partition}:logs:${var.region}:${var.account_id}:log-group:/aws/events/${var.name}:*"]

    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com", "delivery.logs.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [var.account_id]
    }
  }
}

resource "aws_cloudwatch_log_resource_policy" "events" {
  policy_name     = "${var.name}-events"
  policy_document = data.aws_iam_policy_document.events.json
}

resource "aws_cloudwatch_event_target" "task" {
  for_each = aws_cloudwatch_event_rule.task

  rule = each.value.name
  arn  = "arn:${var.partition}:logs:${var.region}:${var.account_id}:log-group:${aws_cloudwatch_log_group.events.name}"
}

resource "aws_cloudwatch_metric_alarm" "out_of_memory" {
  alarm_name          = "${var.name}-out-of-memory"
  alarm_description   = "A task ran out of memory. Give its program more in the variable programs (or ENGAGE_TRAINING_MEMORY_MB)"
  namespace           = "AWS/Events"
  metric_name         = "TriggeredRules"
  dimensions          = { RuleName = aws_cloudwatch_event_rule.task["out-of-memory"].name }
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 1
  threshold           = 0
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.this.arn]
}

resource "aws_cloudwatch_metric_alarm" "spot_interruptions" {
  alarm_name          = "${var.name}-spot-interruptions"
  alarm_description   = "Fargate Spot is short of capacity. Runs fall back to on-demand; ENGAGE_CAPACITY=on-demand spares the attempts"
  namespace           = "AWS/Events"
  metric_name         = "TriggeredRules"
  dimensions          = { RuleName = aws_cloudwatch_event_rule.task["spot-interruption"].name }
  statistic           = "Sum"
  period              = local.day
  evaluation_periods  = 1
  threshold           = var.spot_interruptions_per_day
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.this.arn]
}

# ---------------------------------------------------------------------------------------------------------------------
# Money
# ---------------------------------------------------------------------------------------------------------------------

resource "aws_cloudwatch_metric_alarm" "scanned_bytes" {
  alarm_name          = "${var.name}-scanned-bytes"
  alarm_description   = "Athena scanned more than usual in a day. Look for a query without a week in the workgroup's history"
  namespace           = "AWS/Athena"
  metric_name         = "ProcessedBytes"
  dimensions          = { WorkGroup = var.workgroup }
  statistic           = "Sum"
  period              = local.day
  evaluation_periods  = 1
  threshold           = var.scanned_gb_per_day * local.gigabyte
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.this.arn]
}

resource "aws_budgets_budget" "this" {
  name         = var.name
  budget_type  = "COST"
  limit_amount = tostring(var.monthly_budget_usd)
  limit_unit   = "USD"
  time_unit    = "MONTHLY"

  cost_filter {
    name   = "TagKeyValue"
    values = ["user:${var.cost_tag}"]
  }

  dynamic "notification" {
    for_each = { ACTUAL = 80, FORECASTED = 100 }

    content {
      notification_type         = notification.key
      comparison_operator       = "GREATER_THAN"
      threshold                 = notification.value
      threshold_type            = "PERCENTAGE"
      subscriber_sns_topic_arns = [aws_sns_topic.this.arn]
    }
  }

  depends_on = [aws_sns_topic_policy.this]
}

# ---------------------------------------------------------------------------------------------------------------------
# Dashboard
# ---------------------------------------------------------------------------------------------------------------------

locals {
  widgets = [
    { title = "Runs and publications", stat = "Sum", metrics = [[local.namespace, "PublishedWeeks"], [local.namespace, "RunFailures"]] },
    { title = "Bytes that Athena scanned", stat = "Sum", metrics = [["AWS/Athena", "ProcessedBytes", "WorkGroup", var.workgroup]] },
    { title = "Capacity of the database (ACU)", stat = "Average", metrics = [["AWS/RDS", "ServerlessDatabaseCapacity", "DBClusterIdentifier", var.database_identifier]] },
    { title = "Tasks stopped by memory or Spot", stat = "Sum", metrics = [for name, rule in local.task_events : ["AWS/Events", "TriggeredRules", "RuleName", "${var.name}-${name}"]] },
  ]
}

resource "aws_cloudwatch_dashboard" "this" {
  count = var.dashboard_enabled ? 1 : 0

  dashboard_name = var.name
  dashboard_body = jsonencode({
    widgets = [
      for index, widget in local.widgets : {
        type   = "metric"
        x      = index % 2 * 12
        y      = floor(index / 2) * 6
        width  = 12
        height = 6
        properties = {
          title   = widget.title
          region  = var.region
          stat    = widget.stat
          period  = local.day
          metrics = widget.metrics
        }
      }
    ]
  })
}
