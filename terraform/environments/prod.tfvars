# A platform with customers' data. The addresses that are told belong into a file that is not committed, or into
# TF_VAR_notification_emails='["team@example.org"]'.
environment        = "prod"
region             = "us-east-1"
monthly_budget_usd = 25
