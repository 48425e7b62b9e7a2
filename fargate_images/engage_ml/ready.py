"""``python -m engage_ml.ready PROGRAM``: a program that is started before there is work for it.

It imports what PROGRAM needs while whoever started it does something else. Then it waits for one line on standard
input, a JSON object of environment variables, and becomes PROGRAM. When standard input closes, because its starter is
gone, it ends, at work or not.
"""

import signal

# Ctrl-C reaches everybody at the terminal. Until there is work it ends this process without a word, imports included;
# whoever started it says what it means.
signal.signal(signal.SIGINT, signal.SIG_DFL)

import json  # noqa: E402
import os  # noqa: E402
import runpy  # noqa: E402
import sys  # noqa: E402
from importlib import import_module  # noqa: E402
from threading import Thread  # noqa: E402

from engage_ml.session import limit_threads  # noqa: E402

NEEDS = {
    "engage_ml.training": ("engage_ml.fitting", "engage_ml.judging", "engage_ml.card", "engage_ml.comparison"),
    "engage_ml.scoring": ("engage_ml.model_set", "engage_ml.prediction", "pyarrow.parquet"),
}
"""What a program imports once it has work, so what takes long to import."""


def become(program: str) -> None:
    """Imports, waits, and runs the program in this process."""
    limit_threads(1)  # before numpy is imported: both programs compute side by side, one thread each
    for name in NEEDS.get(program, ()):
        import_module(name)
    line = sys.stdin.readline()
    if not line:
        return
    signal.signal(signal.SIGINT, signal.default_int_handler)
    Thread(target=_end_with_starter, daemon=True).start()
    os.environ.update(json.loads(line))
    sys.argv = [program]
    runpy.run_module(program, run_name="__main__", alter_sys=True)


def _end_with_starter() -> None:
    sys.stdin.read()
    os._exit(1)


if __name__ == "__main__":
    become(sys.argv[1])
