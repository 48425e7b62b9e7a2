mock_provider "aws" {
  mock_data "aws_iam_policy_document" {
    defaults = { json = "{\"Version\":\"2012-10-17\",\"Statement\":[]}" }
  }
}

variables {
  name       = "engage-test"
  account_id = "111122223333"
  partition  = "aws"
  region     = "eu-central-1"
  enabled    = true
  model_id   = "eu.anthropic.claude-sonnet-4-20250514-v1:0"
  prices     = "3,15"
  key_arn    = "arn:aws:kms:eu-central-1:111122223333:key/k"
}

run "a_profile_and_the_model_behind_it" {
  command = plan

  assert {
    condition = local.models == [
      "arn:aws:bedrock:*::foundation-model/anthropic.claude-sonnet-4-20250514-v1:0",
      "arn:aws:bedrock:eu-central-1:111122223333:inference-profile/eu.anthropic.claude-sonnet-4-20250514-v1:0",
    ]
    error_message = "A profile needs the right to call itself and the model behind it."
  }

  assert {
    condition     = length(aws_bedrock_guardrail.this) == 1
    error_message = "No model without a guardrail."
  }
}

run "profiles_of_other_parts_of_the_world" {
  command = plan

  variables {
    model_id = "jp.anthropic.claude-sonnet-4-5-20250929-v1:0"
  }

  assert {
    condition     = local.models[0] == "arn:aws:bedrock:*::foundation-model/anthropic.claude-sonnet-4-5-20250929-v1:0" && length(local.models) == 2
    error_message = "A profile needs the right to call itself and the model behind it."
  }
}

run "off" {
  command = plan

  variables {
    enabled = false
  }

  assert {
    condition     = output.policy_json == "" && length(aws_bedrock_guardrail.this) == 0 && length(output.settings) == 0
    error_message = "Without an assistant there is no right and no guardrail."
  }
}
