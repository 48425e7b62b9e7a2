"""Makes on an AWS that is emulated what a plan makes, call by call.

Terraform sees the definition of a container, a policy or an event pattern as a text. Here botocore checks every name
and type in them against AWS's own service models, and the emulator what it knows of their grammar.
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from tests.terraform.workspace import Plan, Resource

Client = Callable[[str], Any]


def replay(plan: Plan, client: Client) -> Mapping[str, int]:
    """Makes all that has a maker, in the order of :data:`MAKERS`. Returns how many of each type."""
    made = {}
    for kind, make in MAKERS.items():
        found = plan.of_type(kind)
        for each in found:
            make(each, client)
        made[kind] = len(found)
    return made


def camel(value: Any, *, first_upper: bool = True) -> Any:
    """A block of Terraform as an argument of the API: names in camel case, without what is empty."""
    if isinstance(value, list):
        return [camel(each, first_upper=first_upper) for each in value]
    if not isinstance(value, dict):
        return value
    words = {name: name.split("_") for name, each in value.items() if each not in (None, [], {}, "")}
    names = {name: "".join(word.capitalize() for word in parts) for name, parts in words.items()}
    if not first_upper:
        names = {name: text[0].lower() + text[1:] for name, text in names.items()}
    return {names[name]: camel(value[name], first_upper=first_upper) for name in names}


def _bucket(each: Resource, client: Client) -> None:
    client("s3").create_bucket(Bucket=each["bucket"])


def _lifecycle(each: Resource, client: Client) -> None:
    rules = []
    for rule in each["rule"]:
        made: dict[str, Any] = {"ID": rule["id"], "Status": rule["status"], "Filter": {}}
        for part in rule["filter"]:
            made["Filter"] = {"Prefix": part.get("prefix") or ""}
        for part in rule["expiration"] or []:
            days = {"Days": int(part["days"])} if part["days"] else {}
            made["Expiration"] = days or {"ExpiredObjectDeleteMarker": part["expired_object_delete_marker"]}
        for part in rule["noncurrent_version_expiration"] or []:
            made["NoncurrentVersionExpiration"] = {"NoncurrentDays": int(part["noncurrent_days"])}
        for part in rule["abort_incomplete_multipart_upload"] or []:
            made["AbortIncompleteMultipartUpload"] = {"DaysAfterInitiation": int(part["days_after_initiation"])}
        rules.append(made)
    bucket = bucket_of(each)
    client("s3").put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": rules})


def _bucket_policy(each: Resource, client: Client) -> None:
    client("s3").put_bucket_policy(Bucket=bucket_of(each), Policy=each["policy"])


def bucket_of(each: Resource) -> str:
    """The bucket of a resource that belongs to one; its id is not known offline, its address is."""
    kind = each.address.rpartition(".")[2]
    return f"engage-prod-{kind}-123456789012"


def _role(each: Resource, client: Client) -> None:
    client("iam").create_role(RoleName=each["name"], AssumeRolePolicyDocument=each["assume_role_policy"])


def _role_policy(each: Resource, client: Client) -> None:
    role = each["role"].rpartition("-id-")[2]
    client("iam").put_role_policy(RoleName=role, PolicyName=each["name"], PolicyDocument=each["policy"])


def _log_group(each: Resource, client: Client) -> None:
    client("logs").create_log_group(logGroupName=each["name"])
    client("logs").put_retention_policy(logGroupName=each["name"], retentionInDays=int(each["retention_in_days"]))


def _metric_filter(each: Resource, client: Client) -> None:
    [transformation] = each["metric_transformation"]
    client("logs").put_metric_filter(
        logGroupName=each["log_group_name"],
        filterName=each["name"],
        filterPattern=each["pattern"],
        metricTransformations=[
            {
                "metricName": transformation["name"],
                "metricNamespace": transformation["namespace"],
                "metricValue": transformation["value"],
            }
        ],
    )


def _topic(each: Resource, client: Client) -> None:
    client("sns").create_topic(Name=each["name"], Attributes={"KmsMasterKeyId": each["kms_master_key_id"]})


def _topic_policy(each: Resource, client: Client) -> None:
    [topic] = client("sns").list_topics()["Topics"]
    arguments = {"AttributeName": "Policy", "AttributeValue": each["policy"]}
    client("sns").set_topic_attributes(TopicArn=topic["TopicArn"], **arguments)


def _alarm(each: Resource, client: Client) -> None:
    client("cloudwatch").put_metric_alarm(
        AlarmName=each["alarm_name"],
        AlarmDescription=each["alarm_description"],
        Namespace=each["namespace"],
        MetricName=each["metric_name"],
        Statistic=each["statistic"],
        Period=int(each["period"]),
        EvaluationPeriods=int(each["evaluation_periods"]),
        Threshold=float(each["threshold"]),
        ComparisonOperator=each["comparison_operator"],
        TreatMissingData=each["treat_missing_data"],
        AlarmActions=list(each["alarm_actions"]),
        Dimensions=[{"Name": name, "Value": value} for name, value in (each["dimensions"] or {}).items()],
    )


def _dashboard(each: Resource, client: Client) -> None:
    client("cloudwatch").put_dashboard(DashboardName=each["dashboard_name"], DashboardBody=each["dashboard_body"])


def _rule(each: Resource, client: Client) -> None:
    client("events").put_rule(Name=each["name"], EventPattern=each["event_pattern"], State="ENABLED")


def _cluster(each: Resource, client: Client) -> None:
    providers = ["FARGATE", "FARGATE_SPOT"]
    client("ecs").create_cluster(clusterName=each["name"], capacityProviders=providers)


def _task_definition(each: Resource, client: Client) -> None:
    client("ecs").register_task_definition(
        family=each["family"],
        requiresCompatibilities=list(each["requires_compatibilities"]),
        networkMode=each["network_mode"],
        cpu=str(each["cpu"]),
        memory=str(each["memory"]),
        executionRoleArn=each["execution_role_arn"],
        taskRoleArn=each["task_role_arn"],
        runtimePlatform=camel(each["runtime_platform"], first_upper=False)[0],
        volumes=[{"name": volume["name"]} for volume in each["volume"]],
        containerDefinitions=json.loads(each["container_definitions"]),
    )


def _repository(each: Resource, client: Client) -> None:
    client("ecr").create_repository(repositoryName=each["name"], imageTagMutability=each["image_tag_mutability"])


def _repository_lifecycle(each: Resource, client: Client) -> None:
    name = f"engage-prod/{each.address.partition('[')[2].strip(chr(34) + ']')}"
    client("ecr").put_lifecycle_policy(repositoryName=name, lifecyclePolicyText=each["policy"])


def _database(each: Resource, client: Client) -> None:
    client("glue").create_database(DatabaseInput={"Name": each["name"], "Description": each["description"]})


def _table(each: Resource, client: Client) -> None:
    [storage] = each["storage_descriptor"]
    [serde] = storage["ser_de_info"]
    client("glue").create_table(
        DatabaseName=each["database_name"],
        TableInput={
            "Name": each["name"],
            "Description": each["description"],
            "TableType": each["table_type"],
            "Parameters": each["parameters"],
            "PartitionKeys": camel(each["partition_keys"]),
            "StorageDescriptor": {
                "Columns": camel(storage["columns"]),
                "Location": storage["location"],
                "InputFormat": storage["input_format"],
                "OutputFormat": storage["output_format"],
                "SerdeInfo": {"SerializationLibrary": serde["serialization_library"]},
            },
        },
    )


def _workgroup(each: Resource, client: Client) -> None:
    [configuration] = each["configuration"]
    [results] = configuration["result_configuration"]
    client("athena").create_work_group(
        Name=each["name"],
        Configuration={
            "ResultConfiguration": {"OutputLocation": results["output_location"]},
            "EnforceWorkGroupConfiguration": configuration["enforce_workgroup_configuration"],
            "BytesScannedCutoffPerQuery": int(configuration["bytes_scanned_cutoff_per_query"]),
        },
    )


def _scheduled_action(each: Resource, client: Client) -> None:
    [action] = each["scalable_target_action"]
    service = client("application-autoscaling")
    where = {
        "ServiceNamespace": each["service_namespace"],
        "ResourceId": re.sub("^offline-.*", "service/engage-prod/orchestrator", each["resource_id"]),
        "ScalableDimension": each["scalable_dimension"],
    }
    service.put_scheduled_action(
        ScheduledActionName=each["name"],
        Schedule=each["schedule"],
        Timezone=each["timezone"],
        ScalableTargetAction={"MinCapacity": int(action["min_capacity"]), "MaxCapacity": int(action["max_capacity"])},
        **where,
    )


MAKERS: Mapping[str, Callable[[Resource, Client], None]] = {
    "aws_s3_bucket": _bucket,
    "aws_s3_bucket_lifecycle_configuration": _lifecycle,
    "aws_s3_bucket_policy": _bucket_policy,
    "aws_iam_role": _role,
    "aws_iam_role_policy": _role_policy,
    "aws_cloudwatch_log_group": _log_group,
    "aws_cloudwatch_log_metric_filter": _metric_filter,
    "aws_sns_topic": _topic,
    "aws_sns_topic_policy": _topic_policy,
    "aws_cloudwatch_metric_alarm": _alarm,
    "aws_cloudwatch_dashboard": _dashboard,
    "aws_cloudwatch_event_rule": _rule,
    "aws_ecr_repository": _repository,
    "aws_ecr_lifecycle_policy": _repository_lifecycle,
    "aws_ecs_cluster": _cluster,
    "aws_ecs_task_definition": _task_definition,
    "aws_glue_catalog_database": _database,
    "aws_glue_catalog_table": _table,
    "aws_athena_workgroup": _workgroup,
    "aws_appautoscaling_scheduled_action": _scheduled_action,
}
