"""Makes moto's ECS run a Fargate task's command as a local process: states, logs, exit codes, stops, faults.

It reaches into moto 5.2.5, which is pinned for that reason.
"""

import json
import os
import signal
import subprocess
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import boto3
from moto.core.responses import ActionResult
from moto.ecs.exceptions import EcsClientException
from moto.ecs.models import Container, EC2ContainerServiceBackend
from moto.ecs.responses import EC2ContainerServiceResponse
from moto.moto_api import state_manager


@dataclass
class EcsFaults:
    """Faults that a test plants."""

    refused: list[str] = field(default_factory=list)
    """RunTask answers with these reasons and no task, one a call."""
    errors: list[str] = field(default_factory=list)
    """RunTask answers with errors (ClientException) of these messages, one a call."""
    unseen: int = 0
    """For how many calls DescribeTasks does not know any task: ECS is consistent after a while only."""
    commands: dict[str, list[str]] = field(default_factory=dict)
    """A program (the last word of a task's command) and the command that runs in its stead."""
    not_starting: dict[str, str] = field(default_factory=dict)
    """A program and the reason for which its task does not start."""
    after: dict[str, Callable[[], None]] = field(default_factory=dict)
    """A program and what happens when its process has ended, before ECS says so."""

    def clear(self) -> None:
        """Takes all faults back."""
        for planted in (self.refused, self.errors, self.commands, self.not_starting, self.after):
            planted.clear()
        self.unseen = 0


@dataclass
class Runner:
    """How commands run: the images that can be pulled, and the environment of every process."""

    endpoint: str
    images: tuple[str, ...]
    directory: str
    environment: Mapping[str, str]
    faults: EcsFaults
    step_seconds: float = 0.05
    stop_timeout_seconds: float = 5


