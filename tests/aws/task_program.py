"""A program for tasks: ``python -m tests.aws.task_program MODE`` ends in the way that is asked for."""

import os
import signal
import sys
import time

from engage_ml.errors import ProgramError
from engage_ml.session import Session, run_program


def work(session: Session) -> None:
    """Does what the last word of the command says."""
    mode = sys.argv[1]
    session.log(f"at work in mode {mode}")
    if mode == "refuse":
        raise ProgramError("the training set is empty. Build a longer history.")
    if mode == "exit":
        os._exit(3)
    if mode == "memory":
        os.kill(os.getpid(), signal.SIGKILL)
    if mode == "slow":
        time.sleep(60)
    if mode == "moment":
        time.sleep(3)
    session.report("models/churn", {"share": session.extras.get("share", 0), "process": os.getpid()}, version="1")


if __name__ == "__main__":
    sys.exit(0 if sys.argv[1] == "silent" else run_program(work, []))
