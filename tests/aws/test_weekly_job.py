"""The weekly job with the environment aws, on the local AWS: it publishes, and no planted fault harms that.

Every fault is planted in the part of the job that it concerns, its outcome compared with the table in docs/aws.md.
Tests that go on to publish the week once more take minutes, hence ``slow``.
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

fault = pytest.mark.fault
TRAINING, SCORING = "engage_ml.training", "engage_ml.scoring"


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


@pytest.fixture
def outcome(request):
    """Called by a test of a fault with how it ended, which the page must tell. A test that says nothing fails."""
    [planted] = [mark.args[0] for mark in request.node.iter_markers("fault")]
    said = []

    def tell(ended):
        said.append(ended)
        settle(planted, ended)

    yield tell
    assert said, f"no outcome of: {planted}"


def finished(process):
    """What a command printed, and its exit status."""
    output, _ = process.communicate(timeout=3_000)
    return output, process.returncode


def refused(outcome, result, expected):
    """The run failed, and says why: in words that go into the table, and with the address of the log."""
    assert not result.success
    said = " ".join(message_of(result).split("Log:")[0].split())
    assert expected in said
    outcome(f"the run fails: {expected}; the published week is untouched")


def test_a_week_is_published_with_its_reports_and_exports(platform):
    keys = platform.aws.keys("weekly/")
    reports = (f"reports/week={WEEK}/{name}" for name in ("engagement.pdf", "brief.md"))
    for expected in (*reports, f"exports/week={WEEK}/actions.csv", "lake/published/"):
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


@fault("Athena refuses 5 statements as too many")
def test_throttled_athena_is_waited_out(aws, platform, intact, outcome):
    aws.athena_faults.throttled = 5
    result = platform.rerun("scores", alone=True)
    assert result.success, message_of(result)
    assert aws.athena_faults.throttled == 0
    outcome("waited out")


@fault("a query of a model fails in Athena")
def test_a_query_that_fails_in_athena(aws, platform, intact, outcome):
    aws.athena_faults.failing = r"insert into .*customer_scores"
    refused(outcome, platform.rerun("decisions"), "GENERIC_INTERNAL_ERROR")


@pytest.mark.parametrize(
    ("plant", "message"),
    [
        pytest.param(
            lambda f: f.refused.append("the cluster is inactive"),
            "ECS started no task: the cluster",
            marks=fault("RunTask is refused"),
        ),
        pytest.param(
            lambda f: f.not_starting.update({TRAINING: "CannotPullContainerError: not found"}),
            "the task did not start: CannotPullContainerError",
            marks=fault("the image cannot be pulled"),
        ),
        pytest.param(
            lambda f: f.commands.update({TRAINING: ["sh", "-c", "exit 3"]}),
            "exit status 3",
            marks=fault("the program ends with exit status 3"),
        ),
        pytest.param(
            lambda f: f.commands.update({TRAINING: ["sh", "-c", "kill -9 $$"]}),
            "exit status 137",
            marks=fault("the program is killed for lack of memory"),
        ),
        pytest.param(
            lambda f: f.commands.update({TRAINING: ["true"]}),
            "silence is no success",
            marks=fault("exit status 0 without a message"),
        ),
    ],
)
def test_a_task_that_fails(aws, platform, intact, outcome, plant, message):
    plant(aws.ecs_faults)
    refused(outcome, platform.rerun("models"), message)


@fault("the predictions are lost from S3")
def test_a_lost_object_refuses_the_week(aws, platform, intact, outcome):
    def lose():
        keys = [key for key in aws.keys("weekly/lake/predictions/") if key.endswith(".parquet")]
        newest = max(keys, key=lambda key: aws.client("s3").head_object(Bucket=BUCKET, Key=key)["LastModified"])
        aws.client("s3").delete_object(Bucket=BUCKET, Key=newest)

    aws.ecs_faults.after[SCORING] = lose
    refused(outcome, platform.rerun("scores"), "the predictions lack part-0.parquet")


@pytest.fixture
def spot_ends_in_training(aws):
    """AWS takes the capacity of the next training back, once its task is at work."""
    thread = threading.Thread(target=lambda: aws.ecs.interrupt(aws.ecs.wait_for(TRAINING, seconds=600)))
    thread.start()
    yield
    thread.join()


@fault("Spot takes the capacity back during training")
def test_spot_takes_the_capacity_back_in_the_middle_of_training(aws, platform, intact, spot_ends_in_training, outcome):
    before = len(aws.ecs.of(TRAINING))
    result = platform.rerun("models", alone=True)
    assert result.success, message_of(result)
    assert len(aws.ecs.of(TRAINING)) == before + 2
    outcome("trained again on demand")


def stopped_in_training(aws, process, how):
    """Waits for a run's training to be at work, and sends the run's processes a signal; returns the task."""
    task = aws.ecs.wait_for(TRAINING, seconds=1_200)
    time.sleep(1)
    os.killpg(process.pid, how)
    process.communicate(timeout=120)
    aws.ecs_faults.clear()
    return task


def nothing_at_work(aws):
    """Every task that was asked to stop has stopped, a little later."""
    deadline = time.monotonic() + 30
    while aws.ecs.alive() and time.monotonic() < deadline:
        time.sleep(0.2)
    assert aws.ecs.alive() == []


@fault("the run is cancelled during training")
def test_a_run_that_is_cancelled_stops_its_task(aws, platform, intact, outcome):
    aws.ecs_faults.commands[TRAINING] = ["sleep", "600"]
    stopped_in_training(aws, platform.rerun_beside("models"), signal.SIGINT)
    nothing_at_work(aws)
    outcome("the task is stopped")


@fault("the orchestrator is killed during training")
def test_what_a_killed_run_left_is_ended_by_the_next(aws, platform, intact, outcome):
    aws.ecs_faults.commands[TRAINING] = ["sleep", "600"]
    task = stopped_in_training(aws, platform.rerun_beside("models"), signal.SIGKILL)
    assert task in aws.ecs.alive()  # nobody was left to stop it
    platform.recover()
    nothing_at_work(aws)
    outcome("the next run stops the task that was left")


@slow
def test_after_throttling_the_week_is_published_again(aws, platform, intact_but_for_the_run):
    aws.athena_faults.throttled = 5
    assert platform.rerun("decisions").success


@slow
def test_after_a_spot_interruption_the_week_is_published_again(platform, intact_but_for_the_run, spot_ends_in_training):
    result = platform.rerun("models")
    assert result.success, message_of(result)


@slow
def test_ctrl_c_ends_the_command_and_its_task(aws, platform, intact):
    """``engage run`` as a whole, cancelled during training: its status says so, and nothing is left behind."""
    aws.ecs_faults.commands[TRAINING] = ["sleep", "600"]
    process = platform.run()
    stopped_in_training(aws, process, signal.SIGINT)
    assert process.returncode == 130
    nothing_at_work(aws)


@slow
def test_after_a_killed_run_the_week_is_published_again(aws, platform, intact_but_for_the_run):
    before = platform.published()
    aws.ecs_faults.commands[TRAINING] = ["sleep", "600"]
    task = stopped_in_training(aws, platform.run(), signal.SIGKILL)
    assert task in aws.ecs.alive()
    assert platform.published() == before
    output, status = finished(platform.run())
    assert status == 0, output
    assert task not in aws.ecs.alive()


@slow
@fault("every object of the week is deleted from S3")
def test_what_was_deleted_comes_back_from_its_versions(aws, platform, intact, outcome):
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
    after = platform.rows(f"select * from published.customer_scores where week = date '{WEEK}'")
    assert after.sort_by("customer_id").equals(before.sort_by("customer_id"))
    outcome("`engage restore` brings all of them back")


@slow
@fault("the tables of the results are deleted from Glue")
def test_tables_that_glue_lost_come_back_with_a_run(aws, platform, intact_but_for_the_run, outcome):
    glue = aws.client("glue")
    for layer in ("results", "published"):
        database = f"{platform.settings.glue_prefix}_{layer}"
        for table in glue.get_tables(DatabaseName=database)["TableList"]:
            glue.delete_table(DatabaseName=database, Name=table["Name"])
    result = platform.rerun("decisions", "results", "analytics", "monitoring", "fairness")
    assert result.success, message_of(result)
    outcome("the next run of the week makes them")


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
