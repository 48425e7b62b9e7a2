variable "name" {
  description = "Prefix of every name."
  type        = string
}

variable "region" {
  description = "Region of the endpoints."
  type        = string
}

variable "vpc_cidr" {
  description = "Addresses of the VPC; a /16 to /24."
  type        = string

  validation {
    condition     = can(cidrhost(var.vpc_cidr, 0)) && tonumber(split("/", var.vpc_cidr)[1]) >= 16 && tonumber(split("/", var.vpc_cidr)[1]) <= 24
    error_message = "vpc_cidr must be a CIDR block from /16 to /24, such as 10.20.0.0/20."
  }
}

variable "availability_zones" {
  description = "Two zones: the database needs a subnet in each."
  type        = list(string)

  validation {
    condition     = length(var.availability_zones) == 2
    error_message = "availability_zones must name exactly two zones."
  }
}

variable "egress" {
  description = "How tasks reach AWS. public_ip: public subnets, no inbound rule, an address while a task runs. endpoints: private subnets and interface endpoints."
  type        = string

  validation {
    condition     = contains(["public_ip", "endpoints"], var.egress)
    error_message = "egress must be public_ip or endpoints."
  }
}

variable "interface_services" {
  description = "Services that get an interface endpoint in each zone when egress is endpoints."
  type        = set(string)
}

variable "flow_log_bucket_arn" {
  description = "Bucket that receives the flow logs."
  type        = string
}
