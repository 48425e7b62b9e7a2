"""A CSV of gigabytes is taken in within bounded memory, at a known speed."""

import json
import os
import subprocess
import sys
import time

import numpy as np
import pytest

from tests.engage_assets.extracts.small_extracts import HISTORY, contract_of

GIGABYTES = float(os.environ.get("ENGAGE_TEST_GIGABYTES", "5"))
MEMORY_LIMIT_GB = 2.0
MEGABYTES_A_CPU_SECOND = 20.0

PROGRAM = """
import json, resource, sys, time
from pathlib import Path
from engage_assets.extracts import ingest, load_extract_contract
started = time.monotonic()
counts = ingest(load_extract_contract(Path(sys.argv[1])), sys.argv[2], Path(sys.argv[3])).tables["orders"]
print(json.dumps({
    "seconds": time.monotonic() - started, "cpu_seconds": time.process_time(),
    "gigabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20,
    "rows_in": counts.rows_in, "rows_kept": counts.rows_kept,
}))
"""


def write_large(path, gigabytes):
    """Rows of a history until the file has its size; returns their number."""
    random = np.random.default_rng(1)
    rows, channels = 200_000, ("app", "shop")
    text = "".join(
        f"customer-{c:08d},2026-{m:02d}-{d:02d}T{h:02d}:15:00,{n},{a:.2f},{channels[n % 2]},a note {c}\n"
        for c, m, d, h, n, a in zip(
            random.integers(0, 2_000_000, rows), random.integers(1, 7, rows), random.integers(1, 28, rows),
            random.integers(0, 24, rows), random.integers(1, 9, rows), random.uniform(1, 500, rows), strict=True,
        )
    ).encode()  # fmt: skip
    times = max(1, round(gigabytes * 1e9 / len(text)))
    with path.open("wb") as file:
        file.write(b"client,at,items,amount,channel,note\n")
        for _ in range(times):
            file.write(text)
        os.fsync(file.fileno())
    return rows * times


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_gigabytes_in_bounded_memory(tmp_path):
    contract_of(HISTORY, tmp_path)
    rows = write_large(tmp_path / "orders.csv", GIGABYTES)
    if hasattr(os, "posix_fadvise"):
        with (tmp_path / "orders.csv").open("rb") as file:
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    started = time.monotonic()
    with (tmp_path / "orders.csv").open("rb", buffering=0) as file:
        while file.read(16 * 2**20):
            pass
    disk = time.monotonic() - started
    (tmp_path / "taken").mkdir()
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path / "contract.yaml"), str(tmp_path), str(tmp_path / "taken")],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    measured = json.loads(done.stdout)
    print(f"{GIGABYTES} GB: read alone {disk:.1f} s, {measured}")
    assert measured["rows_in"] == measured["rows_kept"] == rows
    assert measured["gigabytes"] <= MEMORY_LIMIT_GB
    # Processor time, as the clock of a shared machine says nothing; the disk alone is far quicker than parsing.
    assert GIGABYTES * 1000 / measured["cpu_seconds"] >= MEGABYTES_A_CPU_SECOND
