terraform {
  # Write-only arguments and state locking in S3 came with 1.11.
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "6.25.0" # the offline checks hold the schema of exactly this release
    }
  }
}
