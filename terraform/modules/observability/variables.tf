variable "name" {
  description = "Prefix of every name."
  type        = string
}

variable "account_id" {
  description = "The account."
  type        = string
}

variable "partition" {
  description = "aws, aws-cn or aws-us-gov."
  type        = string
}

variable "region" {
  description = "Region of the metrics."
  type        = string
}

variable "key_arn" {
  description = "Key that encrypts the topic and the events."
  type        = string
}

variable "log_retention_days" {
  description = "Days that events are kept."
  type        = number
}

variable "notification_emails" {
  description = "Addresses that are told. Each has to confirm once."
  type        = set(string)
}

variable "orchestrator_log_group" {
  description = "Log group in which Dagster's events are found."
  type        = string
}

variable "cluster_arn" {
  description = "ECS cluster whose tasks are watched."
  type        = string
}

variable "workgroup" {
  description = "Athena workgroup."
  type        = string
}

variable "database_identifier" {
  description = "Database cluster."
  type        = string
}

variable "scanned_gb_per_day" {
  description = "GB a day that Athena may scan before someone is told."
  type        = number
}

variable "spot_interruptions_per_day" {
  description = "Interruptions of Fargate Spot a day before someone is told."
  type        = number
}

variable "monthly_budget_usd" {
  description = "Spend a month of what carries this project's tag; warnings at 80 % spent and 100 % forecast."
  type        = number

  validation {
    condition     = var.monthly_budget_usd > 0
    error_message = "monthly_budget_usd must be more than 0."
  }
}

variable "cost_tag" {
  description = "Tag and value by which the budget finds this project: key$value. The tag has to be activated once for cost allocation."
  type        = string
}

variable "dashboard_enabled" {
  description = "A CloudWatch dashboard: three are free in each account, the next cost 3 USD a month each."
  type        = bool
}
