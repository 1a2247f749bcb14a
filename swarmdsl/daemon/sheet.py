"""Memory that is written once, for as many processes of the host as look at it.

What lies in an arena is given back by each of its readers, and its place used again. A sheet is
sealed: it is never written to again, so nobody has to say when they are done, and it goes with the
last process that has it mapped. It is for what many read.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Sequence
from itertools import accumulate
from mmap import mmap
from typing import NamedTuple, Self
from weakref import WeakValueDictionary

from swarmdsl.daemon.mapping import mapped_whole
from swarmdsl.wire.arena.sharing import Announcement
from swarmdsl.wire.arena.slot import ArenaId
from swarmdsl.wire.frames import Buffer

ALIGNMENT_BYTES = 64  # of each buffer; the first lies behind the id
SEEN_MAX = 64  # sheets that a process has mapped at a time


class SheetPlace(NamedTuple):
    """Where others find a sheet, and what lies on it.

    Attributes:
        sheet: 16 random bytes, with which it begins.
        process: that wrote it, as the system numbers it.
        descriptor: of its memory, in that process.
        sizes: of its buffers, in bytes.
    """

    sheet: ArenaId
    process: int
    descriptor: int
    sizes: list[int]


class SheetUnseen(Exception):
    """A sheet cannot be read from here: it is another host's, or it is there no more."""


class Sheets:
    """Writes sheets, and keeps each until it is taken away.

    Args:
        size_max: of all that are there, in bytes; what would be more is not written.
        new_id: makes 16 random bytes.

    >>> import os
    >>> with Sheets(1_000_000, lambda: os.urandom(16)) as sheets:
    ...     place = sheets.write([b"once", b"for many"])
    ...     seen = read_sheet(place)
    >>> [bytes(one) for one in seen]  # it has been taken away, and who looks at it still may
    [b'once', b'for many']
    """

    def __init__(self, size_max: int, new_id: Callable[[], bytes]) -> None:
        self._size_max = size_max
        self._new_id = new_id
        self._open: dict[int, int] = {}  # how large each is, by descriptor

    def write(self, buffers: Sequence[Buffer]) -> SheetPlace | None:
        """Write these, one after the other; None if they are too many, or the system refuses."""
        sizes = [memoryview(one).nbytes for one in buffers]
        *offsets, end = _offsets(sizes)
        if sum(self._open.values()) + end > self._size_max:
            return None
        try:
            descriptor = os.memfd_create("swarm-sheet", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        except OSError:  # as where such memory is forbidden, or no more files may be open
            return None
        sheet = self._new_id()
        try:
            os.ftruncate(descriptor, end)
            for offset, buffer in zip((0, *offsets), (sheet, *buffers), strict=True):
                _write(descriptor, memoryview(buffer).cast("B"), offset)
            _seal(descriptor)
        except OSError:
            os.close(descriptor)
            return None
        self._open[descriptor] = end
        return SheetPlace(sheet, os.getpid(), descriptor, sizes)

    def take_away(self, place: SheetPlace) -> None:
        """Nobody else finds it from now on."""
        if self._open.pop(place.descriptor, None) is not None:
            os.close(place.descriptor)

    def close(self) -> None:
        """Take all away."""
        for descriptor in self._open:
            os.close(descriptor)
        self._open.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class SeenSheets:
    """The sheets that a process has mapped: each once, however many of its instances read it.

    Each is an open file, so it has no more than so many; a task that keeps arrays keeps theirs.

    Args:
        count_max: of sheets.
    """

    def __init__(self, count_max: int = SEEN_MAX) -> None:
        self._count_max = count_max
        self._seen: WeakValueDictionary[bytes, mmap] = WeakValueDictionary()

    @property
    def has_room(self) -> bool:
        """Whether another one can be read."""
        return len(self._seen) < self._count_max

    def read(self, place: SheetPlace) -> list[memoryview]:
        """The buffers of a sheet, to be read: they are there as long as anything refers to them.

        Raises:
            SheetUnseen: there is no such sheet, as far as can be seen from here, or no room.
        """
        memory = self._seen.get(place.sheet)
        if memory is None:
            if not self.has_room:
                raise SheetUnseen
            memory = self._seen[place.sheet] = _mapped(place)
        return _cut(memory, place)


def read_sheet(place: SheetPlace) -> list[memoryview]:
    """The buffers of one sheet; raises as `SeenSheets.read` does."""
    return _cut(_mapped(place), place)


def _mapped(place: SheetPlace) -> mmap:
    *_, end = _offsets(place.sizes)
    announced = Announcement(place.sheet, place.process, place.descriptor, end)
    try:
        return mapped_whole(announced)
    except (OSError, ValueError, OverflowError) as error:
        raise SheetUnseen from error


def _cut(memory: mmap, place: SheetPlace) -> list[memoryview]:
    *offsets, end = _offsets(place.sizes)
    if end != len(memory):
        raise SheetUnseen
    view = memoryview(memory)
    pairs = zip(offsets, place.sizes, strict=True)
    return [view[offset : offset + size] for offset, size in pairs]


def _offsets(sizes: Sequence[int]) -> list[int]:
    """Where each buffer begins, and where the last ends.

    >>> _offsets([1, 64])
    [64, 128, 192]
    """
    rooms = (-(-size // ALIGNMENT_BYTES) * ALIGNMENT_BYTES for size in sizes)
    return [*accumulate(rooms, initial=ALIGNMENT_BYTES)]


def _write(descriptor: int, data: memoryview, offset: int) -> None:
    while data:
        written = os.pwrite(descriptor, data, offset)
        data, offset = data[written:], offset + written


def _seal(descriptor: int) -> None:
    # Looked up here: this module is loaded where there is no Linux, too.
    size = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW
    fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, size | fcntl.F_SEAL_WRITE | fcntl.F_SEAL_SEAL)
