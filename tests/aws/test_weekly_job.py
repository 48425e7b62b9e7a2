"""The weekly job with the environment aws, on the local AWS: it publishes, and no planted fault harms that.

Minutes long, hence ``slow``. The table of faults and outcomes is printed at the end, and kept in docs/aws.md.
"""

import json
import os
import signal
import threading
import time

import pytest

from engage_assets.commands.parity import run_parity
from engage_assets.partitions import parse_week
from engage_assets.settings import Settings
from tests.aws.aws_platform import CUSTOMERS, WEEK, WEEKS, AwsPlatform, message_of
from tests.aws.local_aws.platform import BUCKET

pytestmark = [pytest.mark.slow, pytest.mark.browser]

TRAINING, SCORING = "engage_ml.training", "engage_ml.scoring"
OUTCOMES: list[tuple[str, str, str]] = []


@pytest.fixture(scope="module")
def platform(local_aws, tmp_path_factory):
    """A platform with one published week. Faults are planted on top of it."""
    platform = AwsPlatform(local_aws, tmp_path_factory.mktemp("aws") / "home")
    started = time.monotonic()
    process = platform.run()
    output, _ = process.communicate(timeout=3_000)
    assert process.returncode == 0, output
    print(f"\nthe weekly job on the local AWS: {time.monotonic() - started:.0f} s\n{output}")
    return platform


@pytest.fixture(scope="module", autouse=True)
def table():
    yield
    print("\n| fault | outcome |\n| --- | --- |")
    for fault, outcome, _ in OUTCOMES:
        print(f"| {fault} | {outcome} |")


@pytest.fixture
def intact(aws, platform, monkeypatch):
    """What is published before the test is published after it, and no task is left at work."""
    for name, value in platform.environ.items():
        monkeypatch.setenv(name, value)
    before = platform.published()
    yield
    assert platform.published() == before
    assert aws.ecs.alive() == []


def note(fault, result):
    text = " ".join(message_of(result).split("Log:")[0].split())
    OUTCOMES.append((fault, text.removeprefix("dagster_shared.check.functions.").strip(), ""))
    return text


def test_a_week_is_published_with_its_reports_and_exports(platform):
    keys = platform.aws.keys("weekly/")
    for expected in (f"reports/week={WEEK}/engagement.pdf", f"exports/week={WEEK}/actions.csv", "lake/published/"):
        assert any(expected in key for key in keys), expected
    [row] = platform.rows(f"select * from published.weekly_summary where week = date '{WEEK}'").to_pylist()
    assert row["customers"] > 0.5 * CUSTOMERS
    scanned = platform.rows("select stage, bytes_scanned from published.stage_usage").to_pylist()
    assert {each["stage"] for each in scanned if each["bytes_scanned"] > 0} >= {"features", "training", "results"}


def test_the_same_history_here_and_there_gives_the_same_tables(platform, aws, tmp_path, monkeypatch):
    local = {"ENGAGE_ENVIRONMENT": "local", "ENGAGE_HOME": str(tmp_path / "home")}
    process = platform.run(**local)
    output, _ = process.communicate(timeout=3_000)
    assert process.returncode == 0, output
    for name, value in platform.environ.items():
        monkeypatch.setenv(name, value)
    ours = Settings.from_environment({}, home=tmp_path / "home", customers=CUSTOMERS)
    compared = run_parity(ours, platform.settings, parse_week(WEEK))
    assert len(compared) >= 20
    assert {table.name: table.differing for table in compared if not table.same} == {}
    assert all(table.rows > 0 for table in compared if table.name != "qa_sample")


def test_throttled_athena_is_waited_out(aws, platform, intact_but_for_the_run):
    aws.athena_faults.throttled = 5
    result = platform.rerun("decisions")
    assert result.success
    OUTCOMES.append(("Athena refuses 5 statements as too many", "waited out, the week is published again", ""))


@pytest.fixture
def intact_but_for_the_run(aws, platform, monkeypatch):
    for name, value in platform.environ.items():
        monkeypatch.setenv(name, value)
    yield
    assert aws.ecs.alive() == []
    [row] = platform.rows(f"select count(*) as n from published.weekly_summary where week = date '{WEEK}'").to_pylist()
    assert row["n"] == 1


def test_a_query_that_fails_in_athena(aws, platform, intact):
    aws.athena_faults.failing = r"insert into .*customer_scores"
    result = platform.rerun("decisions")
    assert not result.success
    assert "GENERIC_INTERNAL_ERROR" in note("a query of a model fails in Athena", result)


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
    result = platform.rerun("models")
    assert not result.success
    assert message in note(fault, result)


def test_a_lost_object_refuses_the_week(aws, platform, intact):
    def lose():
        keys = [key for key in aws.keys("weekly/lake/predictions/") if key.endswith(".parquet")]
        newest = max(keys, key=lambda key: aws.client("s3").head_object(Bucket=BUCKET, Key=key)["LastModified"])
        aws.client("s3").delete_object(Bucket=BUCKET, Key=newest)

    aws.ecs_faults.after[SCORING] = lose
    result = platform.rerun("scores")
    assert not result.success
    assert "the predictions lack part-0.parquet" in note("the predictions are lost from S3", result)


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
    OUTCOMES.append(("Spot takes the capacity back during training", "trained again on demand, published", ""))


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
        OUTCOMES.append(("the run is cancelled during training", "the task is stopped, the week is untouched", ""))
        return
    assert task in aws.ecs.alive()  # nobody was left to stop it
    again = platform.run()
    output, _ = again.communicate(timeout=3_000)
    assert again.returncode == 0, output
    assert task not in aws.ecs.alive()
    OUTCOMES.append(
        ("the orchestrator is killed during training", "the next run stops the task it left, and publishes", "")
    )


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
