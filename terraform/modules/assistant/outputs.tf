output "policy_json" {
  description = "Rights of the assistant; empty without one."
  value       = var.enabled ? data.aws_iam_policy_document.this.json : ""
}

output "settings" {
  description = "The platform's settings of the assistant: the model, its prices and the guardrail; none without an assistant."
  value = var.enabled ? {
    ENGAGE_LANGUAGE_MODEL           = "bedrock"
    ENGAGE_LANGUAGE_MODEL_ID        = var.model_id
    ENGAGE_LANGUAGE_MODEL_REGION    = var.region
    ENGAGE_LANGUAGE_MODEL_PRICES    = var.prices
    ENGAGE_LANGUAGE_MODEL_GUARDRAIL = "${aws_bedrock_guardrail.this[0].guardrail_id}:${aws_bedrock_guardrail_version.this[0].version}"
  } : {}
}
