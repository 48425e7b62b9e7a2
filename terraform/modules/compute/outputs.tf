output "cluster_name" {
  description = "ECS cluster, once it has the providers of capacity that its services name."
  value       = aws_ecs_cluster_capacity_providers.this.cluster_name
}

output "cluster_arn" {
  description = "ARN of the cluster, as it will be."
  value       = "arn:${var.partition}:ecs:${var.region}:${var.account_id}:cluster/${var.name}"
}

output "task_definition_families" {
  description = "Family of each program's task. A run starts the newest revision of the family."
  value       = { for program, definition in aws_ecs_task_definition.program : program => definition.family }
}

output "role_arns" {
  description = "Roles that starting the programs passes on."
  value = flatten([
    for program, size in var.programs : [
      "arn:${var.partition}:iam::${var.account_id}:role/${var.name}-${program}",
      "arn:${var.partition}:iam::${var.account_id}:role/${var.name}-${program}-execution",
    ]
  ])
}

output "repository_urls" {
  description = "Where the images are pushed."
  value       = local.repository_urls
}

output "repository_arns" {
  description = "ARN of each repository, as it will be."
  value       = local.repository_arns
}
