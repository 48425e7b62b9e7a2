"""Compute as Fargate tasks, through Dagster Pipes, with every way to fail told apart.

A task belongs to the run it was started for (``startedBy``) and to a step (a tag). Whoever comes back to a step, after
a lost orchestrator or in a retry, finds the task that is still at work and waits for that one. A client token keeps a
repeated RunTask from starting a second. Whatever ends the waiting ends the tasks, too.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import dagster as dg
from botocore.exceptions import BotoCoreError, ClientError
from dagster._core.pipes.utils import open_pipes_session

from engage_assets.resources import s3
from engage_assets.resources.compute import Compute, results_of
from engage_assets.resources.fargate_messages import StableContextInjector, StableMessageReader
from engage_assets.resources.fargate_task import (
    TaskFailure,
    failure_of,
    log_link,
    newest_unfinished,
    refusal,
    refused_with,
    step_name,
    tags_of,
    task_id,
    token,
)

DESCRIBED_AT_ONCE = 100
MAX_MESSAGE_SECONDS = 5.0
"""Messages are looked for at least this often, so that a person sees the program's progress."""


@dataclass
class Launch:
    """One task of a step: what it is asked to do, and the session in which it answers."""

    name: str
    uri: str
    environment: Mapping[str, str]
    session: dg.PipesSession
    task: Mapping[str, Any]
    on_demand: bool


