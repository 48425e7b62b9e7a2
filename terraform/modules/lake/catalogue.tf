# Glue databases, the raw extracts as tables, and the Athena workgroup.

locals {
  # The contract's types in Hive's words.
  hive_types = {
    string    = "string"
    int       = "bigint"
    float     = "double"
    bool      = "boolean"
    date      = "date"
    timestamp = "timestamp"
  }
}

resource "aws_glue_catalog_database" "this" {
  for_each = toset(concat(var.schemas, ["raw"]))

  name        = "${var.glue_prefix}_${each.key}"
  description = each.key == "raw" ? "Extracts as they arrived" : "Built by dbt"
}

# Partition projection: Athena computes the folder of each week, so that no crawler and no repair has to run before a new
# week can be read. The week is both the partition and, in the files, a column; the folder wins.
resource "aws_glue_catalog_table" "raw" {
  for_each = var.contract_tables

  database_name = aws_glue_catalog_database.this["raw"].name
  name          = each.key
  description   = each.value.description
  table_type    = "EXTERNAL_TABLE"

  parameters = {
    EXTERNAL                        = "TRUE"
    classification                  = "parquet"
    "projection.enabled"            = "true"
    "projection.week.type"          = "date"
    "projection.week.format"        = "yyyy-MM-dd"
    "projection.week.range"         = "${var.first_week},NOW+7DAYS"
    "projection.week.interval"      = "7"
    "projection.week.interval.unit" = "DAYS"
    "storage.location.template"     = "s3://${local.data_bucket}/${local.prefixes.lake}/raw/${each.key}/week=$${week}/"
  }

  partition_keys {
    name    = "week"
    type    = "date"
    comment = "The Monday that opens the week"
  }

  storage_descriptor {
    location      = "s3://${local.data_bucket}/${local.prefixes.lake}/raw/${each.key}/"
    input_format  = "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat"
    output_format = "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat"

    ser_de_info {
      serialization_library = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"
    }

    dynamic "columns" {
      for_each = [for column in each.value.columns : column if column.name != "week"]

      content {
        name    = columns.value.name
        type    = local.hive_types[columns.value.type]
        comment = substr(columns.value.description, 0, 255)
      }
    }
  }
}

resource "aws_athena_workgroup" "this" {
  name          = var.name
  description   = "All queries of Engage"
  force_destroy = !var.deletion_protection

  configuration {
    # Not enforced: an enforced place of results would refuse the table locations that dbt chooses (CREATE TABLE AS with
    # external_location). The limit on bytes holds in any case.
    enforce_workgroup_configuration    = false
    publish_cloudwatch_metrics_enabled = true
    bytes_scanned_cutoff_per_query     = var.scan_limit_bytes

    result_configuration {
      output_location = "s3://${local.data_bucket}/${local.prefixes.athena_results}/"

      encryption_configuration {
        encryption_option = "SSE_KMS"
        kms_key_arn       = aws_kms_key.this.arn
      }
    }
  }
}

# ---------------------------------------------------------------------------------------------------------------------
# Optional crawler
# ---------------------------------------------------------------------------------------------------------------------

data "aws_iam_policy_document" "crawler_trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["glue.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [var.account_id]
    }
  }
}

data "aws_iam_policy_document" "crawler" {
  statement {
    sid       = "ReadDrops"
    actions   = ["s3:GetObject"]
    resources = ["arn:${var.partition}:s3:::${local.data_bucket}/${local.prefixes.lake}/drop/*"]
  }

  statement {
    sid       = "ListDrops"
    actions   = ["s3:ListBucket"]
    resources = ["arn:${var.partition}:s3:::${local.data_bucket}"]

    condition {
      test     = "StringLike"
      variable = "s3:prefix"
      values   = ["${local.prefixes.lake}/drop/*"]
    }
  }

  statement {
    sid     = "Catalogue"
    actions = ["glue:GetDatabase", "glue:GetTable", "glue:CreateTable", "glue:UpdateTable", "glue:BatchGetPartition", "glue:BatchCreatePartition"]
    resources = [
      "arn:${var.partition}:glue:${var.region}:${var.account_id}:catalog",
      "arn:${var.partition}:glue:${var.region}:${var.account_id}:database/${var.glue_prefix}_raw",
      "arn:${var.partition}:glue:${var.region}:${var.account_id}:table/${var.glue_prefix}_raw/*",
    ]
  }

  statement {
    sid       = "Logs"
    actions   = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["arn:${var.partition}:logs:${var.region}:${var.account_id}:log-group:/aws-glue/crawlers*"]
  }

  statement {
    sid       = "Decrypt"
    actions   = ["kms:Decrypt"]
    resources = ["arn:${var.partition}:kms:${var.region}:${var.account_id}:key/*"]

    condition {
      test     = "ForAnyValue:StringEquals"
      variable = "kms:ResourceAliases"
      values   = ["alias/${var.name}"]
    }
  }
}

resource "aws_iam_role" "crawler" {
  count = var.crawler_enabled ? 1 : 0

  name               = "${var.name}-crawler"
  description        = "Crawler of the drop zone"
  assume_role_policy = data.aws_iam_policy_document.crawler_trust.json
}

resource "aws_iam_role_policy" "crawler" {
  count = var.crawler_enabled ? 1 : 0

  name   = "crawler"
  role   = aws_iam_role.crawler[0].id
  policy = data.aws_iam_policy_document.crawler.json
}

resource "aws_glue_crawler" "drops" {
  count = var.crawler_enabled ? 1 : 0

  name          = "${var.name}-drops"
  description   = "Finds tables below lake/drop/; started by hand"
  role          = aws_iam_role.crawler[0].arn
  database_name = aws_glue_catalog_database.this["raw"].name
  table_prefix  = "drop_"

  s3_target {
    path = "s3://${local.data_bucket}/${local.prefixes.lake}/drop/"
  }
}
