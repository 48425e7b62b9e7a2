"""Which rights a request needs, whether a policy gives them, and what of it a record keeps."""

import json

import pytest

from tests.terraform.iam import Account, Need, arn, caller, needs, rights
from tests.terraform.rights import (
    allows,
    coarse,
    granted,
    met,
    need_at,
    open_keys,
    other_buckets,
    place,
    summary,
    unmet_keys,
    unused,
)

SIGNED = "AWS4-HMAC-SHA256 Credential=training/20261116/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0"
OBJECT = "arn:aws:s3:::data/lake/predictions/week=2026-11-09/part-0.parquet"
CLUSTER = arn("ecs", "cluster/engage")
ACCOUNT = Account(roles={"engage-training": (arn("iam", "role/task"), arn("iam", "role/start"))}, workgroups={"q": "g"})
POLICY = {
    "Statement": [
        {
            "Sid": "Files",
            "Effect": "Allow",
            "Action": ["s3:GetObject", "s3:PutObject"],
            "Resource": "arn:aws:s3:::data/lake/predictions/*",
        },
        {
            "Sid": "List",
            "Effect": "Allow",
            "Action": "s3:ListBucket",
            "Resource": "arn:aws:s3:::data",
            "Condition": {"StringLike": {"s3:prefix": ["lake/predictions/*"]}},
        },
        {
            "Sid": "Find",
            "Effect": "Allow",
            "Action": "ecs:ListTasks",
            "Resource": "*",
            "Condition": {"ArnEquals": {"ecs:cluster": CLUSTER}},
        },
        {"Effect": "Deny", "Action": "s3:DeleteObject", "Resource": "*"},
    ]
}


def of_s3(method, path, query="", headers=None, body=b""):
    return needs("s3", method, path, query, headers or {}, body, ACCOUNT)


def in_json(service, operation, **given):
    headers = {"X-Amz-Target": f"X.{operation}"}
    return needs(service, "POST", "/", "", headers, json.dumps(given).encode(), ACCOUNT)


def test_who_signs_is_who_asks():
    assert caller({"Authorization": SIGNED}) == ("training", "s3")
    assert caller({}) == ("", "")


def test_requests_to_s3_need_the_object_or_the_bucket():
    key = "/data/lake/predictions/week%3D2026-11-09/part-0.parquet"
    assert of_s3("HEAD", key) == {Need("s3:GetObject", OBJECT)}
    assert of_s3("PUT", key) == {Need("s3:PutObject", OBJECT)}
    assert of_s3("DELETE", key) == {Need("s3:DeleteObject", OBJECT)}
    assert of_s3("DELETE", key, "uploadId=1") == {Need("s3:AbortMultipartUpload", OBJECT)}
    copied = of_s3("PUT", key, headers={"X-Amz-Copy-Source": "/data/warehouse/x?versionId=1"})
    assert copied == {Need("s3:PutObject", OBJECT), Need("s3:GetObject", "arn:aws:s3:::data/warehouse/x")}
    listed = Need("s3:ListBucket", "arn:aws:s3:::data", frozenset({("s3:prefix", "lake/")}))
    assert of_s3("GET", "/data", "list-type=2&prefix=lake%2F") == {listed}
    assert of_s3("HEAD", "/data") == {Need("s3:ListBucket", "arn:aws:s3:::data")}
    assert of_s3("GET", "/data", "location=") == {Need("s3:GetBucketLocation", "arn:aws:s3:::data")}
    deleted = of_s3("POST", "/data", "delete=", body=b"<Delete><Object><Key>a</Key></Object></Delete>")
    assert deleted == {Need("s3:DeleteObject", "arn:aws:s3:::data/a")}


def test_a_task_needs_its_definition_its_roles_and_its_tags():
    within = frozenset({("ecs:cluster", CLUSTER)})
    passed = frozenset({("iam:PassedToService", "ecs-tasks.amazonaws.com")})
    assert in_json("ecs", "RunTask", cluster="engage", taskDefinition="engage-training", tags=[{}]) == {
        Need("ecs:RunTask", arn("ecs", "task-definition/engage-training:1"), within),
        Need("iam:PassRole", arn("iam", "role/task"), passed),
        Need("iam:PassRole", arn("iam", "role/start"), passed),
        Need("ecs:TagResource", arn("ecs", "task/engage/new"), frozenset({("ecs:CreateAction", "RunTask")})),
    }
    assert in_json("ecs", "StopTask", cluster=CLUSTER, task="7") == {
        Need("ecs:StopTask", arn("ecs", "task/engage/7"), within)
    }
    assert in_json("ecs", "ListTasks", cluster=CLUSTER) == {Need("ecs:ListTasks", "*", within)}


