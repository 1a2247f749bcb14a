"""Memory that is written once and read by many."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from itertools import count

import numpy as np
import pytest

from swarmdsl.daemon.sheet import (
    ALIGNMENT_BYTES,
    SeenSheets,
    SheetPlace,
    Sheets,
    SheetUnseen,
    read_sheet,
)
from swarmdsl.wire.frames import Buffer
from tests.open_files import descriptors

ROOM = 1_000_000
IDS = count(1)
READ = """
import sys
from swarmdsl.daemon.sheet import SheetPlace, read_sheet
place = SheetPlace(bytes.fromhex(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), [5, 100_000])
print([bytes(one[:5]) for one in read_sheet(place)])
"""


@pytest.fixture
def sheets() -> Iterator[Sheets]:
    with Sheets(ROOM, lambda: next(IDS).to_bytes(16)) as sheets:
        yield sheets


def written(sheets: Sheets, *buffers: Buffer) -> SheetPlace:
    place = sheets.write(buffers)
    assert place is not None
    return place


def test_another_process_reads_what_was_written(sheets: Sheets) -> None:
    place = written(sheets, b"hello", bytes(100_000))
    words = [place.sheet.hex(), str(place.process), str(place.descriptor)]
    read = subprocess.run([sys.executable, "-c", READ, *words], capture_output=True, check=True)
    assert read.stdout.decode().strip() == repr([b"hello", bytes(5)])


def test_buffers_of_any_kind_and_none_come_back_each_by_itself_and_aligned(sheets: Sheets) -> None:
    array = np.arange(6.0).reshape(2, 3)
    place = written(sheets, b"abc", b"", array.data, bytearray(b"x"))
    found = read_sheet(place)
    assert [bytes(one) for one in found] == [b"abc", b"", array.tobytes(), b"x"]
    first = np.frombuffer(found[2], dtype=np.uint8)
    assert first.__array_interface__["data"][0] % ALIGNMENT_BYTES == 0
    assert read_sheet(written(sheets)) == []


def test_what_is_read_stays_when_the_sheet_is_taken_away_and_another_lies_there(
    sheets: Sheets,
) -> None:
    place = written(sheets, b"old")
    (old,) = read_sheet(place)
    sheets.take_away(place)
    other = written(sheets, b"new")
    assert other.descriptor == place.descriptor, "its number is used again"
    assert bytes(old) == b"old"
    with pytest.raises(SheetUnseen):
        read_sheet(place)
    sheets.take_away(place._replace(descriptor=2**20))  # nothing happens


def test_nobody_can_write_to_it_or_cut_it(sheets: Sheets) -> None:
    place = written(sheets, b"as it is")
    path = f"/proc/self/fd/{place.descriptor}"
    with pytest.raises(PermissionError):
        os.truncate(path, 0)
    opened = os.open(path, os.O_RDWR)
    with pytest.raises(PermissionError):
        os.write(opened, b"x")
    os.close(opened)
    assert read_sheet(place)[0].readonly


def test_what_is_no_such_sheet_is_not_read(sheets: Sheets) -> None:
    right = written(sheets, b"right")
    wrong = [
        right._replace(sheet=bytes(16)),
        right._replace(sizes=[ALIGNMENT_BYTES + 1]),
        right._replace(sizes=[2**70]),
        right._replace(process=2**22 + 1),
        right._replace(descriptor=2**20),
    ]
    for one in wrong:
        with pytest.raises(SheetUnseen):
            read_sheet(one)


def test_what_has_no_room_is_not_written(sheets: Sheets) -> None:
    before = descriptors()
    assert sheets.write([bytes(ROOM)]) is None
    assert descriptors() == before


def test_where_the_system_refuses_nothing_is_written(sheets: Sheets) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, hard))
    try:
        assert sheets.write([b"no more files"]) is None
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_a_sheet_that_cannot_be_filled_leaves_no_file(
    sheets: Sheets, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_descriptor: int, _data: object, _offset: int) -> int:
        raise OSError

    before = descriptors()
    monkeypatch.setattr(os, "pwrite", full)
    assert sheets.write([b"no memory"]) is None
    assert descriptors() == before


def test_at_the_end_all_are_taken_away() -> None:
    before = descriptors()
    with Sheets(ROOM, lambda: bytes(16)) as sheets:
        for _ in range(3):
            written(sheets, b"some")
        assert descriptors() == before + 3
    assert descriptors() == before


def test_all_sheets_together_have_no_more_than_there_may_be(sheets: Sheets) -> None:
    first = written(sheets, bytes(ROOM // 2))
    assert sheets.write([bytes(ROOM // 2)]) is None
    sheets.take_away(first)
    assert sheets.write([bytes(ROOM // 2)]) is not None


def test_however_many_read_a_sheet_it_is_one_open_file_until_all_let_go(sheets: Sheets) -> None:
    place, seen = written(sheets, b"for many"), SeenSheets()
    before = descriptors()
    views = [seen.read(place)[0] for _ in range(100)]
    assert descriptors() == before + 1
    assert {bytes(one) for one in views} == {b"for many"}
    views.clear()
    assert descriptors() == before


def test_no_more_sheets_are_read_than_there_is_room_for(sheets: Sheets) -> None:
    places, seen = [written(sheets, b"%d" % number) for number in range(3)], SeenSheets(2)
    kept = [seen.read(one) for one in places[:2]]
    assert not seen.has_room
    with pytest.raises(SheetUnseen):
        seen.read(places[2])
    assert [bytes(one) for one in seen.read(places[0])] == [b"0"]
    kept.clear()
    assert [bytes(one) for one in seen.read(places[2])] == [b"2"]


def test_a_sheet_that_is_known_is_not_cut_otherwise_than_it_was_written(sheets: Sheets) -> None:
    place, seen = written(sheets, b"right"), SeenSheets()
    kept = seen.read(place)
    with pytest.raises(SheetUnseen):
        seen.read(place._replace(sizes=[200]))
    assert bytes(kept[0]) == b"right"
