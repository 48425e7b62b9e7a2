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
  description = "Region in which the model is called."
  type        = string
}

variable "enabled" {
  description = "Whether questions may go to a language model. Without it the assistant answers from its own catalogue."
  type        = bool
}

variable "model_id" {
  description = "Bedrock model or inference profile, such as eu.anthropic.claude-sonnet-4-20250514-v1:0."
  type        = string
}

variable "prices" {
  description = "USD per million input and output tokens of the model, such as 3,15."
  type        = string
}

variable "key_arn" {
  description = "Key that encrypts the guardrail."
  type        = string
}
