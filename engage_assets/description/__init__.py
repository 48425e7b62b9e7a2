"""Facts about this build for the architecture report: Terraform code, dbt manifest, tests. Read from files."""
