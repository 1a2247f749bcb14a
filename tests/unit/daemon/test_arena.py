"""The arena of a process, and what others see of it, within one process."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from swarmdsl.daemon.arena import GROWTH_BYTES, HEADER_BYTES, Arena
from swarmdsl.daemon.borrowed_arenas import BorrowedArenas
from swarmdsl.daemon.huge_pages import HugeMap
from swarmdsl.errors import WireError
from swarmdsl.wire.arena.sharing import Announcement
from swarmdsl.wire.arena.slot import LENT_BYTES_MIN, Slot
from swarmdsl.wire.frames import Buffer
from tests.open_files import descriptors

LARGE = bytes(range(256)) * (LENT_BYTES_MIN // 256)
ROOM = HEADER_BYTES + 2 * LENT_BYTES_MIN  # for two
IDS = count(1)


def made(size: int = ROOM) -> Arena:
    return Arena(size, lambda: next(IDS).to_bytes(16))


@pytest.fixture
def arena() -> Iterator[Arena]:
    """One with room for two."""
    arena = made()
    yield arena
    arena.close()


@pytest.fixture
def reader() -> BorrowedArenas:
    """Another process, as far as anybody can tell."""
    return BorrowedArenas(os.getpid())


def announced(arena: Arena) -> Announcement:
    found = arena.announcement()
    assert found is not None
    return found


def slot_of(arena: Arena, buffer: Buffer) -> Slot:
    slot = arena.slot_of(buffer)
    assert slot is not None
    return slot


def test_what_is_kept_stays_as_it_was(arena: Arena) -> None:
    given = bytearray(LARGE)
    kept = arena.keep(given)
    given[:] = bytes(len(LARGE))
    assert kept == LARGE
    assert arena.slots_in_use == 1


def test_what_nobody_keeps_leaves_its_room_to_the_next(arena: Arena) -> None:
    offsets = {slot_of(arena, arena.keep(LARGE)).offset for _ in range(10)}
    assert offsets == {HEADER_BYTES}


def test_what_is_small_is_copied_and_makes_no_arena(arena: Arena) -> None:
    assert type(arena.keep(LARGE[1:])) is bytes
    assert arena.announcement() is None


def test_what_finds_no_room_is_copied(arena: Arena) -> None:
    kept = [arena.keep(LARGE) for _ in range(3)]
    assert [type(one) for one in kept] == [memoryview, memoryview, bytes]
    assert kept[0] == kept[2]
    assert type(arena.keep(bytes(ROOM))) is bytes


def test_without_an_arena_all_is_copied() -> None:
    none = made(0)
    assert type(none.keep(LARGE)) is bytes
    assert none.announcement() is None


def test_where_the_system_gives_no_memory_all_is_copied(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> int:
        raise OSError("no")

    monkeypatch.setattr(os, "memfd_create", refuse)
    refused = made()
    assert type(refused.keep(LARGE)) is bytes
    assert refused.announcement() is None


def test_where_memory_ends_what_comes_is_copied(monkeypatch: pytest.MonkeyPatch) -> None:
    arena = made(3 * GROWTH_BYTES)
    kept = arena.keep(LARGE)

    def refuse(*_: object) -> None:
        raise OSError("no more")

    monkeypatch.setattr(os, "posix_fallocate", refuse)
    assert type(arena.keep(bytes(GROWTH_BYTES))) is bytes
    assert type(arena.keep(LARGE)) is memoryview
    assert kept == LARGE
    arena.close()


def test_where_large_pages_are_refused_they_are_not_asked_for_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[int] = []

    def refuse(_map: HugeMap, _descriptor: int, first: int, _end: int) -> bool:
        asked.append(first)
        return False

    monkeypatch.setattr(HugeMap, "gather_pages", refuse)
    arena = made(3 * GROWTH_BYTES)
    kept = [arena.keep(bytes(GROWTH_BYTES)) for _ in range(2)]
    assert [type(one) for one in kept] == [memoryview, memoryview]
    assert asked == [0]
    del kept
    arena.close()


def test_others_read_what_is_kept_where_it_lies(arena: Arena, reader: BorrowedArenas) -> None:
    kept = arena.keep(LARGE)
    assert reader.open("owner", announced(arena))
    view = reader.view("owner", slot_of(arena, kept))
    assert view == LARGE
    assert view.readonly
    with pytest.raises(TypeError, match="read-only"):
        view[0] = 1


def test_a_reader_knows_what_it_holds_and_what_it_has_let_go(
    arena: Arena, reader: BorrowedArenas
) -> None:
    slots = [slot_of(arena, kept) for kept in [arena.keep(LARGE), arena.keep(LARGE)]]
    reader.open("owner", announced(arena))
    first, second = (reader.view("owner", slot) for slot in slots)
    assert reader.held("owner") == slots
    assert reader.take_returned() == []
    del first
    assert reader.take_returned() == [("owner", slots[0])]
    assert reader.held("owner") == slots[1:]
    assert second == LARGE


def test_a_slot_outside_of_an_arena_is_no_buffer(arena: Arena, reader: BorrowedArenas) -> None:
    arena.keep(LARGE)
    reader.open("owner", announced(arena))
    for slot in (Slot(ROOM, 1, 1), Slot(0, ROOM + 1, 1), Slot(2**62, 2**62, 1)):
        with pytest.raises(WireError, match="of no arena"):
            reader.view("owner", slot)
    with pytest.raises(WireError, match="of no arena"):
        reader.view("stranger", Slot(HEADER_BYTES, 1, 1))
    assert reader.held("owner") == reader.held("stranger") == []


def test_what_is_no_arena_is_not_mapped(
    arena: Arena, reader: BorrowedArenas, tmp_path: Path
) -> None:
    arena.keep(LARGE)
    right = announced(arena)
    ordinary = os.open(tmp_path / "file", os.O_RDWR | os.O_CREAT)
    unsealed = os.memfd_create("unsealed")
    for one in (ordinary, unsealed):
        os.truncate(one, ROOM)
    others = (ordinary, unsealed, *os.pipe())
    wrong = [
        right._replace(arena=bytes(16)),
        right._replace(size=ROOM + 1),
        right._replace(process=2**22 + 1),
        right._replace(descriptor=2**20),
        *(right._replace(descriptor=one) for one in others),
    ]
    assert not any(reader.open("owner", one) for one in wrong)
    for one in others:
        os.close(one)


def test_nobody_but_its_owner_can_write_to_an_arena_or_cut_it(arena: Arena) -> None:
    arena.keep(LARGE)
    path = f"/proc/self/fd/{announced(arena).descriptor}"
    with pytest.raises(PermissionError):
        os.truncate(path, 0)
    opened = os.open(path, os.O_RDWR)
    with pytest.raises(PermissionError):
        os.write(opened, b"x")
    os.close(opened)


def test_views_outlive_the_arena_and_its_successor(arena: Arena, reader: BorrowedArenas) -> None:
    kept = arena.keep(LARGE)
    reader.open("owner", announced(arena))
    view = reader.view("owner", slot_of(arena, kept))
    arena.close()
    other = made()
    kept_there = other.keep(bytes(LENT_BYTES_MIN))
    assert reader.open("owner", announced(other))
    assert view == LARGE
    assert reader.view("owner", slot_of(other, kept_there)) == bytes(LENT_BYTES_MIN)
    del view
    assert [slot for _, slot in reader.take_returned()] == [slot_of(other, kept_there)]
    other.close()


def test_the_same_arena_is_mapped_once_and_what_is_held_of_it_stays_known(
    arena: Arena, reader: BorrowedArenas
) -> None:
    slot = slot_of(arena, arena.keep(LARGE))
    reader.open("owner", announced(arena))
    view = reader.view("owner", slot)
    assert reader.open("owner", announced(arena))
    assert reader.held("owner") == [slot]
    assert len(view) == len(LARGE)


def test_a_reader_that_has_died_frees_what_it_held(arena: Arena) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        arena.settled("reader", process.pid, [])
        for _ in range(2):
            arena.lend("reader", slot_of(arena, arena.keep(LARGE)))
        assert type(arena.keep(LARGE)) is bytes
        process.kill()
    assert type(arena.keep(LARGE)) is memoryview


def test_a_reader_that_has_died_before_it_is_looked_for_holds_nothing(arena: Arena) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        pass
    arena.lend("reader", slot_of(arena, arena.keep(LARGE)))
    arena.settled("reader", process.pid, [slot_of(arena, arena.keep(LARGE))])
    assert not arena.has_lent("reader")


def test_a_reader_that_cannot_be_watched_keeps_what_it_holds_until_it_says_otherwise(
    arena: Arena, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_process: int) -> int:
        raise OSError("too many files")

    monkeypatch.setattr(os, "pidfd_open", refuse)
    kept = [arena.keep(LARGE), arena.keep(LARGE)]
    for one in kept:
        arena.lend("reader", slot_of(arena, one))
    arena.settled("reader", os.getpid(), [slot_of(arena, kept[0])])
    del one
    kept.clear()
    assert arena.slots_in_use == 1


def test_an_arena_leaves_no_descriptor_and_nothing_where_shared_memory_has_names() -> None:
    before, named = descriptors(), {*Path("/dev/shm").iterdir()}
    arena = made()
    reader = BorrowedArenas(os.getpid())
    kept = arena.keep(LARGE)
    reader.open("owner", announced(arena))
    arena.settled("reader", os.getpid(), [])
    view = reader.view("owner", slot_of(arena, kept))
    assert {*Path("/dev/shm").iterdir()} == named
    arena.close()
    del view, kept
    assert descriptors() - before <= 1  # the reader's map has one of its own
    del reader
    assert descriptors() == before


def test_memory_is_asked_for_as_it_is_needed() -> None:
    arena = made(64 * GROWTH_BYTES)
    kept = arena.keep(LARGE)
    blocks = os.fstat(announced(arena).descriptor).st_blocks
    assert blocks * 512 == GROWTH_BYTES
    assert len(kept) == len(LARGE)
    arena.close()
