output "topic_arn" {
  description = "Topic of all alarms, and of failed runs; as it will be."
  value       = local.topic_arn
}

output "alarm_count" {
  description = "Alarms, which are charged each."
  value       = 5
}
