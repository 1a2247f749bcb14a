"""Shared memory in pages of 2 MiB: asked for, and as good without."""

from __future__ import annotations

import ctypes
import mmap
import os
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from swarmdsl.daemon.arena import GROWTH_BYTES, Arena
from swarmdsl.daemon.borrowed_arenas import BorrowedArenas
from swarmdsl.daemon.huge_pages import (
    GATHER_S,
    HUGE_BYTES,
    gather_pages,
    mapped_for_huge_pages,
)
from swarmdsl.wire.arena.slot import LENT_BYTES_MIN

SIZE = 4 * HUGE_BYTES
BOTH = mmap.PROT_READ | mmap.PROT_WRITE
_MADV_COLLAPSE = 25
_PR_SET_THP_DISABLE = 41


def gathers() -> bool:
    """Whether this system gathers pages at all: asked of memory of one process alone."""
    memory = mmap.mmap(-1, SIZE, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    first = -address(memory) % HUGE_BYTES
    memory[first] = 1
    try:
        memory.madvise(_MADV_COLLAPSE, first, HUGE_BYTES)
    except OSError:
        return False
    return "[deny]" not in Path(_SHMEM).read_text()


_SHMEM = "/sys/kernel/mm/transparent_hugepage/shmem_enabled"


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
    before = nameless_and_read_only()
    kept = [mapped_for_huge_pages(file, SIZE, BOTH) for _ in range(3)]
    assert nameless_and_read_only() == before
    assert [len(one) for one in kept] == [SIZE] * 3


def nameless_and_read_only() -> int:
    lines = Path("/proc/self/maps").read_text().splitlines()
    return sum(" r--p 00000000 00:00 0" in line for line in lines)


def test_where_a_process_may_have_no_more_memory_a_map_lies_wherever(
    file: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, made = mmap.mmap, list[int]()

    def refuses(descriptor: int, *rest: int) -> mmap.mmap:
        made.append(descriptor)
        if descriptor == -1:
            raise OSError("no more")
        return real(descriptor, *rest)

    monkeypatch.setattr("swarmdsl.daemon.huge_pages.HUGE_BYTES", 7 * mmap.PAGESIZE)
    monkeypatch.setattr(mmap, "mmap", refuses)
    maps = [mapped_for_huge_pages(file, SIZE, BOTH) for _ in range(3)]
    assert -1 in made
    assert [one.closed for one in maps] == [False] * 3


def test_a_map_shows_the_file_whatever_is_written_to_either(file: int) -> None:
    os.pwrite(file, b"before", 0)
    writing, reading = (mapped_for_huge_pages(file, SIZE, kind) for kind in (BOTH, mmap.PROT_READ))
    writing[SIZE - 5 :] = b"later"
    assert reading[:6] == b"before"
    assert os.pread(file, 5, SIZE - 5) == b"later"


def test_small_files_are_mapped_wherever(file: int) -> None:
    assert len(mapped_for_huge_pages(file, mmap.PAGESIZE, BOTH)) == mmap.PAGESIZE


@pytest.mark.skipif("not gathers()", reason="this system gathers no pages")
def test_stretches_that_are_gathered_keep_what_is_in_them(file: int) -> None:
    memory = mapped_for_huge_pages(file, SIZE, BOTH)
    memory[HUGE_BYTES + 7] = 1
    assert gather_pages(memory, file, 0, 2 * HUGE_BYTES)
    assert (memory[HUGE_BYTES + 7], memory[HUGE_BYTES + 8], memory[3]) == (1, 0, 0)
    assert in_huge_pages(memory) == 2 * HUGE_BYTES
    assert allocated(file) == 2 * HUGE_BYTES


@pytest.mark.skipif("not gathers()", reason="this system gathers no pages")
def test_only_whole_stretches_are_gathered(file: int) -> None:
    memory = mapped_for_huge_pages(file, SIZE, BOTH)
    assert gather_pages(memory, file, 64, HUGE_BYTES + 64)
    assert allocated(file) == 0
    assert gather_pages(memory, file, 64, 2 * HUGE_BYTES + 64)
    assert allocated(file) == HUGE_BYTES


@pytest.fixture
def no_huge_pages() -> Iterator[None]:
    """This process may have none."""
    libc = ctypes.CDLL(None)
    libc.prctl(_PR_SET_THP_DISABLE, 1, 0, 0, 0)
    yield
    libc.prctl(_PR_SET_THP_DISABLE, 0, 0, 0, 0)


@pytest.mark.usefixtures("no_huge_pages")
def test_what_is_refused_is_told_and_leaves_the_memory_as_good(file: int) -> None:
    memory = mapped_for_huge_pages(file, SIZE, BOTH)
    memory[7] = 1
    assert not gather_pages(memory, file, 0, SIZE)
    memory[SIZE - 1] = 2
    assert (memory[7], memory[SIZE - 1], in_huge_pages(memory)) == (1, 2, 0)


def test_where_there_is_no_memory_now_there_may_be_later(file: int) -> None:
    memory = mapped_for_huge_pages(file, SIZE, BOTH)
    there = os.open(os.devnull, os.O_RDWR)
    try:
        assert gather_pages(memory, there, 0, SIZE)
    finally:
        os.close(there)


@pytest.mark.skipif("not gathers()", reason="this system gathers no pages")
def test_none_is_gathered_when_the_time_is_over(file: int) -> None:
    memory = mapped_for_huge_pages(file, SIZE, BOTH)
    times = iter([0.0, 0.0, 2 * GATHER_S])
    assert gather_pages(memory, file, 0, SIZE, lambda: next(times))
    assert allocated(file) == HUGE_BYTES


def test_an_arena_lies_there_for_its_owner_and_its_readers() -> None:
    arena, reader = Arena(SIZE, lambda: bytes(range(16))), BorrowedArenas(os.getpid())
    kept = arena.keep(bytes(LENT_BYTES_MIN))
    slot, announced = arena.slot_of(kept), arena.announcement()
    assert slot is not None
    assert announced is not None
    assert reader.open("owner", announced)
    for view in (kept, reader.view("owner", slot)):
        first: int = np.frombuffer(view, dtype=np.uint8).__array_interface__["data"][0]
        assert (first - slot.offset) % HUGE_BYTES == 0
    if gathers():
        assert allocated(announced.descriptor) == GROWTH_BYTES
        maps = Path("/proc/self/smaps").read_text().split("VmFlags")
        ours = [one for one in maps if "swarm-arena" in one]
        assert any(re.search(r"ShmemPmdMapped: +[1-9]", one) for one in ours)
    arena.close()
