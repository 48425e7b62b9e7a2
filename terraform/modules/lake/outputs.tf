output "key_arn" {
  description = "The key."
  value       = aws_kms_key.this.arn
}

output "key_alias" {
  description = "The key's alias: what policies name, since the key's own id is not known before it exists."
  value       = aws_kms_alias.this.name
}

output "data_bucket" {
  description = "Name of the data bucket."
  value       = local.data_bucket
}

output "data_bucket_arn" {
  description = "ARN of the data bucket."
  value       = "arn:${var.partition}:s3:::${local.data_bucket}"
}

output "logs_bucket_arn" {
  description = "ARN of the bucket of logs, once it may receive them."
  value       = "arn:${var.partition}:s3:::${aws_s3_bucket_policy.logs.bucket}"
}

output "prefixes" {
  description = "Prefix of each kind of file."
  value       = local.prefixes
}

output "uris" {
  description = "s3://bucket/prefix of each kind of file."
  value       = { for kind, prefix in local.prefixes : kind => "s3://${aws_s3_bucket.data.bucket}/${prefix}" }
}

output "workgroup" {
  description = "Athena workgroup."
  value       = aws_athena_workgroup.this.name
}
