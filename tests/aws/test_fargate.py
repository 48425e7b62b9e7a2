"""Every way in which a task can end, and what the step that waits for it makes of it."""

import threading
import time

import dagster as dg
import pytest

from engage_assets.resources import s3
from engage_assets.resources.compute_fargate import FargateCompute
from tests.aws.local_aws.platform import BUCKET, REGION

PROGRAM = "engage_ml.training"


def compute_of(aws, **changed):
    given = {
        "region": REGION,
        "cluster": "engage",
        "definitions": {PROGRAM: "engage-training"},
        "cpu": {},
        "memory_mb": {PROGRAM: 8192},
        "subnets": [aws.subnet],
        "security_groups": [aws.security_group],
        "pipes_uri": f"s3://{BUCKET}/tests/pipes",
        "poll_seconds": 0.05,
        "timeout_seconds": 60,
    }
    return FargateCompute(**{**given, **changed})


def behave(aws, mode):
    aws.ecs_faults.commands[PROGRAM] = ["python", "-m", "tests.aws.task_program", mode]


def run(compute, *, shares=1, instance=None, **options):
    """One asset that runs the program; the outcome, and what the program reported."""
    reported = []

    @dg.asset(key=["models", "churn"])
    def trained(context: dg.AssetExecutionContext, compute: dg.ResourceParam[FargateCompute]):
        parameters = [{"share": share} for share in range(shares)]
        reported.extend(compute.run_shares(context, program=PROGRAM, parameters=parameters))
        return dg.MaterializeResult()

    result = dg.materialize(
        [trained], resources={"compute": compute}, raise_on_error=False, instance=instance, **options
    )
    return result, reported


def message_of(result):
    [failure] = [event for event in result.all_events if event.is_step_failure]
    error = failure.step_failure_data.error
    return (error.cause or error).message


def test_what_the_program_reports_comes_back(aws):
    behave(aws, "ok")
    result, reported = run(compute_of(aws))
    assert result.success
    [[churn]] = reported
    assert churn.asset_key == dg.AssetKey(["models", "churn"])
    request = aws.ecs.requests[-1]
    assert request["overrides"]["memory"] == "8192"
    assert request["capacityProviderStrategy"][0]["capacityProvider"] == "FARGATE_SPOT"
    # ECS takes 8,192 characters of overrides: parameters go through S3.
    assert len(str(request["overrides"])) < 2_000


def test_shares_run_side_by_side_and_nothing_of_one_reaches_another(aws):
    behave(aws, "ok")
    result, reported = run(compute_of(aws), shares=3)
    assert result.success
    assert [share.metadata["share"].value for [share] in reported] == [0, 1, 2]
    requests = aws.ecs.requests[-3:]
    assert len({request["clientToken"] for request in requests}) == 3
    assert all(len(request["overrides"]["containerOverrides"][0]["environment"]) == 2 for request in requests)


@pytest.mark.parametrize(
    ("mode", "message"),
    [
        ("refuse", "the program ended with exit status 1"),
        ("exit", "the program ended with exit status 3"),
        ("memory", r"killed \(exit status 137\), as a rule for lack of memory.*ENGAGE_TRAINING_MEMORY_MB"),
        ("silent", "exit status 0 and reported no result: silence is no success"),
    ],
)
def test_a_program_that_fails_fails_the_step_with_the_reason_and_the_log(aws, mode, message):
    behave(aws, mode)
    result, _ = run(compute_of(aws))
    assert not result.success
    with pytest.raises(AssertionError, match=message):
        raise AssertionError(message_of(result))
    assert "console.aws.amazon.com/cloudwatch" in message_of(result)


def test_a_refused_request_is_told_with_its_reason(aws):
    aws.ecs_faults.refused.append("The role of the task does not exist")
    result, _ = run(compute_of(aws))
    assert "ECS started no task: The role of the task does not exist" in message_of(result)


def test_an_error_of_runtask_is_told_with_its_reason(aws):
    aws.ecs_faults.errors.append("Role is not valid")
    result, _ = run(compute_of(aws))
    assert "ECS started no task: Role is not valid (ClientException)" in message_of(result)


def test_spot_and_on_demand_have_a_limit_each(aws):
    behave(aws, "ok")
    aws.ecs_faults.errors.append("You've reached the limit on the number of vCPUs you can run concurrently")
    result, _ = run(compute_of(aws))
    assert result.success, message_of(result)
    assert aws.ecs.requests[-1]["capacityProviderStrategy"][0]["capacityProvider"] == "FARGATE"


def test_a_task_definition_that_is_not_there(aws):
    result, _ = run(compute_of(aws, definitions={PROGRAM: "misspelt"}))
    assert "ECS does not show the task definition 'misspelt' (ENGAGE_TRAINING_TASK_DEFINITION)" in message_of(result)


def test_a_task_that_ecs_does_not_know_yet_is_waited_for(aws):
    """What RunTask has started, DescribeTasks may not know for some seconds."""
    behave(aws, "ok")
    aws.ecs_faults.unseen = 3
    before = len(aws.ecs.of(PROGRAM))
    result, _ = run(compute_of(aws))
    assert result.success, message_of(result)
    assert len(aws.ecs.of(PROGRAM)) == before + 1


def test_a_task_that_ecs_does_not_know_any_more_is_stopped(aws):
    behave(aws, "slow")
    aws.ecs_faults.unseen = 10**6
    result, _ = run(compute_of(aws, unseen_seconds=0.3))
    assert "ECS does not know the task any more" in message_of(result)
    aws.ecs_faults.unseen = 0
    stopped(aws)


