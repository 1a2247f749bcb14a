"""The file for what is kept beyond memory."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np

from swarmdsl.daemon.spill import SpillFile
from swarmdsl.wire.codec import Decoder, encode_values

FILE_BYTES_MAX = 10_000

# In a process of its own: the limit would hold for the log of the tests as well.
ON_A_SMALL_DISK = """
import resource, sys
from pathlib import Path

from swarmdsl.daemon.spill import SpillFile
from swarmdsl.errors import SpillFailed
from swarmdsl.wire.codec import encode_values

resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]),) * 2)
shelf = SpillFile(Path(sys.argv[1]))
kept = shelf.put(encode_values(["a" * 4_000]))
try:
    shelf.put(encode_values(["b" * 7_000]))
except SpillFailed as problem:
    print(problem)
assert shelf.get(kept) == encode_values(["a" * 4_000]), "what was kept before is lost"
"""


def test_payloads_come_back_as_they_were_in_any_order(tmp_path: Path) -> None:
    shelf = SpillFile(tmp_path)
    payloads = [encode_values([number, "x" * number]) for number in range(5)]
    tickets = [shelf.put(payload) for payload in payloads]
    assert [shelf.get(ticket) for ticket in reversed(tickets)] == payloads[::-1]


def test_arrays_and_empty_ones_come_back(tmp_path: Path) -> None:
    shelf = SpillFile(tmp_path)
    ticket = shelf.put(encode_values([np.arange(4.0), np.zeros((0, 3)), np.eye(2)]))
    found = Decoder(object).decode(shelf.get(ticket))
    assert [one.shape for one in found] == [(4,), (0, 3), (2, 2)]
    assert found[0].tolist() == [0.0, 1.0, 2.0, 3.0]


def test_the_file_is_emptied_when_nothing_on_it_is_needed(tmp_path: Path) -> None:
    shelf = SpillFile(tmp_path)
    first, second = (shelf.put(encode_values(["x" * 100])) for _ in range(2))
    shelf.drop(first)
    assert shelf.size > 200
    shelf.drop(second)
    assert shelf.size == 0
    assert shelf.get(shelf.put(encode_values([1]))) == encode_values([1])


def test_nothing_of_it_is_ever_seen_in_the_folder(tmp_path: Path) -> None:
    shelf = SpillFile(tmp_path)
    shelf.put(encode_values([1]))
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_told_with_the_folder_and_how_much(tmp_path: Path) -> None:
    told = subprocess.run(
        [sys.executable, "-c", ON_A_SMALL_DISK, str(tmp_path), str(FILE_BYTES_MAX)],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout
    needed = encode_values(["a" * 4_000]).size + encode_values(["b" * 7_000]).size
    assert told.startswith(f"{needed} bytes of pushes that are not confirmed yet")
    assert f"cannot be kept in {tmp_path}: File too large" in told