def test_a_table_needs_its_database_and_the_catalogue():
    assert in_json("glue", "GetTable", DatabaseName="d", Name="t") == {
        Need("glue:GetTable", arn("glue", each)) for each in ("catalog", "database/d", "table/d/t")
    }
    assert in_json("glue", "GetPartitions", DatabaseName="d", TableName="t") == {
        Need("glue:GetPartitions", arn("glue", each)) for each in ("catalog", "database/d", "table/d/t")
    }
    assert in_json("glue", "CreateDatabase", DatabaseInput={"Name": "d"}) == {
        Need("glue:CreateDatabase", arn("glue", each)) for each in ("catalog", "database/d")
    }


def test_other_services_need_what_they_name():
    body = b"Action=Publish&TopicArn=arn%3Aaws%3Asns%3Ax&Message=x"
    assert needs("sns", "POST", "/", "", {}, body, ACCOUNT) == {Need("sns:Publish", "arn:aws:sns:x")}
    assert needs("sts", "POST", "/", "", {}, b"Action=GetCallerIdentity", ACCOUNT) == set()
    started = rights("athena", "StartQueryExecution", {"WorkGroup": "w"}, ACCOUNT)
    assert started == {Need("athena:StartQueryExecution", arn("athena", "workgroup/w"))}
    # A query that is asked about belongs to a workgroup, too.
    asked = rights("athena", "GetQueryExecution", {"QueryExecutionId": "q"}, ACCOUNT)
    assert asked == {Need("athena:GetQueryExecution", arn("athena", "workgroup/g"))}
    assert in_json("secretsmanager", "GetSecretValue", SecretId=arn("secretsmanager", "secret:s-1")) == {
        Need("secretsmanager:GetSecretValue", arn("secretsmanager", "secret:s-1"))
    }
    with pytest.raises(KeyError, match="dynamodb"):
        in_json("dynamodb", "PutItem")


def test_only_what_a_statement_allows_is_allowed_and_only_there():
    assert allows(POLICY, Need("s3:GetObject", OBJECT))
    assert not allows(POLICY, Need("s3:GetObject", "arn:aws:s3:::data/lake/truth/x"))
    assert not allows(POLICY, Need("s3:DeleteObject", OBJECT))
    assert not allows(POLICY, Need("s3:ListBucket", "arn:aws:s3:::data"))
    assert allows(POLICY, need_at("s3:ListBucket", "lake/predictions", "data"))
    assert not allows(POLICY, need_at("s3:ListBucket", "lake/truth", "data"))
    assert allows(POLICY, Need("ecs:ListTasks", "*", frozenset({("ecs:cluster", CLUSTER)})))
    assert not allows(POLICY, Need("ecs:ListTasks", "*", frozenset({("ecs:cluster", CLUSTER + "-2")})))


def test_conditions_that_are_not_understood_are_not_guessed():
    assert met({"ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/x"}}, [])
    with pytest.raises(ValueError, match="StringNotEquals of ecs:cluster"):
        met({"StringNotEquals": {"ecs:cluster": "x"}}, [])


def test_a_record_keeps_places_and_condition_keys():
    found = summary(
        [
            Need("s3:GetObject", OBJECT),
            Need("s3:GetObject", "arn:aws:s3:::data/models/churn/1/x"),
            Need("s3:ListBucket", "arn:aws:s3:::data", frozenset({("s3:prefix", "lake/predictions/week=1/")})),
            Need("glue:GetTable", arn("glue", "table/engage_prod_results/segments")),
            Need("ecs:RunTask", arn("ecs", "task-definition/engage:7"), frozenset({("ecs:cluster", CLUSTER)})),
        ]
    )
    assert found == {
        "ecs:RunTask": {"ecs:cluster": [CLUSTER], "places": ["task-definition/engage:*"]},
        "glue:GetTable": {"places": ["table/engage_prod_results/*"]},
        "s3:GetObject": {"places": ["lake/predictions", "models"]},
        "s3:ListBucket": {"places": ["lake/predictions"]},
    }


