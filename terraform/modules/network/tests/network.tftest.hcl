mock_provider "aws" {}

variables {
  name                = "engage-test"
  region              = "eu-central-1"
  vpc_cidr            = "10.0.0.0/20"
  availability_zones  = ["eu-central-1a", "eu-central-1b"]
  egress              = "public_ip"
  interface_services  = ["ecs", "logs"]
  flow_log_bucket_arn = "arn:aws:s3:::logs"
}

run "an_address_instead_of_endpoints" {
  command = apply

  assert {
    condition     = output.assign_public_ip && length(aws_vpc_endpoint.interface) == 0 && output.interface_endpoint_count == 0
    error_message = "public_ip makes no interface endpoint."
  }

  assert {
    condition     = toset(output.task_subnet_ids) == toset([for subnet in aws_subnet.public : subnet.id])
    error_message = "Tasks are in the public subnets."
  }

  assert {
    condition     = toset(output.database_subnet_ids) == toset([for subnet in aws_subnet.private : subnet.id])
    error_message = "The database is in the private subnets whatever the tasks do."
  }
}

run "endpoints_instead_of_an_address" {
  command = apply

  variables {
    egress = "endpoints"
  }

  assert {
    condition     = !output.assign_public_ip && length(aws_vpc_endpoint.interface) == 2 && output.interface_endpoint_count == 4
    error_message = "endpoints makes one endpoint a service, in both zones."
  }

  assert {
    condition     = toset(output.task_subnet_ids) == toset([for subnet in aws_subnet.private : subnet.id])
    error_message = "Tasks are in the private subnets."
  }
}

run "the_internet_is_let_in_nowhere" {
  command = plan

  assert {
    condition = alltrue([
      for rule in [aws_vpc_security_group_ingress_rule.database, aws_vpc_security_group_ingress_rule.endpoints] :
      rule.cidr_ipv4 == null && rule.cidr_ipv6 == null
    ])
    error_message = "Inbound rules name a security group, never addresses."
  }
}

run "one_zone_is_too_few" {
  command = plan

  variables {
    availability_zones = ["eu-central-1a"]
  }

  expect_failures = [var.availability_zones]
}
