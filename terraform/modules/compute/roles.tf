# A role for each task, and one for what starts it. Policies name resources by the ARNs they will have.

locals {
  bucket = var.data_bucket_arn
  lake   = "${local.bucket}/${var.prefixes.lake}"
  models = "${local.bucket}/${var.prefixes.models}"
  pipes  = "${local.bucket}/${var.prefixes.pipes}"

  # What a program reads and what it writes. Neither may touch lake/truth, the sealed truth of a simulated platform.
  # A step that is repeated looks at what its first attempt left before it deletes it, so results are read as well.
  reads = {
    training = [
      "${local.lake}/evaluation/*",
      "${local.lake}/handover/survival_set/*",
      "${local.lake}/handover/training_set/*",
      "${local.lake}/handover/tuning_set/*",
      "${local.models}/*",
      "${local.pipes}/*",
    ]
    scoring = [
      "${local.lake}/handover/features/*",
      "${local.lake}/predictions/*",
      "${local.models}/*",
      "${local.pipes}/*",
    ]
  }
  writes = {
    training = ["${local.lake}/evaluation/*", "${local.models}/*", "${local.pipes}/*"]
    scoring  = ["${local.lake}/predictions/*", "${local.pipes}/*"]
  }
  # What an earlier attempt of the same step left goes. Versions of models and messages stay.
  deletes = {
    training = ["${local.lake}/evaluation/*"]
    scoring  = ["${local.lake}/predictions/*"]
  }
}

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["ecs-tasks.amazonaws.com"]
    }

    # Not on behalf of another account.
    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [var.account_id]
    }
  }
}

# ---------------------------------------------------------------------------------------------------------------------
# What starts a task: pulls its image, opens its log stream
# ---------------------------------------------------------------------------------------------------------------------

data "aws_iam_policy_document" "execution" {
  for_each = var.programs

  statement {
    sid = "Token"
    # AWS knows no resource for this action.
    actions   = ["ecr:GetAuthorizationToken"]
    resources = ["*"]
  }

  statement {
    sid       = "Pull"
    actions   = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    resources = [local.repository_arns[each.key]]
  }

  statement {
    sid       = "Logs"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["arn:${var.partition}:logs:${var.region}:${var.account_id}:log-group:${local.log_groups[each.key]}:*"]
  }
}

resource "aws_iam_role" "execution" {
  for_each = var.programs

  name               = "${var.name}-${each.key}-execution"
  description        = "Starts the ${each.key} task"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}

resource "aws_iam_role_policy" "execution" {
  for_each = var.programs

  name   = "execution"
  role   = aws_iam_role.execution[each.key].id
  policy = data.aws_iam_policy_document.execution[each.key].json
}

# ---------------------------------------------------------------------------------------------------------------------
# What a task may do
# ---------------------------------------------------------------------------------------------------------------------

data "aws_iam_policy_document" "task" {
  for_each = var.programs

  statement {
    sid       = "Read"
    actions   = ["s3:GetObject"]
    resources = local.reads[each.key]
  }

  statement {
    sid       = "Write"
    actions   = ["s3:PutObject", "s3:AbortMultipartUpload"]
    resources = local.writes[each.key]
  }

  statement {
    sid       = "Delete"
    actions   = ["s3:DeleteObject"]
    resources = local.deletes[each.key]
  }

  # Messages have names that are told; nobody looks for them. All else that is written is read, too.
  statement {
    sid       = "List"
    actions   = ["s3:ListBucket"]
    resources = [local.bucket]

    condition {
      test     = "StringLike"
      variable = "s3:prefix"
      values   = [for arn in local.reads[each.key] : trimprefix(arn, "${local.bucket}/") if arn != "${local.pipes}/*"]
    }
  }

  statement {
    sid       = "Key"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = ["arn:${var.partition}:kms:${var.region}:${var.account_id}:key/*"]

    condition {
      test     = "ForAnyValue:StringEquals"
      variable = "kms:ResourceAliases"
      values   = [var.key_alias]
    }
  }
}

resource "aws_iam_role" "task" {
  for_each = var.programs

  name               = "${var.name}-${each.key}"
  description        = "What ${each.key} may do"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}

resource "aws_iam_role_policy" "task" {
  for_each = var.programs

  name   = "task"
  role   = aws_iam_role.task[each.key].id
  policy = data.aws_iam_policy_document.task[each.key].json
}
