"""What is said of a refused run: the gates with their findings, and for an own extract where to read what to do."""

from types import SimpleNamespace

import boto3
import dagster as dg
import pytest
from botocore.config import Config

from engage_assets.commands.failures import explain_failure


def refused(gate):
    evaluation = SimpleNamespace(
        passed=False, severity=dg.AssetCheckSeverity.ERROR, check_name=gate, asset_key=dg.AssetKey(["models", "churn"]),
        metadata={"message": dg.MetadataValue.text("slope 1.4")},
    )  # fmt: skip
    event = SimpleNamespace(
        event_type_value="ASSET_CHECK_EVALUATION", asset_check_evaluation_data=evaluation, is_step_failure=False
    )
    return SimpleNamespace(all_events=[event])


@pytest.mark.parametrize("own", [False, True])
def test_a_refusal_of_an_own_extract_says_where_to_read_what_to_do(tmp_path, own):
    if own:
        (tmp_path / "extract.json").write_text("{}")
    told = str(explain_failure(refused("calibration"), home=tmp_path))
    assert "calibration on models/churn: slope 1.4" in told
    assert ("docs/your-own-data.md, when a gate refuses" in told) is own
    assert "accepted_findings" not in told


def test_a_finding_that_may_be_accepted_says_how(tmp_path):
    (tmp_path / "extract.json").write_text("{}")
    assert "accepted_findings: {fairness: …}" in str(explain_failure(refused("fairness"), home=tmp_path))


def test_an_address_that_does_not_answer_is_named(tmp_path):
    """What has caused it says only that a connection was refused, or that a name is not known."""

    @dg.asset
    def listed() -> None:
        here = {"endpoint_url": "http://127.0.0.1:1", "region_name": "x", "config": Config(retries={"max_attempts": 0})}
        boto3.client("s3", aws_access_key_id="x", aws_secret_access_key="x", **here).list_buckets()

    told = str(explain_failure(dg.materialize([listed], raise_on_error=False), home=tmp_path))
    assert told.startswith(
        'listed failed: EndpointConnectionError: Could not connect to the endpoint URL: "http://127.0.0'
    )