def test_a_task_that_cannot_be_stopped_is_named(aws, capfd, monkeypatch):
    behave(aws, "slow")
    monkeypatch.setattr(FargateCompute, "_stop", lambda *_: PermissionError("AccessDenied"))
    result, _ = run(compute_of(aws, timeout_seconds=1))
    monkeypatch.undo()
    assert not result.success
    [task] = [task.task.task_arn.rpartition("/")[2] for task in aws.ecs.alive()]
    assert f"task {task} of cluster engage could not be stopped: AccessDenied" in capfd.readouterr().err
    aws.ecs.alive()[0].terminate("UserInitiated", "the test is over")
    stopped(aws)


def test_costs_of_tasks_are_told_apart_by_the_tags_of_their_definition(aws):
    behave(aws, "ok")
    run(compute_of(aws))
    assert aws.ecs.requests[-1]["propagateTags"] == "TASK_DEFINITION"


def test_an_image_that_is_not_there(aws):
    aws.ecs_faults.not_starting[PROGRAM] = "CannotPullContainerError: local/engage:latest: not found"
    result, _ = run(compute_of(aws))
    assert "the task did not start: CannotPullContainerError" in message_of(result)
    assert "Push the image" in message_of(result)


def test_without_spot_capacity_it_runs_on_demand(aws):
    behave(aws, "ok")
    aws.ecs_faults.refused.append("Capacity is unavailable at this time")
    result, _ = run(compute_of(aws))
    assert result.success
    providers = [each["capacityProviderStrategy"][0]["capacityProvider"] for each in aws.ecs.requests[-2:]]
    assert providers == ["FARGATE_SPOT", "FARGATE"]


@pytest.mark.parametrize("code", ["SpotInterruption", "TerminationNotice"])
def test_a_spot_interruption_is_made_good_on_demand(aws, code):
    behave(aws, "slow")

    def interrupt():
        task = aws.ecs.wait_for(PROGRAM)
        behave(aws, "ok")
        aws.ecs.interrupt(task, code)

    thread = threading.Thread(target=interrupt)
    thread.start()
    result, _ = run(compute_of(aws))
    thread.join()
    assert result.success
    assert aws.ecs.requests[-1]["capacityProviderStrategy"][0]["capacityProvider"] == "FARGATE"


def test_a_task_that_takes_too_long_is_stopped(aws):
    behave(aws, "slow")
    result, _ = run(compute_of(aws, timeout_seconds=1))
    assert "did not end within 1 s (ENGAGE_TASK_TIMEOUT_SECONDS)" in message_of(result)
    stopped(aws)


def test_when_one_share_fails_the_others_are_stopped(aws):
    behave(aws, "slow")

    def change():
        task = aws.ecs.wait_for(PROGRAM)
        task.process.kill()

    thread = threading.Thread(target=change)
    thread.start()
    result, _ = run(compute_of(aws), shares=3)
    thread.join()
    assert not result.success
    stopped(aws)


def test_a_task_that_somebody_stops_is_no_success(aws):
    behave(aws, "slow")
    thread = threading.Thread(
        target=lambda: s3.client("ecs", REGION).stop_task(
            cluster="engage", task=aws.ecs.wait_for(PROGRAM).task.task_arn, reason="by hand"
        )
    )
    thread.start()
    result, _ = run(compute_of(aws))
    thread.join()
    assert "somebody stopped the task (UserInitiated): by hand" in message_of(result)


def test_who_comes_back_to_a_step_joins_the_task_at_work(aws):
    """An orchestrator that was lost without a word left its task running; the next one continues with it."""
    behave(aws, "moment")
    compute = compute_of(aws)
    before = len(aws.ecs.of(PROGRAM))
    with dg.DagsterInstance.ephemeral() as instance:
        request = {}

        @dg.asset(key=["models", "churn"])
        def trained(context: dg.AssetExecutionContext, compute: dg.ResourceParam[FargateCompute]):
            definition = compute._definition(PROGRAM)
            from contextlib import ExitStack

            # What the lost orchestrator did before it was lost: it started the task, and never waited.
            with ExitStack() as stack:
                name = f"models__churn/{PROGRAM}/0"
                request["launch"] = compute._launch(context, PROGRAM, definition, name, {}, stack, False)
            [[result]] = compute.run_shares(context, program=PROGRAM, parameters=[{}])
            request["result"] = result
            return dg.MaterializeResult()

        result = dg.materialize([trained], resources={"compute": compute}, instance=instance, raise_on_error=False)
    assert result.success, message_of(result)
    assert len(aws.ecs.of(PROGRAM)) == before + 1


def test_a_repeated_request_starts_no_second_task(aws):
    behave(aws, "slow")
    compute = compute_of(aws)
    definition = compute._definition(PROGRAM)
    request = compute.request(
        definition, program=PROGRAM, environment={}, started_by="r", client_token="t", tags={}, on_demand=False
    )
    ecs = s3.client("ecs", REGION)
    first, second = (ecs.run_task(**request)["tasks"][0]["taskArn"] for _ in range(2))
    assert first == second
    assert compute.abandon("r") == 1
    stopped(aws)


def stopped(aws, seconds=10):
    """Waits until no task is at work."""
    deadline = time.monotonic() + seconds
    while aws.ecs.alive() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert aws.ecs.alive() == []
