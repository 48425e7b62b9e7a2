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
  description = "Region of everything."
  type        = string
}

variable "environment" {
  description = "Variables of the orchestrator's container: the settings of the platform, without those of the database."
  type        = map(string)
}

variable "image" {
  description = "The orchestrator's image, with its tag."
  type        = string
}

variable "cpu_architecture" {
  description = "X86_64 or ARM64."
  type        = string
}

variable "cpu" {
  description = "CPU units of the orchestrator's task."
  type        = number
}

variable "memory" {
  description = "MB of the orchestrator's task."
  type        = number
}

variable "always_on" {
  description = "Keep the web interface and the daemon running all week, instead of in the weekly window only."
  type        = bool
}

variable "window" {
  description = "When the orchestrator runs, as EventBridge cron expressions in the schedule's time zone. The weekly run starts at 03:00 on Monday."
  type        = object({ open = string, close = string })
}

variable "timezone" {
  description = "Time zone of the window and of the schedule."
  type        = string
}

variable "cluster_name" {
  description = "ECS cluster."
  type        = string
}

variable "cluster_arn" {
  description = "ARN of that cluster."
  type        = string
}

variable "task_definition_families" {
  description = "Families of the tasks that the orchestrator starts."
  type        = map(string)
}

variable "task_role_arns" {
  description = "Roles that it passes to them."
  type        = list(string)
}

variable "repository_arn" {
  description = "Repository of the orchestrator's image."
  type        = string
}

variable "subnet_ids" {
  description = "Subnets of the task."
  type        = list(string)
}

variable "security_group_id" {
  description = "Security group of the task."
  type        = string
}

variable "assign_public_ip" {
  description = "Whether the task needs an address to reach AWS."
  type        = bool
}

variable "database_subnet_ids" {
  description = "Subnets of the database."
  type        = list(string)
}

variable "database_security_group_id" {
  description = "Security group of the database."
  type        = string
}

variable "database_version" {
  description = "Major version of Aurora PostgreSQL. RDS keeps the minor version up to date; a pinned one would be a step back that it refuses."
  type        = string

  validation {
    condition     = can(regex("^(1[6-9]|[2-9][0-9])$", var.database_version))
    error_message = "database_version must be a major version, 16 or later: those before cannot pause."
  }
}

variable "database_max_capacity" {
  description = "Aurora capacity units at most."
  type        = number
}

variable "key_arn" {
  description = "Key that encrypts the database and the logs."
  type        = string
}

variable "key_alias" {
  description = "Alias of that key."
  type        = string
}

variable "data_bucket_arn" {
  description = "ARN of the data bucket."
  type        = string
}

variable "prefixes" {
  description = "Prefix of each kind of file."
  type        = map(string)
}

variable "workgroup" {
  description = "Athena workgroup."
  type        = string
}

variable "glue_prefix" {
  description = "Prefix of the Glue databases."
  type        = string
}

variable "topic_arn" {
  description = "Topic that is told about failed runs."
  type        = string
}

variable "assistant_policy_json" {
  description = "What the assistant may do beyond that; empty without an assistant."
  type        = string
}

variable "log_retention_days" {
  description = "Days that logs are kept."
  type        = number
}

variable "deletion_protection" {
  description = "Refuse to delete the database, and keep a last snapshot."
  type        = bool
}
