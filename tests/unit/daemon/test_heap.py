"""How much of its freed memory a daemon keeps."""

from __future__ import annotations

import ctypes
import subprocess
import sys

import pytest

from swarmdsl.daemon.heap import FREED_BYTES_MAX, HEAP_PIECE_BYTES, keep_freed_memory

ROUNDS = """
import os, resource, sys
from swarmdsl.daemon.heap import keep_freed_memory
keep_freed_memory(os.environ)
def faults():
    pieces = [bytearray(4_000_000) for _ in range(4)]
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(3):
    before = faults()
print(faults() - before)
"""


def test_all_that_a_daemon_frees_in_a_round_of_some_megabytes_stays_with_it() -> None:
    if not hasattr(ctypes.CDLL(None), "mallopt"):
        pytest.skip("this C library has no such option")
    found = subprocess.run([sys.executable, "-c", ROUNDS], capture_output=True, check=True)
    assert int(found.stdout) < 100, "of some four thousand pages"


def test_a_piece_that_stays_is_smaller_than_all_that_stays() -> None:
    assert HEAP_PIECE_BYTES < FREED_BYTES_MAX


@pytest.mark.parametrize("name", ["MALLOC_TRIM_THRESHOLD_", "GLIBC_TUNABLES"])
def test_what_the_environment_says_holds(name: str) -> None:
    said: dict[int, int] = {}
    assert not keep_freed_memory({name: "1"}, said.__setitem__)
    assert not said
