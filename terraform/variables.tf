variable "environment" {
  description = "Name of the deployment: dev, prod …"
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9]{1,11}$", var.environment))
    error_message = "environment must be 2 to 12 lower-case letters and digits, beginning with a letter."
  }
}

variable "project" {
  description = "First part of every name."
  type        = string
  default     = "engage"

  validation {
    condition     = can(regex("^[a-z](-?[a-z0-9])+$", var.project)) && length(var.project) <= 16
    error_message = "project must be 2 to 16 lower-case letters, digits and single dashes, beginning with a letter and not ending with a dash: RDS refuses others."
  }
}

variable "region" {
  description = "Region of everything."
  type        = string
}

variable "image_tag" {
  description = "Tag of the images to run; make deploy sets it to the commit."
  type        = string
}

variable "cpu_architecture" {
  description = "What the images were built for: X86_64 or ARM64."
  type        = string
  default     = "X86_64"
}

# --- Network

variable "vpc_cidr" {
  description = "Addresses of the VPC."
  type        = string
  default     = "10.20.0.0/20"
}

variable "zones" {
  description = "Letters of the two availability zones. Named rather than looked up: a new zone of the region would move the subnets."
  type        = list(string)
  default     = ["a", "b"]
}

variable "egress" {
  description = "How tasks reach AWS: public_ip (an address while a task runs, no inbound rule) or endpoints (private subnets; about 160 USD a month)."
  type        = string
  default     = "public_ip"
}

# --- When it runs

variable "always_on" {
  description = "Keep the web interface and the daemon running all week."
  type        = bool
  default     = false
}

variable "window" {
  description = "When the orchestrator runs otherwise. It has to hold Monday 03:00, and the time that a week takes."
  type        = object({ open = string, close = string })
  default     = { open = "cron(50 2 ? * MON *)", close = "cron(20 4 ? * MON *)" }
}

variable "timezone" {
  description = "Time zone of the window and of the Monday 03:00 schedule (ENGAGE_TIMEZONE)."
  type        = string
  default     = "UTC"
}

# --- Sizes

variable "programs" {
  description = "CPU units and MB of memory of the tasks of training and scoring."
  type        = map(object({ cpu = number, memory = number }))
  default = {
    training = { cpu = 2048, memory = 4096 }
    scoring  = { cpu = 2048, memory = 4096 }
  }
}

variable "orchestrator" {
  description = "CPU units and MB of memory of the orchestrator."
  type        = object({ cpu = number, memory = number })
  default     = { cpu = 1024, memory = 4096 }
}

variable "database_version" {
  description = "Major version of Aurora PostgreSQL."
  type        = string
  default     = "16"
}

variable "database_max_capacity" {
  description = "Aurora capacity units at most."
  type        = number
  default     = 1
}

# --- Keeping

variable "raw_retention_days" {
  description = "Days that raw, accepted and quarantined rows are kept."
  type        = number
  default     = 400
}

variable "log_retention_days" {
  description = "Days that logs are kept."
  type        = number
  default     = 400
}

variable "images_kept" {
  description = "Images kept in each repository, for a rollback."
  type        = number
  default     = 3
}

variable "deletion_protection" {
  description = "Refuse to delete what holds data."
  type        = bool
  default     = true
}

# --- Limits and notifications

variable "scan_limit_gb" {
  description = "GB that one query may scan."
  type        = number
  default     = 20
}

variable "scanned_gb_per_day" {
  description = "GB a day that Athena may scan before someone is told."
  type        = number
  default     = 50
}

variable "spot_interruptions_per_day" {
  description = "Interruptions of Fargate Spot a day before someone is told."
  type        = number
  default     = 3
}

variable "monthly_budget_usd" {
  description = "Spend a month before someone is told."
  type        = number
}

variable "notification_emails" {
  description = "Addresses that are told of failures, alarms and spend."
  type        = set(string)
  default     = []
}

variable "dashboard_enabled" {
  description = "A CloudWatch dashboard; three are free in each account."
  type        = bool
  default     = true
}

# --- Options

variable "crawler_enabled" {
  description = "A Glue crawler for drops whose columns are not in the contract."
  type        = bool
  default     = false
}

variable "assistant_enabled" {
  description = "Let the assistant ask a language model in Bedrock."
  type        = bool
  default     = false
}

variable "assistant_model_id" {
  description = "Bedrock model or inference profile of the assistant."
  type        = string
  default     = "anthropic.claude-3-haiku-20240307-v1:0"
}

variable "assistant_prices" {
  description = "USD per million input and output tokens of that model, such as 0.25,1.25: what a question costs is shown and limited."
  type        = string
  default     = ""

  validation {
    condition     = can(regex("^[0-9.]+,[0-9.]+$", var.assistant_prices)) || !var.assistant_enabled
    error_message = "With an assistant, give the two prices of its model from the price list of Bedrock, such as 0.25,1.25."
  }
}

variable "simulate" {
  description = "Simulate the raw extracts of weeks for which none were delivered: a trial without data of one's own."
  type        = bool
  default     = false
}