class FargateCompute(Compute):
    """Runs programs as tasks of an ECS cluster."""

    region: str
    cluster: str
    definitions: dict[str, str]
    """The task definition of each program, family or ARN."""
    cpu: dict[str, int]
    memory_mb: dict[str, int]
    subnets: list[str]
    security_groups: list[str]
    pipes_uri: str
    assign_public_ip: bool = False
    spot: bool = True
    timeout_seconds: float = 7_200
    poll_seconds: float = 5
    unseen_seconds: float = 60
    """How long a task may be unknown to DescribeTasks: what RunTask has started is not seen at once everywhere."""

    def run_shares(
        self, context: dg.AssetExecutionContext, *, program: str, parameters: Sequence[Mapping[str, Any]]
    ) -> list[Sequence[dg.MaterializeResult]]:  # type: ignore[type-arg]
        definition = self._definition(program)
        names = [step_name(step=_step(context), program=program, share=share) for share in range(len(parameters))]
        failures: list[tuple[int, TaskFailure]] = []
        results: dict[int, Sequence[dg.MaterializeResult]] = {}  # type: ignore[type-arg]
        on_demand = not self.spot
        while True:
            wanted = [share for share in range(len(parameters)) if share not in results]
            failures, links = self._attempt(context, program, definition, names, parameters, wanted, results, on_demand)
            if not failures:
                return [results[share] for share in range(len(parameters))]
            if on_demand or not all(failure.on_demand_helps for _, failure in failures):
                raise _failure(program, failures, links)
            context.log.warning(f"{program}: {failures[0][1].reason} It is started again on demand.")
            on_demand = True

    def _attempt(
        self,
        context: dg.AssetExecutionContext,
        program: str,
        definition: Mapping[str, Any],
        names: Sequence[str],
        parameters: Sequence[Mapping[str, Any]],
        wanted: Sequence[int],
        results: dict[int, Sequence[dg.MaterializeResult]],  # type: ignore[type-arg]
        on_demand: bool,
    ) -> tuple[list[tuple[int, TaskFailure]], dict[int, str]]:
        """Starts the tasks of some shares, or joins them, and waits. Returns the failures and the logs' addresses."""
        container = str(definition["containerDefinitions"][0]["name"])
        failures: list[tuple[int, TaskFailure]] = []
        launches: dict[int, Launch] = {}
        links: dict[int, str] = {}
        sessions: dict[int, ExitStack] = {}
        with self._stopping(context, launches), ExitStack() as everything:
            for share in wanted:
                sessions[share] = everything.enter_context(ExitStack())
                launched = self._launch(
                    context, program, definition, names[share], parameters[share], sessions[share], on_demand
                )
                if isinstance(launched, TaskFailure):
                    failures.append((share, launched))
                    break  # nothing is gained by the others
                launches[share] = launched
                if link := log_link(self.region, definition, container, launched.task):
                    links[share] = link
                    context.log.info(f"{program}: task {task_id(launched.task)}, its log: {link}")
            waiting = {} if failures else dict(launches)
            seen = dict.fromkeys(waiting, time.monotonic())
            deadline = time.monotonic() + self.timeout_seconds
            while waiting and not any(not failure.on_demand_helps for _, failure in failures):
                described = self._describe([str(launch.task["taskArn"]) for launch in waiting.values()])
                for share, launch in list(waiting.items()):
                    task = described.get(str(launch.task["taskArn"]))
                    if task is not None:
                        seen[share] = time.monotonic()
                        if task["lastStatus"] != "STOPPED":
                            continue
                    elif time.monotonic() < seen[share] + self.unseen_seconds:
                        continue
                    sessions[share].close()  # reads what was said last
                    reported = results_of(launch.session)
                    failure = (
                        failure_of(task, container=container, reported=bool(reported))
                        if task is not None
                        else TaskFailure("lost", "ECS does not know the task any more")
                    )
                    del waiting[share]
                    if task is not None:
                        del launches[share]  # there is nothing to stop
                    if failure is None:
                        results[share] = reported
                    else:
                        failures.append((share, failure))
                if waiting and time.monotonic() > deadline:
                    limit = f"{self.timeout_seconds:,.0f} s"
                    late = f"the task did not end within {limit} (ENGAGE_TASK_TIMEOUT_SECONDS) and was stopped"
                    failures.extend((share, TaskFailure("timeout", late)) for share in waiting)
                    break
                if waiting:
                    time.sleep(self.poll_seconds)
        return failures, links

    @contextmanager
    def _stopping(self, context: dg.AssetExecutionContext, launches: dict[int, Launch]) -> Iterator[None]:
        """Stops the tasks that are left in `launches`, however the block ends."""
        try:
            yield
        finally:
            for launch in launches.values():
                context.log.info(f"stopping task {task_id(launch.task)}")
                if error := self._stop(str(launch.task["taskArn"]), "the step that waited for it has ended"):
                    context.log.warning(
                        f"task {task_id(launch.task)} of cluster {self.cluster} could not be stopped: {error} "
                        "If it is still at work, stop it by hand (aws ecs stop-task)."
                    )

    def _launch(
        self,
        context: dg.AssetExecutionContext,
        program: str,
        definition: Mapping[str, Any],
        name: str,
        parameters: Mapping[str, Any],
        session_stack: ExitStack,
        on_demand: bool,
    ) -> Launch | TaskFailure:
        """The task that does a step's work: the one at work already, or a new one."""
        root = context.run.root_run_id or context.run.run_id
        known = newest_unfinished(self._tasks_of(root), name)
        capacity = "on-demand" if on_demand else "spot"
        identity = token(context.run.run_id, name, context.retry_number, capacity)
        uri = tags_of(known)["engage/messages"] if known else f"{self.pipes_uri}/{root}/{identity}"
        session = session_stack.enter_context(
            open_pipes_session(
                context=context.op_execution_context,
                context_injector=StableContextInjector(self.region, uri),
                message_reader=StableMessageReader(
                    self.region, uri, interval=min(self.poll_seconds, MAX_MESSAGE_SECONDS)
                ),
                extras=dict(parameters),
            )
        )
        environment = session.get_bootstrap_env_vars()
        if known is not None:
            context.log.info(f"{program}: task {task_id(known)} is at work on this step already; waiting for it")
            return Launch(name, uri, environment, session, known, on_demand)
        request = self.request(
            definition,
            program=program,
            environment=environment,
            started_by=root,
            client_token=identity,
            tags={"engage/step": name, "engage/messages": uri},
            on_demand=on_demand,
        )
        try:
            answer = s3.client("ecs", self.region).run_task(**request)
        except ClientError as error:
            return refused_with(error.response["Error"])
        refused = refusal(answer)
        return refused or Launch(name, uri, environment, session, answer["tasks"][0], on_demand)

    def request(
        self,
        definition: Mapping[str, Any],
        *,
        program: str,
        environment: Mapping[str, str],
        started_by: str,
        client_token: str,
        tags: Mapping[str, str],
        on_demand: bool,
    ) -> dict[str, Any]:
        """What RunTask is asked. Made anew for each task: nothing of one request reaches the next."""
        overrides: dict[str, Any] = {
            "containerOverrides": [
                {
                    "name": definition["containerDefinitions"][0]["name"],
                    "command": ["python", "-m", program],
                    "environment": [{"name": name, "value": value} for name, value in environment.items()],
                }
            ]
        }
        if self.cpu.get(program):
            overrides["cpu"] = str(self.cpu[program])
        if self.memory_mb.get(program):
            overrides["memory"] = str(self.memory_mb[program])
        return deepcopy(
            {
                "cluster": self.cluster,
                "taskDefinition": definition["taskDefinitionArn"],
                "count": 1,
                "capacityProviderStrategy": [
                    {"capacityProvider": "FARGATE" if on_demand else "FARGATE_SPOT", "weight": 1}
                ],
                "networkConfiguration": {
                    "awsvpcConfiguration": {
                        "subnets": self.subnets,
                        "securityGroups": self.security_groups,
                        "assignPublicIp": "ENABLED" if self.assign_public_ip else "DISABLED",
                    }
                },
                "overrides": overrides,
                "startedBy": started_by,
                "clientToken": client_token,
                "tags": [{"key": key, "value": value} for key, value in tags.items()],
                "propagateTags": "TASK_DEFINITION",  # those by which costs are told apart
            }
        )

    def abandon(self, run_id: str) -> int:
        errors = [
            self._stop(str(task["taskArn"]), "the run that it was started for has ended")
            for task in self._tasks_of(run_id)
        ]
        return errors.count(None)

    def _definition(self, program: str) -> Mapping[str, Any]:
        name = self.definitions[program]
        try:
            described = s3.client("ecs", self.region).describe_task_definition(taskDefinition=name)
        except ClientError as error:
            which = "SCORING" if program.endswith(".scoring") else "TRAINING"
            text = f"ECS does not show the task definition {name!r} (ENGAGE_{which}_TASK_DEFINITION): {error}"
            raise dg.Failure(f"{program} failed: {text}") from None
        definition: Mapping[str, Any] = described["taskDefinition"]
        return definition

    def _tasks_of(self, run_id: str) -> list[Mapping[str, Any]]:
        """The tasks that are to run, of a run."""
        pages = (
            s3.client("ecs", self.region)
            .get_paginator("list_tasks")
            .paginate(cluster=self.cluster, startedBy=run_id, desiredStatus="RUNNING")
        )
        return list(self._describe([arn for page in pages for arn in page["taskArns"]]).values())

    def _describe(self, arns: Sequence[str]) -> dict[str, Mapping[str, Any]]:
        found: dict[str, Mapping[str, Any]] = {}
        for start in range(0, len(arns), DESCRIBED_AT_ONCE):
            answer = s3.client("ecs", self.region).describe_tasks(
                cluster=self.cluster, tasks=list(arns[start : start + DESCRIBED_AT_ONCE]), include=["TAGS"]
            )
            found.update({str(task["taskArn"]): task for task in answer["tasks"]})
        return found

    def _stop(self, arn: str, reason: str) -> Exception | None:
        """Asks ECS to stop a task. Returns what it answered instead: that it knows no such task, or will not."""
        try:
            s3.client("ecs", self.region).stop_task(cluster=self.cluster, task=arn, reason=reason)
        except (ClientError, BotoCoreError) as error:
            return error
        return None


def _step(context: dg.AssetExecutionContext) -> str:
    return str(context.op_execution_context.get_step_execution_context().step.key)


def _failure(program: str, failures: Sequence[tuple[int, TaskFailure]], links: Mapping[int, str]) -> dg.Failure:
    worst = next((each for each in failures if not each[1].on_demand_helps), failures[0])
    share, failure = worst
    metadata: dict[str, Any] = {"kind": failure.kind, "share": share}
    if share in links:
        metadata["log"] = dg.MetadataValue.url(links[share])
    text = f"{program} failed: {failure.reason}" + (f" Log: {links[share]}" if share in links else "")
    return dg.Failure(text, metadata=metadata, allow_retries=failure.kind != "exit")
