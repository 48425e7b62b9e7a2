output "policy_json" {
  description = "Rights of the assistant; empty without one."
  value       = var.enabled ? data.aws_iam_policy_document.this.json : ""
}

output "guardrail" {
  description = "Identifier and version of the guardrail; empty without an assistant."
  value = {
    id      = one(aws_bedrock_guardrail.this[*].guardrail_id) == null ? "" : one(aws_bedrock_guardrail.this[*].guardrail_id)
    version = one(aws_bedrock_guardrail_version.this[*].version) == null ? "" : one(aws_bedrock_guardrail_version.this[*].version)
  }
}