class TaskProcess:
    """One task: PROVISIONING, PENDING, RUNNING, STOPPED, with the process of its one container."""

    def __init__(self, runner: Runner, task: Any, definition: Any, overrides: Mapping[str, Any]) -> None:
        self.runner, self.task = runner, task
        self.process: subprocess.Popen[str] | None = None
        self.stopping = threading.Event()
        self._changing = threading.RLock()
        [self.defined] = definition.container_definitions
        [self.overrides] = (overrides or {}).get("containerOverrides") or [{}]
        self.command = [
            *(self.defined.get("entryPoint") or []),
            *(self.overrides.get("command") or self.defined.get("command") or []),
        ]
        self.program = self.command[-1] if self.command else ""
        container = Container(definition)
        container.name, container.image = self.defined["name"], self.defined["image"]
        container.taskArn, container.exitCode = task.task_arn, None
        container.runtimeId = f"{task.id.replace('-', '')}-{uuid.uuid4().int % 10**10}"
        task.containers, self.container = [container], container
        self._say("PROVISIONING")
        task.createdAt = datetime.now(UTC)
        threading.Thread(target=self._live, daemon=True).start()

    def _say(self, status: str) -> None:
        """Moves the task on. A stopped task stays stopped, whichever thread speaks last."""
        with self._changing:
            if self.task.last_status != "STOPPED":
                self.task.last_status = status
                self.container.last_status = status if status in ("RUNNING", "STOPPED") else "PENDING"

    def _finish(self, code: str, reason: str) -> None:
        with self._changing:
            if self.task.last_status != "STOPPED":
                self.task.stopCode, self.task.stopped_reason = code, reason
                self.task.desired_status, self.task.stoppedAt = "STOPPED", datetime.now(UTC)
                self._say("STOPPED")

    def _live(self) -> None:
        for status in ("PENDING", "ACTIVATING"):
            time.sleep(self.runner.step_seconds)
            self._say(status)
            if self.stopping.is_set():
                return
        image = self.defined["image"]
        if reason := self.runner.faults.not_starting.get(self.program):
            self._finish("TaskFailedToStart", reason)
            return
        if not image.startswith(self.runner.images):
            self._finish("TaskFailedToStart", f"CannotPullContainerError: pull image manifest: {image}: not found")
            return
        try:
            with self._changing:
                if self.stopping.is_set():
                    return
                pump = self._start()
        except OSError as error:
            self._finish("TaskFailedToStart", f"ResourceInitializationError: {error}")
            return
        self._say("RUNNING")
        self.task.startedAt = datetime.now(UTC)
        self.process.wait()
        pump.join(10)
        if self.stopping.is_set():
            return
        self.runner.faults.after.get(self.program, lambda: None)()
        self.container.exitCode = _exit_code(self.process)
        self._finish("EssentialContainerExited", "Essential container in task exited")

    def _start(self) -> threading.Thread:
        environment = {"HOME": "/tmp", "LANG": "C.UTF-8", **self.runner.environment}
        for each in [*(self.defined.get("environment") or []), *(self.overrides.get("environment") or [])]:
            environment[each["name"]] = each["value"]
        self.process = subprocess.Popen(
            self.runner.faults.commands.get(self.program, self.command),
            env=environment,
            cwd=self.runner.directory,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            text=True,
            errors="replace",
        )
        pump = threading.Thread(target=self._pump, daemon=True)
        pump.start()
        return pump

    def _pump(self) -> None:
        """Moves what the process prints into the log group of its definition."""
        options = (self.defined.get("logConfiguration") or {}).get("options") or {}
        client = boto3.client(
            "logs", endpoint_url=self.runner.endpoint, region_name="us-east-1", aws_access_key_id="x",
            aws_secret_access_key="x",
        )  # fmt: skip
        stream = f"{options.get('awslogs-stream-prefix')}/{self.defined['name']}/{self.task.id}"
        where = {"logGroupName": options.get("awslogs-group"), "logStreamName": stream}
        if where["logGroupName"]:
            with suppress(client.exceptions.ResourceAlreadyExistsException):
                client.create_log_stream(**where)
        for line in self.process.stdout:
            if where["logGroupName"]:
                event = {"timestamp": int(time.time() * 1000), "message": line.rstrip("\n")}
                client.put_log_events(**where, logEvents=[event])
        self.process.wait()

    def kill(self) -> None:
        """SIGTERM, then SIGKILL after the time that a task has to stop."""
        if self.process is None or self.process.poll() is not None:
            return
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGTERM)
            try:
                self.process.wait(self.runner.stop_timeout_seconds)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()

    def terminate(self, code: str, reason: str) -> None:
        """StopTask, or an interruption by Spot."""
        self.stopping.set()
        self.task.desired_status = "STOPPED"

        def end() -> None:
            with self._changing:  # not while the process is being started
                self.kill()
            if self.process is not None:
                self.container.exitCode = _exit_code(self.process)
            self._finish(code, reason)

        threading.Thread(target=end, daemon=True).start()


def _exit_code(process: subprocess.Popen[str]) -> int:
    return process.returncode if process.returncode >= 0 else 128 - process.returncode


