# A trial: simulated data, nothing that refuses to be deleted.
environment         = "dev"
region              = "us-east-1"
simulate            = true
deletion_protection = false
log_retention_days  = 30
raw_retention_days  = 120
images_kept         = 2
dashboard_enabled   = false
monthly_budget_usd  = 10
