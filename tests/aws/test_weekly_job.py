"""The weekly job with the environment aws, on the local AWS: it publishes, and no planted fault harms that.

What ends in a failure is soon over and always run. What publishes once more takes a minute or more, hence ``slow``. The
outcomes are compared with the table in docs/aws.md.
"""

import json
import os
import signal
import threading
import time
from datetime import UTC, datetime

import pytest

from engage_assets.resources import s3
from tests.aws.aws_platform import CUSTOMERS, WEEK, WEEKS, AwsPlatform, message_of
from tests.aws.fault_table import settle
from tests.aws.local_aws.platform import BUCKET, REGION

pytestmark = [pytest.mark.integration, pytest.mark.browser]
slow = pytest.mark.slow

TRAINING, SCORING = "engage_ml.training", "engage_ml.scoring"
OUTCOMES: dict[str, str] = {}


@pytest.fixture(scope="module")
def platform(local_aws, tmp_path_factory):
    """A platform with one published week. Faults are planted on top of it."""
    platform = AwsPlatform(local_aws, tmp_path_factory.mktemp("aws") / "home")
    started = time.monotonic()
    output, status = finished(platform.run())
    assert status == 0, output
    print(f"\nthe weekly job on the local AWS: {time.monotonic() - started:.0f} s\n{output}")
    return platform


@pytest.fixture(autouse=True)
def here(aws, platform, monkeypatch):
    """This process is in the platform's environment, too."""
    for name, value in platform.environ.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def intact(aws, platform):
    """What is published before the test is published after it, and no task is left at work."""
    before = platform.published()
    yield
    assert platform.published() == before
    assert aws.ecs.alive() == []


@pytest.fixture
def intact_but_for_the_run(aws, platform):
    """The week is published once, by this run or the one before, and no task is left at work."""
    yield
    assert aws.ecs.alive() == []
    [row] = platform.rows(f"select count(*) as n from published.weekly_summary where week = date '{WEEK}'").to_pylist()
    assert row["n"] == 1


def finished(process):
    """What a command printed, and its exit status."""
    output, _ = process.communicate(timeout=3_000)
    return output, process.returncode


def refused(fault, result, expected):
    """The run failed, and says why: in words that go into the table, and with the address of the log."""
    assert not result.success
    said = " ".join(message_of(result).split("Log:")[0].split())
    assert expected in said
    OUTCOMES[fault] = f"the run fails: {expected}; the published week is untouched"


def test_a_week_is_published_with_its_reports_and_exports(platform):
    keys = platform.aws.keys("weekly/")
    for expected in (f"reports/week={WEEK}/engagement.pdf", f"exports/week={WEEK}/actions.csv", "lake/published/"):
        assert any(expected in key for key in keys), expected
    [row] = platform.rows(f"select * from published.weekly_summary where week = date '{WEEK}'").to_pylist()
    assert row["customers"] > 0.5 * CUSTOMERS
    scanned = platform.rows("select stage, bytes_scanned from published.stage_usage").to_pylist()
    assert {each["stage"] for each in scanned if each["bytes_scanned"] > 0} >= {"features", "training", "results"}


def test_parity_the_same_history_here_and_there_gives_the_same_tables(platform, tmp_path):
    local = {"ENGAGE_ENVIRONMENT": "local", "ENGAGE_HOME": str(tmp_path / "home")}
    output, status = finished(platform.run(**local))
    assert status == 0, output
    output, status = finished(platform.command("parity", "--week", WEEK, "--home", str(tmp_path / "home")))
    assert status == 0, output
    print(output)
    *tables, verdict = output.splitlines()
    assert verdict == f"{len(tables)} of {len(tables)} tables are the same"
    assert len(tables) >= 20


@slow
def test_throttled_athena_is_waited_out(aws, platform, intact_but_for_the_run):
    aws.athena_faults.throttled = 5
    result = platform.rerun("decisions")
    assert result.success
    OUTCOMES["Athena refuses 5 statements as too many"] = "waited out, the week is published again"


def test_a_query_that_fails_in_athena(aws, platform, intact):
    aws.athena_faults.failing = r"insert into .*customer_scores"
    refused("a query of a model fails in Athena", platform.rerun("decisions"), "GENERIC_INTERNAL_ERROR")


@pytest.mark.parametrize(
    ("fault", "plant", "message"),
    [
        (
            "RunTask is refused",
            lambda f: f.refused.append("the cluster is inactive"),
            "ECS started no task: the cluster",
        ),
        (
            "the image cannot be pulled",
            lambda f: f.not_starting.update({TRAINING: "CannotPullContainerError: not found"}),
            "the task did not start: CannotPullContainerError",
        ),
        (
            "the program ends with exit status 3",
            lambda f: f.commands.update({TRAINING: ["sh", "-c", "exit 3"]}),
            "exit status 3",
        ),
        (
            "the program is killed for lack of memory",
            lambda f: f.commands.update({TRAINING: ["sh", "-c", "kill -9 $$"]}),
            "exit status 137",
        ),
        (
            "exit status 0 without a message",
            lambda f: f.commands.update({TRAINING: ["true"]}),
            "silence is no success",
        ),
    ],
)
def test_a_task_that_fails(aws, platform, intact, fault, plant, message):
    plant(aws.ecs_faults)
    refused(fault, platform.rerun("models"), message)