class EcsTasks:
    """The tasks of the emulated cluster. There is one: moto's classes are changed for the whole process."""

    def __init__(self, runner: Runner) -> None:
        self.runner = runner
        self.tasks: dict[str, TaskProcess] = {}
        self.requests: list[dict[str, Any]] = []
        self._by_token: dict[str, str] = {}
        self._originals = (
            EC2ContainerServiceBackend.run_task,
            EC2ContainerServiceBackend.stop_task,
            EC2ContainerServiceBackend._calculate_task_resource_requirements,
            EC2ContainerServiceResponse.run_task,
            EC2ContainerServiceBackend.describe_tasks,
        )

    def install(self) -> None:
        """Changes moto."""
        tasks, (run, stop, _, respond, describe) = self, self._originals
        state_manager.set_transition("ecs::task", {"progression": "manual", "times": 10**9})

        def run_task(backend: Any, cluster: str, definition: str, count: int, overrides: Any, *a: Any, **k: Any) -> Any:
            made = run(backend, cluster, definition, count, overrides, *a, **k)
            described = backend.describe_task_definition(definition)
            for task in made:
                tasks.tasks[task.task_arn] = TaskProcess(tasks.runner, task, described, overrides)
            return made

        def stop_task(backend: Any, cluster: str, name: str, reason: str) -> Any:
            found = next((t for arn, t in tasks.tasks.items() if arn.endswith(name.split("/")[-1])), None)
            if found is None:
                return stop(backend, cluster, name, reason)
            if found.task.last_status != "STOPPED":
                found.terminate("UserInitiated", reason or "Task stopped by user")
            return found.task

        def describe_tasks(backend: Any, cluster: str, arns: list[str]) -> Any:
            faults = tasks.runner.faults
            if faults.unseen:
                faults.unseen -= 1
                return []
            return describe(backend, cluster, arns)

        def answer(response: Any) -> Any:
            return tasks._answer(response, respond)

        EC2ContainerServiceBackend.run_task = run_task
        EC2ContainerServiceBackend.stop_task = stop_task
        EC2ContainerServiceBackend.describe_tasks = describe_tasks
        EC2ContainerServiceResponse.run_task = answer
        # moto answers 500 for a definition without memory of its container, which Fargate allows.
        EC2ContainerServiceBackend._calculate_task_resource_requirements = lambda *_: {
            "CPU": 0, "MEMORY": 0, "PORTS": [], "PORTS_UDP": [],
        }  # fmt: skip

    def uninstall(self) -> None:
        """Puts moto back and ends every process."""
        (
            EC2ContainerServiceBackend.run_task,
            EC2ContainerServiceBackend.stop_task,
            EC2ContainerServiceBackend._calculate_task_resource_requirements,
            EC2ContainerServiceResponse.run_task,
            EC2ContainerServiceBackend.describe_tasks,
        ) = self._originals
        for task in self.tasks.values():
            task.kill()

    def _answer(self, response: Any, respond: Callable[[Any], ActionResult]) -> ActionResult:
        """RunTask with what moto lacks: planted refusals, client tokens, and the capacity in the answer."""
        self.requests.append(json.loads(response.body))
        if self.runner.faults.refused:
            failure = {
                "arn": "arn:aws:ecs:us-east-1:123456789012:cluster/x",
                "reason": self.runner.faults.refused.pop(0),
            }
            return ActionResult({"tasks": [], "failures": [failure]})
        if self.runner.faults.errors:
            raise EcsClientException(self.runner.faults.errors.pop(0))
        token = response._get_param("clientToken")
        if token in self._by_token:
            return ActionResult({"tasks": [self.tasks[self._by_token[token]].task], "failures": []})
        answered = respond(response)
        if token:
            self._by_token[token] = answered.result["tasks"][0].task_arn
        return answered

    def alive(self) -> list[TaskProcess]:
        """The tasks that have not stopped."""
        return [task for task in self.tasks.values() if task.task.last_status != "STOPPED"]

    def of(self, program: str) -> list[TaskProcess]:
        """The tasks of a program, oldest first."""
        return [task for task in self.tasks.values() if task.program == program]

    def wait_for(self, program: str, status: str = "RUNNING", seconds: float = 60) -> TaskProcess:
        """The newest task of a program once it is in a state. Raises TimeoutError."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            for task in reversed(self.of(program)):
                if task.task.last_status == status:
                    return task
            time.sleep(0.05)
        raise TimeoutError(f"no task of {program} became {status} within {seconds} s")

    @staticmethod
    def interrupt(task: TaskProcess, code: str = "SpotInterruption") -> None:
        """Takes the capacity of a task away, as Spot does; AWS documents two codes for it."""
        task.terminate(code, "Your Spot Task was interrupted.")
