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

variable "dns_suffix" {
  description = "End of the names of AWS hosts, amazonaws.com but in China."
  type        = string
}

variable "region" {
  description = "Region of the log groups."
  type        = string
}

variable "key_arn" {
  description = "Key that encrypts images and logs."
  type        = string
}

variable "key_alias" {
  description = "Alias of that key; policies name the key by it."
  type        = string
}

variable "data_bucket_arn" {
  description = "ARN of the data bucket."
  type        = string
}

variable "prefixes" {
  description = "Prefix of each kind of file in the data bucket."
  type        = map(string)
}

variable "image_tag" {
  description = "Tag of the images that the tasks run. Tags are immutable: another image is another tag."
  type        = string

  validation {
    condition     = length(var.image_tag) > 0 && var.image_tag != "latest"
    error_message = "image_tag must name one build, such as the commit; latest names none."
  }
}

variable "cpu_architecture" {
  description = "X86_64 or ARM64; what the images were built for."
  type        = string

  validation {
    condition     = contains(["X86_64", "ARM64"], var.cpu_architecture)
    error_message = "cpu_architecture must be X86_64 or ARM64."
  }
}

variable "programs" {
  description = "CPU units and MB of memory of each program's task."
  type        = map(object({ cpu = number, memory = number }))
}

variable "log_retention_days" {
  description = "Days that logs are kept."
  type        = number
}

variable "images_kept" {
  description = "Images kept in each repository, for a rollback."
  type        = number
}

variable "deletion_protection" {
  description = "Refuse to delete repositories that hold images."
  type        = bool
}
