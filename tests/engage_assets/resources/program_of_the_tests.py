"""What the tests of the compute resource run as a program: it does what its extras say."""

import os
import sys
import time

from engage_ml.errors import ProgramError
from engage_ml.session import Session, run_program


def work(session: Session) -> None:
    """Reports its process, fails, says nothing, or takes long."""
    match session.extras["do"]:
        case "report":
            session.report("models/churn", {"process": os.getpid()}, version="1")
        case "sleep":
            sys.stdout.write(f"{os.getpid()}\n")
            sys.stdout.flush()
            time.sleep(600)
        case "fail":
            raise ProgramError("the test wants it so")


if __name__ == "__main__":
    sys.exit(run_program(work, sys.argv[1:]))
