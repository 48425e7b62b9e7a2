# What the platform has to know of all this: the variables of engage_assets/settings.py. The orchestrator's container gets
# them, and so does anyone with `engage settings --from-terraform`.

locals {
  settings = merge(module.assistant.settings, {
    ENGAGE_ENVIRONMENT              = "aws"
    ENGAGE_REGION                   = var.region
    ENGAGE_LAKE_URI                 = module.lake.uris.lake
    ENGAGE_MODELS_URI               = module.lake.uris.models
    ENGAGE_REPORTS_URI              = module.lake.uris.reports
    ENGAGE_EXPORTS_URI              = module.lake.uris.exports
    ENGAGE_WAREHOUSE_URI            = module.lake.uris.warehouse
    ENGAGE_ATHENA_RESULTS_URI       = module.lake.uris.athena_results
    ENGAGE_PIPES_URI                = module.lake.uris.pipes
    ENGAGE_ATHENA_WORKGROUP         = module.lake.workgroup
    ENGAGE_GLUE_PREFIX              = local.glue_prefix
    ENGAGE_ECS_CLUSTER              = module.compute.cluster_name
    ENGAGE_TRAINING_TASK_DEFINITION = module.compute.task_definition_families["training"]
    ENGAGE_SCORING_TASK_DEFINITION  = module.compute.task_definition_families["scoring"]
    ENGAGE_SUBNETS                  = join(",", module.network.task_subnet_ids)
    ENGAGE_SECURITY_GROUPS          = module.network.task_security_group_id
    ENGAGE_ASSIGN_PUBLIC_IP         = tostring(module.network.assign_public_ip)
    ENGAGE_NOTIFICATION_TOPIC_ARN   = module.observability.topic_arn
    ENGAGE_TIMEZONE                 = var.timezone
    ENGAGE_SIMULATE                 = tostring(var.simulate)
  })
}
