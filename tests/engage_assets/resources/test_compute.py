"""Programs as subprocesses: started for the work or before it, and gone afterwards however it ends."""

import subprocess
import sys
from collections.abc import Iterator

import dagster as dg
import psutil
import pytest

from engage_assets.resources import compute as compute_module
from engage_assets.resources.compute import SubprocessCompute

PROGRAM = "tests.engage_assets.resources.program_of_the_tests"


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    yield
    for process in compute_module._ready.values():
        process.communicate("")
    compute_module._ready.clear()


def materialized(do: str) -> dg.ExecuteInProcessResult:
    @dg.multi_asset(specs=[dg.AssetSpec(["models", "churn"])], name="train")
    def train(context: dg.AssetExecutionContext, compute: SubprocessCompute) -> Iterator[dg.MaterializeResult]:
        yield from compute.run(context, program=PROGRAM, parameters={"do": do})

    return dg.materialize([train], resources={"compute": SubprocessCompute()}, raise_on_error=False)


def process_of(result: dg.ExecuteInProcessResult) -> int:
    [event] = result.get_asset_materialization_events()
    return int(event.materialization.metadata["process"].value)  # type: ignore[arg-type]


def test_a_program_that_was_got_ready_does_the_work() -> None:
    SubprocessCompute().get_ready([PROGRAM])
    waiting = compute_module._ready[PROGRAM]
    result = materialized("report")
    assert result.success
    assert process_of(result) == waiting.pid
    assert waiting.returncode == 0
    assert PROGRAM not in compute_module._ready


def test_without_one_that_is_ready_it_is_started() -> None:
    result = materialized("report")
    assert result.success
    assert process_of(result) > 0


def test_one_that_died_while_it_waited_is_started_again() -> None:
    SubprocessCompute().get_ready([PROGRAM])
    waiting = compute_module._ready[PROGRAM]
    waiting.kill()
    waiting.wait()
    result = materialized("report")
    assert result.success
    assert process_of(result) != waiting.pid


@pytest.mark.parametrize(("do", "said"), [("fail", "ended with exit status 1"), ("nothing", "without reporting")])
def test_failure_and_silence_fail_the_step(do: str, said: str) -> None:
    result = materialized(do)
    assert not result.success
    [failure] = result.get_step_failure_events()
    assert said in str(failure.step_failure_data.error)


def test_a_program_that_waits_ends_with_its_starter() -> None:
    starter = (
        "from engage_assets.resources import compute\n"
        f"compute.SubprocessCompute().get_ready(['{PROGRAM}'])\n"
        f"print(compute._ready['{PROGRAM}'].pid, flush=True)\n"
        "import os, signal; os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    started = subprocess.run([sys.executable, "-c", starter], capture_output=True, text=True, check=False, timeout=60)
    # The pipe that it shares with this test is closed, which `run` waits for, only when the orphan has ended too.
    assert int(started.stdout) > 0
    assert started.stderr == ""


def test_a_program_at_work_ends_with_its_starter() -> None:
    starter = subprocess.Popen(
        [sys.executable, "-c", f"from {__name__} import materialized; materialized('sleep')"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    assert starter.stdout is not None
    program = psutil.Process(int(starter.stdout.readline()))
    starter.kill()
    starter.wait()
    assert psutil.wait_procs([program], timeout=20)[1] == []


def test_a_program_that_an_interrupt_does_not_end_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compute_module, "STOP_SECONDS", 0.5)
    deaf = "import signal, time; signal.signal(signal.SIGINT, signal.SIG_IGN); print(1, flush=True); time.sleep(600)"
    process = subprocess.Popen([sys.executable, "-c", deaf], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    process.stdout.readline()
    compute_module._stop(process)
    assert process.returncode == -9
