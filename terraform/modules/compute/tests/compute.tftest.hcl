mock_provider "aws" {
  mock_data "aws_iam_policy_document" {
    defaults = { json = "{\"Version\":\"2012-10-17\",\"Statement\":[]}" }
  }
}

variables {
  name                = "engage-test"
  account_id          = "111122223333"
  partition           = "aws"
  dns_suffix          = "amazonaws.com"
  region              = "eu-central-1"
  key_arn             = "arn:aws:kms:eu-central-1:111122223333:key/k"
  key_alias           = "alias/engage-test"
  data_bucket_arn     = "arn:aws:s3:::data"
  prefixes            = { lake = "lake", models = "models", pipes = "pipes" }
  image_tag           = "abc"
  cpu_architecture    = "ARM64"
  programs            = { training = { cpu = 2048, memory = 8192 }, scoring = { cpu = 1024, memory = 2048 } }
  log_retention_days  = 30
  images_kept         = 3
  deletion_protection = true
}

run "each_program_has_its_task" {
  command = plan

  assert {
    condition     = aws_ecs_task_definition.program["training"].memory == "8192" && aws_ecs_task_definition.program["scoring"].memory == "2048"
    error_message = "Each program has its own size."
  }

  assert {
    condition     = aws_ecs_task_definition.program["scoring"].runtime_platform[0].cpu_architecture == "ARM64"
    error_message = "Tasks run on what the images were built for."
  }

  assert {
    condition     = jsondecode(aws_ecs_task_definition.program["scoring"].container_definitions)[0].image == "111122223333.dkr.ecr.eu-central-1.amazonaws.com/engage-test/scoring:abc"
    error_message = "The image is the one that make deploy pushes."
  }

  assert {
    condition     = length(toset(output.role_arns)) == 4
    error_message = "Two roles for each program, shared with nothing."
  }
}

run "latest_is_no_build" {
  command = plan

  variables {
    image_tag = "latest"
  }

  expect_failures = [var.image_tag]
}
