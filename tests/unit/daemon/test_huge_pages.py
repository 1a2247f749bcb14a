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
    mapped_for_huge_pages,
)
from swarmdsl.wire.arena.slot import LENT_BYTES_MIN

SIZE = 4 * HUGE_BYTES
BOTH = mmap.PROT_READ | mmap.PROT_WRITE
_MADV_COLLAPSE = 25
_PR_SET_THP_DISABLE = 41


def at_once() -> float:
    """A clock that stands: however long it takes."""
    return 0.0


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


def address(memory: mmap.mmap | memoryview) -> int:
    found: int = np.frombuffer(memory, dtype=np.uint8).__array_interface__["data"][0]
    return found


def allocated(file: int) -> int:
    return os.fstat(file).st_blocks * 512


def in_huge_pages(memory: memoryview) -> int:
    """How many bytes of a map this process sees in huge pages."""
    first = f"{address(memory):x}-"
    maps = Path("/proc/self/smaps").read_text()
    (own,) = [one for one in maps.split("VmFlags") if re.search(rf"^{first}", one, re.MULTILINE)]
    return 1024 * sum(int(kib) for kib in re.findall(r"(?:Shmem|File)PmdMapped: +(\d+)", own))


def test_a_map_lies_at_a_multiple_of_a_page_and_goes_with_the_last_who_has_some_of_it(
    file: int,
) -> None:
    before = maps_of_pages()
    kept = [mapped_for_huge_pages(file, SIZE, BOTH).memory[HUGE_BYTES:] for _ in range(3)]
    assert [address(one) % HUGE_BYTES for one in kept] == [0, 0, 0]
    assert maps_of_pages() == before + 3
    kept.clear()
    assert maps_of_pages() == before


def maps_of_pages() -> int:
    return Path("/proc/self/maps").read_text().count("/memfd:pages")


def test_where_a_process_may_have_no_more_memory_a_map_lies_wherever(
    file: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = mmap.mmap

    def refuses(descriptor: int, *rest: int) -> mmap.mmap:
        if descriptor == -1:
            raise OSError("no more")
        return real(descriptor, *rest)

    monkeypatch.setattr(mmap, "mmap", refuses)
    memory = mapped_for_huge_pages(file, SIZE, BOTH).memory
    memory[SIZE - 1] = 7
    assert os.pread(file, 1, SIZE - 1) == bytes([7])


def test_what_cannot_be_mapped_is_an_error() -> None:
    with pytest.raises(OSError, match="Bad file descriptor"):
        mapped_for_huge_pages(987_654, SIZE, BOTH)


def test_a_map_shows_the_file_whatever_is_written_to_either(file: int) -> None:
    os.pwrite(file, b"before", 0)
    writing, reading = (
        mapped_for_huge_pages(file, SIZE, kind).memory for kind in (BOTH, mmap.PROT_READ)
    )
    writing[SIZE - 5 :] = b"later"
    assert bytes(reading[:6]) == b"before"
    assert reading.readonly
    assert os.pread(file, 5, SIZE - 5) == b"later"


def test_small_files_are_mapped_wherever(file: int) -> None:
    assert len(mapped_for_huge_pages(file, mmap.PAGESIZE, BOTH).memory) == mmap.PAGESIZE


@pytest.mark.skipif("not gathers()", reason="this system gathers no pages")
def test_stretches_that_are_gathered_keep_what_is_in_them(file: int) -> None:
    one = mapped_for_huge_pages(file, SIZE, BOTH)
    memory = one.memory
    memory[HUGE_BYTES + 7] = 1
    assert one.gather_pages(file, 0, 2 * HUGE_BYTES, at_once)
    assert (memory[HUGE_BYTES + 7], memory[HUGE_BYTES + 8], memory[3]) == (1, 0, 0)
    assert in_huge_pages(memory) == 2 * HUGE_BYTES
    assert allocated(file) == 2 * HUGE_BYTES


@pytest.mark.skipif("not gathers()", reason="this system gathers no pages")
def test_only_whole_stretches_are_gathered(file: int) -> None:
    one = mapped_for_huge_pages(file, SIZE, BOTH)
    assert one.gather_pages(file, 64, HUGE_BYTES + 64)
    assert allocated(file) == 0
    assert one.gather_pages(file, 64, 2 * HUGE_BYTES + 64, at_once)
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
    one = mapped_for_huge_pages(file, SIZE, BOTH)
    memory = one.memory
    memory[7] = 1
    assert not one.gather_pages(file, 0, SIZE)
    memory[SIZE - 1] = 2
    assert (memory[7], memory[SIZE - 1], in_huge_pages(memory)) == (1, 2, 0)


def test_where_there_is_no_memory_now_there_may_be_later(file: int) -> None:
    one = mapped_for_huge_pages(file, SIZE, BOTH)
    there = os.open(os.devnull, os.O_RDWR)
    try:
        assert one.gather_pages(there, 0, SIZE)
    finally:
        os.close(there)


@pytest.mark.skipif("not gathers()", reason="this system gathers no pages")
def test_none_is_gathered_when_the_time_is_over(file: int) -> None:
    one = mapped_for_huge_pages(file, SIZE, BOTH)
    times = iter([0.0, 0.0, 2 * GATHER_S])
    assert one.gather_pages(file, 0, SIZE, lambda: next(times))
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
