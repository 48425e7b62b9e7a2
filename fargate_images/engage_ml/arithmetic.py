"""The same arithmetic on every machine, as far as it can be chosen.

OpenBLAS adds up in an order of its own for each kind of processor: a model trained here and one trained on Fargate
differ in their seventh digit, and published cents with them. The kernels chosen run on most x86 processors since 2013.
"""

import os
import platform
from collections.abc import MutableMapping
from pathlib import Path

KERNELS, NEEDED = "Haswell", frozenset({"avx2", "fma"})


def choose_kernels(environ: MutableMapping[str, str], flags: frozenset[str]) -> None:
    """Asks OpenBLAS for the common kernels where the processor has what they need; a choice that was made stays.

    Heard by an OpenBLAS that is loaded later, in this process or in those that it starts.
    """
    if flags >= NEEDED:
        environ.setdefault("OPENBLAS_CORETYPE", KERNELS)


def processor_flags(cpuinfo: Path = Path("/proc/cpuinfo")) -> frozenset[str]:
    """What an x86 processor can do, in the words of Linux; nothing where that is not to be known."""
    if platform.machine() != "x86_64":
        return frozenset()
    try:
        lines = cpuinfo.read_text().splitlines()
    except OSError:
        return frozenset()
    return frozenset(next((line.partition(":")[2].split() for line in lines if line.startswith("flags")), ()))


choose_kernels(os.environ, processor_flags())
