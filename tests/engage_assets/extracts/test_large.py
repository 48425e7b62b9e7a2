"""A CSV of gigabytes is taken in within bounded memory, at a known speed."""

import json
import os
import subprocess
import sys
import time

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv
import pytest

from tests.engage_assets.extracts.small_extracts import HISTORY, contract_of

GIGABYTES = float(os.environ.get("ENGAGE_TEST_GIGABYTES", "5"))
MEMORY_LIMIT_GB = 2.0
MEGABYTES_A_CPU_SECOND = 60.0
TIMES_THE_PARSER = 3.0
"""Against Arrow's parser alone, on one thread, with the same types, in processor time."""

PROGRAM = """
import json, resource, sys, time
from pathlib import Path
from engage_assets.extracts import ingest, load_extract_contract
contract = load_extract_contract(Path(sys.argv[1]))
started, worked = time.monotonic(), time.process_time()
counts = ingest(contract, sys.argv[2], Path(sys.argv[3])).tables["orders"]
print(json.dumps({
    "seconds": time.monotonic() - started, "cpu_seconds": time.process_time() - worked,
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


def parsed_alone(path):
    """(seconds, processor seconds) of Arrow's parser on the same columns and types; the rows go nowhere."""
    types = {"client": pa.string(), "at": pa.timestamp("us"), "items": pa.int64(), "amount": pa.float64()}
    types["channel"] = pa.string()
    started, worked = time.monotonic(), time.process_time()
    reader = pacsv.open_csv(
        path,
        read_options=pacsv.ReadOptions(use_threads=False, block_size=16 * 2**20),
        convert_options=pacsv.ConvertOptions(column_types=types, include_columns=list(types)),
    )
    for _ in reader:
        pass
    return time.monotonic() - started, time.process_time() - worked


def forget(path):
    """Has the next reader fetch the file from the disk."""
    if hasattr(os, "posix_fadvise"):
        with path.open("rb") as file:
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_gigabytes_in_bounded_memory(tmp_path):
    contract_of(HISTORY, tmp_path)
    rows = write_large(tmp_path / "orders.csv", GIGABYTES)
    forget(tmp_path / "orders.csv")
    started = time.monotonic()
    with (tmp_path / "orders.csv").open("rb", buffering=0) as file:
        while file.read(16 * 2**20):
            pass
    disk = time.monotonic() - started
    forget(tmp_path / "orders.csv")
    parsing, parsing_cpu = parsed_alone(tmp_path / "orders.csv")
    forget(tmp_path / "orders.csv")
    (tmp_path / "taken").mkdir()
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path / "contract.yaml"), str(tmp_path), str(tmp_path / "taken")],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    measured = json.loads(done.stdout)
    print(
        f"{GIGABYTES} GB: read alone {disk:.1f} s; parsed by Arrow alone {parsing:.1f} s, {parsing_cpu:.1f} s of "
        f"processor; {measured}"
    )
    assert measured["rows_in"] == measured["rows_kept"] == rows
    assert measured["gigabytes"] <= MEMORY_LIMIT_GB
    # Processor time, as the clock of a shared machine says nothing.
    assert GIGABYTES * 1000 / measured["cpu_seconds"] >= MEGABYTES_A_CPU_SECOND
    assert measured["cpu_seconds"] <= TIMES_THE_PARSER * parsing_cpu