@pytest.mark.parametrize(
    ("action", "where"),
    [
        ("s3:GetObject", "lake/predictions"),
        ("s3:ListBucket", "lake/handover/features"),
        ("s3:ListBucket", ""),
        ("athena:GetWorkGroup", "workgroup/w"),
        ("glue:GetTable", "table/d/*"),
        ("ecs:RunTask", "task-definition/engage:*"),
        ("ecs:DescribeTaskDefinition", ""),
    ],
)
def test_a_place_stands_for_a_request(action, where):
    assert place(need_at(action, where, "data")) == where


def test_the_orchestrators_places_are_prefixes():
    assert coarse("lake/truth") == "lake"
    assert coarse("models") == "models"
    assert coarse("table/engage_prod_results/*") == "table/engage_prod_*/*"
    assert coarse("database/engage_prod") == "database/engage_prod"


def test_what_a_policy_allows_among_some_places():
    places = ["lake/predictions", "lake/truth", ""]
    assert list(granted(POLICY, "s3:GetObject", places, "data")) == [("s3:GetObject", "lake/predictions")]
    assert list(granted(POLICY, "s3:ListBucket", places, "data")) == [("s3:ListBucket", "lake/predictions")]
    assert list(granted(POLICY, "ecs:ListTasks", [""], "data")) == [("ecs:ListTasks", "")]


def test_what_a_policy_names_for_nothing_is_told():
    known = [("s3:GetObject", "lake/predictions")]
    assert list(unused(POLICY, known, "data", free=["ecs:ListTasks", "s3:DeleteObject"])) == [
        "arn:aws:s3:::data of List",
        "prefix lake/predictions/* of List",
    ]
    assert list(unmet_keys(POLICY, {"ecs:ListTasks": {"ecs:cluster": [CLUSTER]}}, free=[])) == []
    told = list(unmet_keys(POLICY, {"ecs:ListTasks": {"ecs:cluster": [CLUSTER, "x"]}}, free=[]))
    assert told == [f"ecs:ListTasks: ecs:cluster is ['x'], not {CLUSTER}"]
    assert len(list(unmet_keys(POLICY, {}, free=[]))) == 1


def of_clusters(**statement):
    return {"Statement": [{"Effect": "Allow", "Action": "ecs:StopTask", "Resource": "*", **statement}]}


def asking_for(*clusters):
    return of_clusters(Condition={"ArnEquals": {"ecs:cluster": list(clusters)}})


def test_a_condition_that_is_dropped_or_too_wide_is_told():
    record = {"ecs:StopTask": {"places": ["task/engage/*"], "ecs:cluster": [CLUSTER]}}
    assert list(open_keys(asking_for(CLUSTER), record)) == []
    assert list(open_keys(of_clusters(), record)) == ["ecs:StopTask: whatever ecs:cluster is"]
    wider = list(open_keys(asking_for(CLUSTER, "x"), record))
    assert wider == [f"ecs:StopTask: ecs:cluster {[CLUSTER, 'x']}, asked for was {[CLUSTER]}"]
    assert len(list(open_keys(asking_for(arn("ecs", "cluster/*")), record))) == 1


def test_a_resource_in_the_cluster_is_as_good_as_its_condition():
    record = {"ecs:StopTask": {"places": ["task/engage/*"], "ecs:cluster": [CLUSTER]}}
    assert list(open_keys(of_clusters(Resource=arn("ecs", "task/engage/*")), record)) == []
    for outside in ("task/engage-2/*", "task/*"):
        both = [arn("ecs", "task/engage/*"), arn("ecs", outside)]
        assert list(open_keys(of_clusters(Resource=both), record)) == ["ecs:StopTask: whatever ecs:cluster is"]


def test_another_bucket_and_several_buckets_are_told():
    assert list(other_buckets(POLICY, "data")) == []
    assert list(other_buckets(POLICY, "logs")) == [
        "arn:aws:s3:::data/lake/predictions/* of Files",
        "arn:aws:s3:::data of List",
    ]
    many = {"Statement": [{"Sid": "Files", "Resource": ["arn:aws:s3:::dat*/lake/*", "*"]}]}
    assert list(other_buckets(many, "data")) == ["arn:aws:s3:::dat*/lake/* of Files"]
