"""Shared memory in pages of 2 MiB: asked for, and as good without."""

from __future__ import annotations

import mmap
import os
import platform
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from swarmdsl.daemon.huge_pages import HUGE_BYTES, gather_pages, mapped_for_huge_pages

KERNEL = tuple(int(part) for part in platform.release().split(".")[:2])
SIZE = 4 * HUGE_BYTES
BOTH = mmap.PROT_READ | mmap.PROT_WRITE


@pytest.fixture
def file() -> Iterator[int]:
    """Four stretches of anonymous memory, without a page."""
    descriptor = os.memfd_create("pages")
    os.ftruncate(descriptor, SIZE)
    yield descriptor
    os.close(descriptor)


def address(memory: mmap.mmap) -> int:
    found: int = np.frombuffer(memory, dtype=np.uint8).__array_interface__["data"][0]
    return found


def allocated(file: int) -> int:
    return os.fstat(file).st_blocks * 512


def in_huge_pages(memory: mmap.mmap) -> int:
    """How many bytes of a map this process sees in huge pages."""
    first = f"{address(memory):x}-"
    maps = Path("/proc/self/smaps").read_text()
    (own,) = [one for one in maps.split("VmFlags") if re.search(rf"^{first}", one, re.MULTILINE)]
    return 1024 * sum(int(kib) for kib in re.findall(r"(?:Shmem|File)PmdMapped: +(\d+)", own))


def test_a_map_lies_at_a_multiple_of_a_page(file: int) -> None:
    assert address(mapped_for_huge_pages(file, SIZE, BOTH)) % HUGE_BYTES == 0


def test_what_goes_between_two_maps_is_there_for_a_moment(file: int) -> None:
    before = len(Path("/proc/self/maps").read_text().splitlines())
    memory = mapped_for_huge_pages(file, SIZE, BOTH)
    after = len(Path("/proc/self/maps").read_text().splitlines())
    assert after <= before + 1
    assert len(memory) == SIZE


def test_a_map_shows_the_file_whatever_is_written_to_either(file: int) -> None:
    os.pwrite(file, b"before", 0)
    writing, reading = (mapped_for_huge_pages(file, SIZE, kind) for kind in (BOTH, mmap.PROT_READ))
    writing[SIZE - 5 :] = b"later"
    assert reading[:6] == b"before"
    assert os.pread(file, 5, SIZE - 5) == b"later"


def test_small_files_are_mapped_wherever(file: int) -> None:
    assert len(mapped_for_huge_pages(file, mmap.PAGESIZE, BOTH)) == mmap.PAGESIZE


@pytest.mark.skipif(KERNEL < (6, 1), reason="Linux 6.1 is the first that gathers pages")
def test_stretches_that_are_gathered_keep_what_is_in_them(file: int) -> None:
    memory = mapped_for_huge_pages(file, SIZE, BOTH)
    memory[HUGE_BYTES + 7] = 1
    assert gather_pages(memory, file, 0, 2 * HUGE_BYTES)
    assert (memory[HUGE_BYTES + 7], memory[HUGE_BYTES + 8], memory[3]) == (1, 0, 0)
    assert in_huge_pages(memory) == 2 * HUGE_BYTES
    assert allocated(file) == 2 * HUGE_BYTES


@pytest.mark.skipif(KERNEL < (6, 1), reason="Linux 6.1 is the first that gathers pages")
def test_only_whole_stretches_are_gathered(file: int) -> None:
    memory = mapped_for_huge_pages(file, SIZE, BOTH)
    assert gather_pages(memory, file, 64, HUGE_BYTES + 64)
    assert allocated(file) == 0
    assert gather_pages(memory, file, 64, 2 * HUGE_BYTES + 64)
    assert allocated(file) == HUGE_BYTES


def test_what_is_refused_is_told_and_leaves_the_memory_as_good(file: int) -> None:
    memory = mmap.mmap(file, SIZE)
    there = os.open(os.devnull, os.O_RDWR)
    try:
        assert not gather_pages(memory, there, 0, SIZE)
    finally:
        os.close(there)
    memory[SIZE - 1] = 1
    assert memory[SIZE - 1] == 1
