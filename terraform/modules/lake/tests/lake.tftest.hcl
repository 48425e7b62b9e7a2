mock_provider "aws" {
  mock_data "aws_iam_policy_document" {
    defaults = { json = "{\"Version\":\"2012-10-17\",\"Statement\":[]}" }
  }
}

variables {
  name        = "engage-test"
  account_id  = "111122223333"
  partition   = "aws"
  region      = "eu-central-1"
  glue_prefix = "engage_test"
  schemas     = ["features", "published"]
  first_week  = "2025-07-07"
  contract_tables = {
    billing = {
      description = "Charges"
      columns = [
        { name = "week", type = "date", description = "Monday" },
        { name = "amount_usd", type = "float", description = "Charge" },
        { name = "paid", type = "bool", description = "Whether it was paid" },
      ]
    }
  }
  raw_retention_days  = 365
  scan_limit_bytes    = 1000000000
  crawler_enabled     = false
  deletion_protection = true
}

run "a_week_needs_no_crawler" {
  command = plan

  assert {
    condition     = aws_glue_catalog_table.raw["billing"].parameters["storage.location.template"] == "s3://engage-test-data-111122223333/lake/raw/billing/week=$${week}/"
    error_message = "The folder of a week is computed."
  }

  assert {
    condition     = [for column in aws_glue_catalog_table.raw["billing"].storage_descriptor[0].columns : "${column.name} ${column.type}"] == ["amount_usd double", "paid boolean"]
    error_message = "Columns are the contract's, without the partition."
  }

  assert {
    condition     = length(aws_glue_crawler.drops) == 0 && length(aws_iam_role.crawler) == 0
    error_message = "No crawler unless asked for."
  }
}

run "personal_data_goes" {
  command = plan

  assert {
    condition = [
      for rule in aws_s3_bucket_lifecycle_configuration.data.rule : rule.expiration[0].days if startswith(rule.id, "personal-data-")
    ] == [365, 365, 365]
    error_message = "Raw, accepted and quarantined rows are deleted after raw_retention_days."
  }

  assert {
    condition = anytrue([
      for rule in aws_s3_bucket_lifecycle_configuration.data.rule : try(rule.expiration[0].expired_object_delete_marker, false)
    ])
    error_message = "What marks an object as deleted goes after its last version; a run leaves thousands of them."
  }
}

run "the_key_serves_who_uses_it" {
  command = plan

  # Alarms and the budget speak to the encrypted topic. Events go to a log group, for which CloudWatch Logs uses the key.
  assert {
    condition = toset(flatten([
      for statement in data.aws_iam_policy_document.key.statement : [
        for principal in statement.principals : principal.identifiers if principal.type == "Service"
      ]
    ])) == toset(["logs.eu-central-1.amazonaws.com", "cloudwatch.amazonaws.com", "budgets.amazonaws.com"])
    error_message = "No service may use the key that has nothing to do with it."
  }
}

run "history_is_needed_for_training" {
  command = plan

  variables {
    raw_retention_days = 30
  }

  expect_failures = [var.raw_retention_days]
}

run "a_crawler_on_request" {
  command = plan

  variables {
    crawler_enabled = true
  }

  assert {
    condition     = one(aws_glue_crawler.drops[*].s3_target[0].path) == "s3://engage-test-data-111122223333/lake/drop/"
    error_message = "The crawler reads the drop zone only."
  }
}
