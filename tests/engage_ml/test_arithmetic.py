"""The arithmetic of a program does not depend on the processor or on the shell that it was started from."""

import os
import subprocess
import sys

import pytest

from engage_ml.arithmetic import KERNELS, NEEDED, choose_kernels, processor_flags

ASK = """
import engage_ml.linear, scipy.linalg
from threadpoolctl import threadpool_info
print(*{each["architecture"] for each in threadpool_info() if each["internal_api"] == "openblas"})
"""


@pytest.mark.skipif(not processor_flags() >= NEEDED, reason="needs an x86 processor with AVX2, on Linux")
def test_a_program_adds_up_alike_wherever_it_is_started():
    without = {name: value for name, value in os.environ.items() if not name.startswith("OPENBLAS_")}
    asked = subprocess.run([sys.executable, "-c", ASK], env=without, capture_output=True, text=True, check=True)
    assert asked.stdout.split() == [KERNELS]


@pytest.mark.parametrize(
    ("given", "flags", "chosen"),
    [
        ({}, {"avx2", "fma", "sse2"}, "Haswell"),
        ({}, {"avx2"}, None),
        ({}, set(), None),
        ({"OPENBLAS_CORETYPE": "Zen"}, {"avx2", "fma"}, "Zen"),
    ],
)
def test_only_kernels_that_the_processor_can_run_are_chosen(given, flags, chosen):
    environ = dict(given)
    choose_kernels(environ, frozenset(flags))
    assert environ.get("OPENBLAS_CORETYPE") == chosen


def test_the_flags_of_a_processor_are_read_from_linux(tmp_path, monkeypatch):
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    file = tmp_path / "cpuinfo"
    assert processor_flags(file) == frozenset()
    file.write_text("processor\t: 0\nflags\t\t: fpu avx2 fma\n\nprocessor\t: 1\nflags\t\t: fpu avx2 fma\n")
    assert processor_flags(file) == {"fpu", "avx2", "fma"}
    monkeypatch.setattr("platform.machine", lambda: "arm64")
    assert processor_flags(file) == frozenset()