def test_a_lost_object_refuses_the_week(aws, platform, intact):
    def lose():
        keys = [key for key in aws.keys("weekly/lake/predictions/") if key.endswith(".parquet")]
        newest = max(keys, key=lambda key: aws.client("s3").head_object(Bucket=BUCKET, Key=key)["LastModified"])
        aws.client("s3").delete_object(Bucket=BUCKET, Key=newest)

    aws.ecs_faults.after[SCORING] = lose
    refused("the predictions are lost from S3", platform.rerun("scores"), "the predictions lack part-0.parquet")


@slow
def test_spot_takes_the_capacity_back_in_the_middle_of_training(aws, platform, intact_but_for_the_run):
    def interrupt():
        aws.ecs.interrupt(aws.ecs.wait_for(TRAINING))

    thread = threading.Thread(target=interrupt)
    thread.start()
    before = len(aws.ecs.of(TRAINING))
    result = platform.rerun("models")
    thread.join()
    assert result.success, message_of(result)
    assert len(aws.ecs.of(TRAINING)) == before + 2
    OUTCOMES["Spot takes the capacity back during training"] = "trained again on demand, published"


@slow
@pytest.mark.parametrize(("fault", "how"), [("the run is cancelled", signal.SIGINT), ("killed", signal.SIGKILL)])
def test_a_run_that_ends_in_the_middle_of_a_task(aws, platform, intact_but_for_the_run, fault, how):
    aws.ecs_faults.commands[TRAINING] = ["sleep", "600"]
    process = platform.run()
    task = aws.ecs.wait_for(TRAINING, seconds=1_200)
    time.sleep(1)
    os.killpg(process.pid, how)
    process.communicate(timeout=120)
    aws.ecs_faults.clear()
    if how == signal.SIGINT:
        deadline = time.monotonic() + 30
        while aws.ecs.alive() and time.monotonic() < deadline:
            time.sleep(0.2)
        assert aws.ecs.alive() == []
        OUTCOMES["the run is cancelled during training"] = "the task is stopped, the week is untouched"
        return
    assert task in aws.ecs.alive()  # nobody was left to stop it
    output, status = finished(platform.run())
    assert status == 0, output
    assert task not in aws.ecs.alive()
    OUTCOMES["the orchestrator is killed during training"] = "the next run stops the task it left, and publishes"


@slow
def test_what_was_deleted_comes_back_from_its_versions(aws, platform, intact):
    """The drill of docs/deploy.md: files of tables, pointers, reports and exports are deleted, and restored."""
    before = platform.rows(f"select * from published.customer_scores where week = date '{WEEK}'")
    time.sleep(1.1)  # S3 tells seconds
    moment = datetime.now(UTC).isoformat()
    time.sleep(1.1)
    lost = [key for place in ("warehouse", "lake", "reports", "exports") for key in aws.keys(f"weekly/{place}/")]
    s3.delete(REGION, BUCKET, lost)
    assert platform.rows("select * from published.customer_scores").num_rows == 0
    output, status = finished(platform.command("restore", "--before", moment))
    assert status == 0, output
    assert f"{len(lost):,} objects were brought back" in output
    OUTCOMES["every object of the week is deleted from S3"] = "`engage restore` brings all of them back"
    after = platform.rows(f"select * from published.customer_scores where week = date '{WEEK}'")
    assert after.sort_by("customer_id").equals(before.sort_by("customer_id"))


@slow
def test_tables_that_glue_lost_come_back_with_a_run(aws, platform, intact_but_for_the_run):
    glue = aws.client("glue")
    for layer in ("results", "published"):
        database = f"{platform.settings.glue_prefix}_{layer}"
        for table in glue.get_tables(DatabaseName=database)["TableList"]:
            glue.delete_table(DatabaseName=database, Name=table["Name"])
    result = platform.rerun("decisions", "results", "analytics", "monitoring", "fairness")
    assert result.success, message_of(result)
    OUTCOMES["the tables of the results are deleted from Glue"] = "the next run of the week makes them"


@slow
def test_shares_of_the_scoring_publish_the_same_rows(aws, platform, intact_but_for_the_run):
    def scores():
        rows = platform.rows(f"select * from published.customer_scores where week = date '{WEEK}'")
        return rows.drop_columns(["run_id", "scored_at"]).sort_by("customer_id")

    one = scores()
    before = len(aws.ecs.of(SCORING))
    platform.environ["ENGAGE_SCORING_TASKS"] = "4"
    try:
        result = platform.rerun("scores")
    finally:
        del platform.environ["ENGAGE_SCORING_TASKS"]
    assert result.success, message_of(result)
    assert len(aws.ecs.of(SCORING)) == before + 4
    assert scores().equals(one)
    [manifest] = [key for key in aws.keys("weekly/lake/predictions/") if key.endswith("_manifest.json")]
    content = json.loads(aws.client("s3").get_object(Bucket=BUCKET, Key=manifest)["Body"].read())
    assert len(content["parts"]) == 4
    assert sum(content["parts"].values()) == content["rows"] == one.num_rows
    assert WEEKS >= 7


def test_the_page_tells_what_was_seen():
    assert OUTCOMES, "no test before this one has noted an outcome"
    settle(OUTCOMES)
