output "settings" {
  description = "Variables of engage_assets/settings.py; read by engage settings --from-terraform."
  value       = merge(local.settings, module.orchestration.database_settings)
}

output "repositories" {
  description = "Where make deploy pushes the images."
  value       = module.compute.repository_urls
}

output "deployment" {
  description = "What make deploy and make open-ui have to know."
  value = {
    name    = local.name
    region  = var.region
    cluster = module.compute.cluster_name
    service = module.orchestration.service_name
  }
}

# What is charged by its number rather than by its use; the cost page multiplies it with the price list.
output "cost_drivers" {
  description = "Numbers of things that cost by the month."
  value = {
    alarms              = module.observability.alarm_count
    interface_endpoints = module.network.interface_endpoint_count
    keys                = 1
    secrets             = 1
    dashboards          = var.dashboard_enabled ? 1 : 0
    images_kept         = var.images_kept
  }
}
