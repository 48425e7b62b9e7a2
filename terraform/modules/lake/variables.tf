variable "name" {
  description = "Prefix of every name."
  type        = string
}

variable "account_id" {
  description = "The account: part of the names of buckets, and of the key's policy."
  type        = string
}

variable "partition" {
  description = "aws, aws-cn or aws-us-gov."
  type        = string
}

variable "region" {
  description = "Region of the services that may use the key."
  type        = string
}

variable "glue_prefix" {
  description = "Prefix of the Glue databases: engage_raw, engage_results …"
  type        = string
}

variable "schemas" {
  description = "Glue databases that dbt builds in, without the prefix."
  type        = list(string)
}

variable "contract_tables" {
  description = "Tables of the source contract: name to description and columns (name, type as in the contract, description)."
  type = map(object({
    description = string
    columns     = list(object({ name = string, type = string, description = string }))
  }))
}

variable "first_week" {
  description = "The first Monday that partition projection offers."
  type        = string
}

variable "raw_retention_days" {
  description = "Days after which raw extracts, accepted rows and quarantined rows are deleted; they hold personal data."
  type        = number

  validation {
    condition     = var.raw_retention_days >= 120
    error_message = "raw_retention_days must be at least 120: a history of 13 weeks and its outcomes are needed for training."
  }
}

variable "scan_limit_bytes" {
  description = "Bytes that one query may scan."
  type        = number

  validation {
    condition     = var.scan_limit_bytes >= 10000000
    error_message = "scan_limit_bytes must be at least 10,000,000: Athena's own minimum."
  }
}

variable "crawler_enabled" {
  description = "A Glue crawler for drops whose columns are not in the contract. The platform itself needs none."
  type        = bool
}

variable "deletion_protection" {
  description = "Refuse to delete buckets that hold something."
  type        = bool
}
