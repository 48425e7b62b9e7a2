"""``python -m engage_ml.ready PROGRAM``: a program that is started before there is work for it.

It imports what PROGRAM needs while whoever started it does something else. Then it waits for one line on standard
input, a JSON object of environment variables, and becomes PROGRAM. When the line never comes because its starter is
gone, it ends.
"""

import json
import os
import runpy
import sys
from importlib import import_module

from engage_ml.session import limit_threads

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
    os.environ.update(json.loads(line))
    sys.argv = [program]
    runpy.run_module(program, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    try:
        become(sys.argv[1])
    except KeyboardInterrupt:
        sys.exit(130)  # Ctrl-C reaches everybody at the terminal; whoever started this says what it means
