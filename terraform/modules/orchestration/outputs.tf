output "service_name" {
  description = "ECS service of the orchestrator."
  value       = aws_ecs_service.this.name
}

output "log_group" {
  description = "Log group of the orchestrator, once it is there."
  value       = aws_cloudwatch_log_group.this.name
}

output "database_settings" {
  description = "Where Dagster's Postgres is: the settings that name it."
  value = {
    ENGAGE_DATABASE_SECRET = aws_rds_cluster.this.master_user_secret[0].secret_arn
    ENGAGE_DATABASE_HOST   = aws_rds_cluster.this.endpoint
  }
}

output "database_identifier" {
  description = "Identifier of the database cluster."
  value       = aws_rds_cluster.this.cluster_identifier
}
