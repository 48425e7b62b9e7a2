"""What a request needs, and whether a policy allows it."""

import json

from tests.terraform.iam import allowed_resources, allows, caller, generalised, needs

SIGNED = "AWS4-HMAC-SHA256 Credential=training/20261116/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0"
OBJECT = "arn:aws:s3:::data/lake/predictions/week=2026-11-09/part-0.parquet"
POLICY = {
    "Statement": [
        {
            "Effect": "Allow",
            "Action": ["s3:GetObject", "s3:PutObject"],
            "Resource": "arn:aws:s3:::data/lake/predictions/*",
        },
        {"Effect": "Deny", "Action": "s3:DeleteObject", "Resource": "*"},
    ]
}


def of_s3(method, path, query="", headers=None, body=b""):
    return needs("s3", method, path, query, headers or {}, body)


def test_who_signs_is_who_asks():
    assert caller({"Authorization": SIGNED}) == ("training", "s3")
    assert caller({}) == ("", "")


def test_requests_to_s3_need_the_object_or_the_bucket():
    key = "/data/lake/predictions/week%3D2026-11-09/part-0.parquet"
    assert of_s3("HEAD", key) == {("s3:GetObject", OBJECT)}
    assert of_s3("PUT", key) == {("s3:PutObject", OBJECT)}
    assert of_s3("DELETE", key) == {("s3:DeleteObject", OBJECT)}
    assert of_s3("DELETE", key, "uploadId=1") == {("s3:AbortMultipartUpload", OBJECT)}
    copied = of_s3("PUT", key, headers={"X-Amz-Copy-Source": "/data/warehouse/x?versionId=1"})
    assert copied == {("s3:PutObject", OBJECT), ("s3:GetObject", "arn:aws:s3:::data/warehouse/x")}
    assert of_s3("GET", "/data", "list-type=2&prefix=lake") == {("s3:ListBucket", "arn:aws:s3:::data")}
    assert of_s3("GET", "/data", "location=") == {("s3:GetBucketLocation", "arn:aws:s3:::data")}
    deleted = of_s3("POST", "/data", "delete=", body=b"<Delete><Object><Key>a</Key></Object></Delete>")
    assert deleted == {("s3:DeleteObject", "arn:aws:s3:::data/a")}


def test_a_task_with_tags_needs_three_rights():
    asked = needs("ecs", "POST", "/", "", {"X-Amz-Target": "X.RunTask"}, json.dumps({"tags": [{}]}).encode())
    assert {action for action, _ in asked} == {"ecs:RunTask", "ecs:TagResource", "iam:PassRole"}
    assert needs("sns", "POST", "/", "", {}, b"Action=Publish&Message=x") == {("sns:Publish", "*")}
    assert needs("sts", "POST", "/", "", {}, b"Action=GetCallerIdentity") == set()


def test_only_what_a_statement_allows_is_allowed_and_only_there():
    assert allows(POLICY, ("s3:GetObject", OBJECT))
    assert not allows(POLICY, ("s3:GetObject", "arn:aws:s3:::data/lake/truth/x"))
    assert not allows(POLICY, ("s3:DeleteObject", OBJECT))
    assert not allows(POLICY, ("s3:ListBucket", "*"))
    assert allowed_resources(POLICY) == {"arn:aws:s3:::data/lake/predictions/*", "*"}


def test_a_record_keeps_folders_and_no_weeks():
    assert generalised(
        [("s3:GetObject", OBJECT), ("s3:GetObject", "arn:aws:s3:::data/models/churn/1/x"), ("a:B", "*")]
    ) == {
        "a:B": [],
        "s3:GetObject": ["lake/predictions", "models"],
    }
