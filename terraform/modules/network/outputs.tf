output "task_subnet_ids" {
  description = "Subnets of the tasks, once there is a way from them to AWS and to the database."
  value       = [for subnet in(local.private_tasks ? aws_subnet.private : aws_subnet.public) : subnet.id]

  depends_on = [
    aws_route_table_association.public,
    aws_route_table_association.private,
    aws_vpc_endpoint.s3,
    aws_vpc_endpoint.interface,
    aws_vpc_security_group_egress_rule.tasks_https,
    aws_vpc_security_group_egress_rule.tasks_database,
    aws_vpc_security_group_ingress_rule.database,
    aws_vpc_security_group_ingress_rule.endpoints,
  ]
}

output "database_subnet_ids" {
  description = "Subnets of the database."
  value       = [for subnet in aws_subnet.private : subnet.id]
}

output "task_security_group_id" {
  description = "Security group of the tasks."
  value       = aws_security_group.tasks.id
}

output "database_security_group_id" {
  description = "Security group of the database."
  value       = aws_security_group.database.id
}

output "assign_public_ip" {
  description = "Whether tasks need an address of their own."
  value       = !local.private_tasks
}

output "interface_endpoint_count" {
  description = "Interface endpoints charged by the hour: one a service and zone."
  value       = local.private_tasks ? length(var.interface_services) * length(var.availability_zones) : 0
}
