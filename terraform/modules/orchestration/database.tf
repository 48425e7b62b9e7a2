# Dagster's Postgres: serverless, at zero capacity while nobody is connected. RDS makes and rotates the password; it is in
# no state file.

resource "aws_db_subnet_group" "this" {
  name        = var.name
  description = "Private subnets"
  subnet_ids  = var.database_subnet_ids
}

resource "aws_cloudwatch_log_group" "database" {
  name              = "/aws/rds/cluster/${var.name}/postgresql"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.key_arn
}

resource "aws_rds_cluster_parameter_group" "this" {
  name        = var.name
  family      = "aurora-postgresql${split(".", var.database_version)[0]}"
  description = "TLS only; changes of the structure are logged"

  parameter {
    name  = "rds.force_ssl"
    value = "1"
  }

  parameter {
    name  = "log_statement"
    value = "ddl"
  }

  # A minute is long for Dagster; what takes longer should be seen.
  parameter {
    name  = "log_min_duration_statement"
    value = "60000"
  }
}

resource "aws_rds_cluster" "this" {
  cluster_identifier              = var.name
  engine                          = "aurora-postgresql"
  engine_mode                     = "provisioned"
  engine_version                  = var.database_version
  database_name                   = "dagster"
  master_username                 = "engage"
  manage_master_user_password     = true
  master_user_secret_kms_key_id   = var.key_arn
  db_subnet_group_name            = aws_db_subnet_group.this.name
  db_cluster_parameter_group_name = aws_rds_cluster_parameter_group.this.name
  vpc_security_group_ids          = [var.database_security_group_id]
  storage_encrypted               = true
  kms_key_id                      = var.key_arn

  iam_database_authentication_enabled = true
  backup_retention_period             = 7
  copy_tags_to_snapshot               = true
  deletion_protection                 = var.deletion_protection
  skip_final_snapshot                 = !var.deletion_protection
  final_snapshot_identifier           = var.deletion_protection ? "${var.name}-final" : null
  enabled_cloudwatch_logs_exports     = ["postgresql"]

  serverlessv2_scaling_configuration {
    min_capacity             = 0
    max_capacity             = var.database_max_capacity
    seconds_until_auto_pause = 300
  }

  depends_on = [aws_cloudwatch_log_group.database]
}

resource "aws_rds_cluster_instance" "this" {
  identifier                 = "${var.name}-1"
  cluster_identifier         = aws_rds_cluster.this.id
  engine                     = aws_rds_cluster.this.engine
  engine_version             = aws_rds_cluster.this.engine_version
  instance_class             = "db.serverless"
  publicly_accessible        = false
  auto_minor_version_upgrade = true
}
