# The state: in the bucket that terraform/bootstrap makes. terraform init -backend-config=environments/<name>.s3.tfbackend
terraform {
  backend "s3" {
    encrypt      = true
    use_lockfile = true
  }
}
