# The assistant's language model: a guardrail, and the right to call one model with that guardrail. Access to the model itself
# is granted once per account in the Bedrock console; Terraform has no resource for it.

locals {
  bedrock = "arn:${var.partition}:bedrock"
  # eu.anthropic.x is a profile that spreads calls over regions; anthropic.x is the model behind it.
  is_profile = can(regex("^(us|us-gov|eu|apac|jp|au|ca|global)\\.", var.model_id))
  base_model = local.is_profile ? join(".", slice(split(".", var.model_id), 1, length(split(".", var.model_id)))) : var.model_id
  models = concat(
    ["${local.bedrock}:*::foundation-model/${local.base_model}"],
    local.is_profile ? ["${local.bedrock}:${var.region}:${var.account_id}:inference-profile/${var.model_id}"] : [],
  )
}

resource "aws_bedrock_guardrail" "this" {
  count = var.enabled ? 1 : 0

  name                      = var.name
  description               = "Questions about customers: no injected instructions, no personal data in or out"
  blocked_input_messaging   = "This question cannot be answered here. Ask about retention, engagement, revenue or the weekly results."
  blocked_outputs_messaging = "The answer was withheld because it may hold personal data. Ask for totals instead of single customers."
  kms_key_arn               = var.key_arn

  content_policy_config {
    filters_config {
      type            = "PROMPT_ATTACK"
      input_strength  = "HIGH"
      output_strength = "NONE"
    }

    filters_config {
      type            = "SEXUAL"
      input_strength  = "MEDIUM"
      output_strength = "HIGH"
    }

    filters_config {
      type            = "HATE"
      input_strength  = "HIGH"
      output_strength = "HIGH"
    }
  }

  sensitive_information_policy_config {
    dynamic "pii_entities_config" {
      for_each = toset(["EMAIL", "PHONE", "NAME", "ADDRESS", "CREDIT_DEBIT_CARD_NUMBER"])

      content {
        type   = pii_entities_config.value
        action = "ANONYMIZE"
      }
    }
  }
}

resource "aws_bedrock_guardrail_version" "this" {
  count = var.enabled ? 1 : 0

  guardrail_arn = aws_bedrock_guardrail.this[0].guardrail_arn
  description   = "What the assistant is called with"
}

data "aws_iam_policy_document" "this" {
  statement {
    sid       = "AskTheModel"
    actions   = ["bedrock:InvokeModel"]
    resources = local.models
  }

  # The guardrail's id is not known before it exists; its owner and kind are.
  statement {
    sid       = "ApplyGuardrail"
    actions   = ["bedrock:ApplyGuardrail"]
    resources = ["${local.bedrock}:${var.region}:${var.account_id}:guardrail/*"]
  }
}
