# What starts the orchestrator, and what the orchestrator may do.

locals {
  ecs  = "arn:${var.partition}:ecs:${var.region}:${var.account_id}"
  glue = "arn:${var.partition}:glue:${var.region}:${var.account_id}"

  # It owns all that is below a prefix. Exports are for others to read; versions of models, results of queries
  # and messages are deleted by nobody but the bucket's lifecycle.
  places = {
    read   = ["lake", "models", "warehouse", "athena_results", "pipes", "reports"]
    write  = ["lake", "models", "warehouse", "athena_results", "pipes", "reports", "exports"]
    delete = ["lake", "warehouse", "reports", "exports"]
  }
  objects = { for right, kinds in local.places : right => [for kind in kinds : "${var.data_bucket_arn}/${var.prefixes[kind]}/*"] }
}

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["ecs-tasks.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [var.account_id]
    }
  }
}

# ---------------------------------------------------------------------------------------------------------------------
# What starts it
# ---------------------------------------------------------------------------------------------------------------------

data "aws_iam_policy_document" "execution" {
  statement {
    sid = "Token"
    # AWS knows no resource for this action.
    actions   = ["ecr:GetAuthorizationToken"]
    resources = ["*"]
  }

  statement {
    sid       = "Pull"
    actions   = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    resources = [var.repository_arn]
  }

  statement {
    sid       = "Logs"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["arn:${var.partition}:logs:${var.region}:${var.account_id}:log-group:${local.log_group}:*"]
  }
}

resource "aws_iam_role" "execution" {
  name               = "${var.name}-orchestrator-execution"
  description        = "Starts the orchestrator's task"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}

resource "aws_iam_role_policy" "execution" {
  name   = "execution"
  role   = aws_iam_role.execution.id
  policy = data.aws_iam_policy_document.execution.json
}

# ---------------------------------------------------------------------------------------------------------------------
# What it may do
# ---------------------------------------------------------------------------------------------------------------------

data "aws_iam_policy_document" "task" {
  source_policy_documents = compact([var.assistant_policy_json])

  statement {
    sid       = "Read"
    actions   = ["s3:GetObject"]
    resources = local.objects.read
  }

  statement {
    sid       = "Write"
    actions   = ["s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"]
    resources = local.objects.write
  }

  statement {
    sid       = "Delete"
    actions   = ["s3:DeleteObject"]
    resources = local.objects.delete
  }

  # The location and the uploads under way are asked for by Athena, in the name of whoever queries.
  statement {
    sid       = "Bucket"
    actions   = ["s3:ListBucket", "s3:GetBucketLocation", "s3:ListBucketMultipartUploads"]
    resources = [var.data_bucket_arn]
  }

  statement {
    sid       = "Queries"
    actions   = ["athena:StartQueryExecution", "athena:GetQueryExecution", "athena:GetQueryResults", "athena:StopQueryExecution", "athena:GetWorkGroup"]
    resources = ["arn:${var.partition}:athena:${var.region}:${var.account_id}:workgroup/${var.workgroup}"]
  }

  # Tables are made, replaced and dropped by dbt, partitions by dbt and by the platform.
  statement {
    sid = "Tables"
    actions = [
      "glue:BatchCreatePartition",
      "glue:BatchDeletePartition",
      "glue:BatchGetPartition",
      "glue:CreateDatabase",
      "glue:CreatePartition",
      "glue:CreateTable",
      "glue:DeletePartition",
      "glue:DeleteTable",
      "glue:DeleteTableVersion",
      "glue:GetDatabase",
      "glue:GetDatabases",
      "glue:GetPartition",
      "glue:GetPartitions",
      "glue:GetTable",
      "glue:GetTableVersions",
      "glue:GetTables",
      "glue:UpdatePartition",
      "glue:UpdateTable",
    ]
    resources = [
      "${local.glue}:catalog",
      "${local.glue}:database/${var.glue_prefix}_*",
      "${local.glue}:table/${var.glue_prefix}_*/*",
    ]
  }

  # Athena wants to see the account's default database, whatever a query is about; nothing is kept in it:
  # https://docs.aws.amazon.com/athena/latest/ug/fine-grained-access-to-glue-resources.html
  statement {
    sid       = "DefaultDatabase"
    actions   = ["glue:CreateDatabase", "glue:GetDatabase"]
    resources = ["${local.glue}:database/default"]
  }

  statement {
    sid       = "StartTasks"
    actions   = ["ecs:RunTask"]
    resources = [for family in values(var.task_definition_families) : "${local.ecs}:task-definition/${family}:*"]

    condition {
      test     = "ArnEquals"
      variable = "ecs:cluster"
      values   = [var.cluster_arn]
    }
  }

  # Tags name the run and the step that a task belongs to.
  statement {
    sid       = "TagTasks"
    actions   = ["ecs:TagResource"]
    resources = ["${local.ecs}:task/${var.cluster_name}/*"]

    condition {
      test     = "StringEquals"
      variable = "ecs:CreateAction"
      values   = ["RunTask"]
    }
  }

  statement {
    sid       = "WatchTasks"
    actions   = ["ecs:DescribeTasks", "ecs:StopTask"]
    resources = ["${local.ecs}:task/${var.cluster_name}/*"]
  }

  statement {
    sid = "FindTasks"
    # The resource of this action is a container instance, which Fargate does not have; the cluster is the condition.
    actions   = ["ecs:ListTasks"]
    resources = ["*"]

    condition {
      test     = "ArnEquals"
      variable = "ecs:cluster"
      values   = [var.cluster_arn]
    }
  }

  statement {
    sid = "DescribeDefinitions"
    # AWS knows no resource for this action.
    actions   = ["ecs:DescribeTaskDefinition"]
    resources = ["*"]
  }

  statement {
    sid       = "PassRoles"
    actions   = ["iam:PassRole"]
    resources = var.task_role_arns

    condition {
      test     = "StringEquals"
      variable = "iam:PassedToService"
      values   = ["ecs-tasks.amazonaws.com"]
    }
  }

  statement {
    sid       = "Notify"
    actions   = ["sns:Publish"]
    resources = [var.topic_arn]
  }

  # RDS names the secret by itself; the cluster in its tag tells it from others.
  statement {
    sid       = "DatabasePassword"
    actions   = ["secretsmanager:GetSecretValue"]
    resources = ["arn:${var.partition}:secretsmanager:${var.region}:${var.account_id}:secret:rds!cluster-*"]

    condition {
      test     = "StringEquals"
      variable = "aws:ResourceTag/aws:rds:primaryDBClusterArn"
      values   = ["arn:${var.partition}:rds:${var.region}:${var.account_id}:cluster:${var.name}"]
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

  # The channels of a session, through which a person reaches the web interface.
  statement {
    sid       = "Sessions"
    actions   = ["ssmmessages:CreateControlChannel", "ssmmessages:CreateDataChannel", "ssmmessages:OpenControlChannel", "ssmmessages:OpenDataChannel"]
    resources = ["*"]
  }
}

resource "aws_iam_role" "task" {
  name               = "${var.name}-orchestrator"
  description        = "What the orchestrator may do"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}

resource "aws_iam_role_policy" "task" {
  name   = "task"
  role   = aws_iam_role.task.id
  policy = data.aws_iam_policy_document.task.json
}
