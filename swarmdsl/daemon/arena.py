"""The arena of this process: anonymous memory where large buffers lie until their receivers let go.

The memory has no name: nothing is left of it when the last process that sees it has ended, however.
It is made when it is first needed, and grows by what is in use at once, up to its size, in pages
of 2 MiB where the system has them.
"""

from __future__ import annotations

import fcntl
import mmap
import os
import select
from collections import deque
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from swarmdsl.daemon.huge_pages import HugeMap, mapped_for_huge_pages
from swarmdsl.daemon.slot_view import Gone, slot_of, view_of
from swarmdsl.wire.arena.allocator import Allocator
from swarmdsl.wire.arena.loans import Loans
from swarmdsl.wire.arena.sharing import Announcement, ArenaCounts
from swarmdsl.wire.arena.slot import LENT_BYTES_MIN, Slot
from swarmdsl.wire.frames import Buffer

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

HEADER_BYTES = 64  # of which the first 16 are the arena's id
GROWTH_BYTES = 4 * 1024 * 1024
"""Memory is asked for in such steps: to touch pages that are there already is much cheaper."""

_READ_WRITE = mmap.PROT_READ | mmap.PROT_WRITE
# From linux/fcntl.h; the size is final, and nobody maps it to write from now on but its owner.
_SEAL_FUTURE_WRITE = 0x10
_SEALS = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL


class Arena:
    """Lends large buffers to other processes of this host, as `Lender` says.

    Args:
        size: in bytes; 0 is none, and everything is copied.
        new_id: makes 16 random bytes.

    Attributes:
        counts: how large buffers have travelled.

    >>> arena = Arena(1_000_000, lambda: bytes(16))
    >>> buffer = arena.keep(bytes(100_000))
    >>> arena.slot_of(buffer)
    Slot(offset=64, size=100000, generation=1)
    >>> arena.slot_of(arena.keep(b"small")) is None
    True
    """

    def __init__(self, size: int, new_id: Callable[[], bytes]) -> None:
        self.counts = ArenaCounts()
        self._size = size
        self._new_id = new_id
        self._allocator = Allocator(size, HEADER_BYTES)
        self._loans = Loans(self._allocator)
        self._gone: Gone = deque()
        self._readers: dict[str, int] = {}  # a pidfd of each
        self._announcement: Announcement | None = None
        self._memory: NDArray[np.uint8] | None = None
        self._map: HugeMap | None = None
        self._writable = memoryview(b"")
        self._grown = 0
        self._failed = False
        self._in_huge_pages = True  # until that is refused

    @property
    def slots_in_use(self) -> int:
        """How many are kept here, or lent."""
        self._take_back()
        return self._loans.slots

    def keep(self, buffer: Buffer) -> Buffer:
        """A copy of a buffer, as it is now: in the arena if it is large and there is room."""
        size = memoryview(buffer).nbytes
        slot = self._take(size) if LENT_BYTES_MIN <= size <= self._size else None
        if slot is None:
            return bytes(buffer)
        self._writable[slot.offset : slot.offset + size] = buffer
        assert self._memory is not None, "there is a slot"
        return view_of(self._memory, slot, self._gone)

    def _take(self, size: int) -> Slot | None:
        self._take_back()
        if self._memory is None and not self._is_made():
            return None
        slot = self._loans.take(size)
        if slot is None and self._reclaim():
            slot = self._loans.take(size)
        if slot is None or slot.offset + size <= self._grown or self._grow(slot.offset + size):
            return slot
        self._loans.let_go(slot)
        return None

    def _take_back(self) -> None:
        """Note what this process keeps no longer."""
        while self._gone:
            self._loans.let_go(self._gone.popleft())

    def _is_made(self) -> bool:
        """Whether there is memory now; it is made when first asked for, and tried but once."""
        if not self._failed:
            try:
                self._make()
            except (OSError, ImportError):  # as where such memory is forbidden: copies will do
                self._failed = True
        return self._memory is not None

    def _make(self) -> None:
        import numpy as np

        descriptor = os.memfd_create("swarm-arena", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        try:
            os.ftruncate(descriptor, self._size)
            mapped = mapped_for_huge_pages(descriptor, self._size, _READ_WRITE)
            fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, _SEAL_FUTURE_WRITE)
            fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, _SEALS)
        except OSError:
            os.close(descriptor)
            raise
        arena = self._new_id()
        mapped.memory[: len(arena)] = arena
        self._map, self._writable = mapped, mapped.memory
        self._memory = np.frombuffer(mapped.memory, dtype=np.uint8)
        self._announcement = Announcement(arena, os.getpid(), descriptor, self._size)

    def _grow(self, upto: int) -> bool:
        """Have more memory, up to there; False if the system has no more."""
        assert self._announcement is not None, "it is made"
        assert self._map is not None, "likewise"
        descriptor = self._announcement.descriptor
        end = min(self._size, -(-upto // GROWTH_BYTES) * GROWTH_BYTES)
        if self._in_huge_pages:
            self._in_huge_pages = self._map.gather_pages(descriptor, self._grown, end)
        try:
            os.posix_fallocate(descriptor, self._grown, end - self._grown)
        except OSError:
            return False
        self._grown = end
        return True

    def announcement(self) -> Announcement | None:
        """Where others find the arena; None if there is none."""
        return self._announcement

    def slot_of(self, buffer: Buffer) -> Slot | None:
        """Where a buffer lies that `keep` has returned; None if that is not in the arena."""
        return slot_of(buffer, self._gone)

    def has_lent(self, reader: str) -> bool:
        """Whether a reader may hold something."""
        return self._loans.has_lent(reader)

    def lend(self, reader: str, slot: Slot) -> None:
        """A reader is told of a slot."""
        self._loans.lend(reader, slot)

    def returned(self, reader: str, slots: Iterable[Slot]) -> int:
        """A reader has let go of these; returns how many of them it did not have."""
        return self._loans.returned(reader, slots)

    def settled(self, reader: str, process: int, held: Iterable[Slot]) -> None:
        """A reader, which is this process, holds these slots and no others."""
        self._loans.settle(reader, held)
        self._forget(reader)
        try:
            self._readers[reader] = os.pidfd_open(process)
        except ProcessLookupError:  # it has just ended
            self._loans.settle(reader)
        except OSError:  # too many files are open: then only its successor tells that it has ended
            return

    def _forget(self, reader: str) -> None:
        watched = self._readers.pop(reader, None)
        if watched is not None:
            os.close(watched)

    def _reclaim(self) -> bool:
        """Take back what readers held whose processes have ended; whether there were any."""
        bell = select.poll()
        readers = {descriptor: reader for reader, descriptor in self._readers.items()}
        for descriptor in readers:
            bell.register(descriptor, select.POLLIN)
        ended = [readers[descriptor] for descriptor, _ in bell.poll(0)]
        for reader in ended:
            self._loans.settle(reader)
            self._forget(reader)
        return bool(ended)

    def close(self) -> None:
        """Give up the descriptors; the memory goes with the last view of it."""
        for reader in [*self._readers]:
            self._forget(reader)
        if self._announcement is not None:
            os.close(self._announcement.descriptor)
            self._announcement = None
        self._memory = self._map = None
        self._writable, self._failed = memoryview(b""), True
