"""What a session needs of shared memory. It does no I/O: its owner hands in who does."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol

import msgspec

from swarmdsl.wire.arena.slot import Slot
from swarmdsl.wire.frames import Buffer


class ArenaCounts(msgspec.Struct, gc=False):
    """How the large buffers that a process sent have travelled. Exact; all start at zero.

    A large one has `LENT_BYTES_MIN` or more. Each sending counts, also one to a further receiver.

    Attributes:
        shared: lay in the arena, and only where they lie was sent.
        shared_bytes: of those.
        full: were sent in their frames, for there was no room in the arena.
        unseen: were sent in their frames, for the receiver does not see the arena, or did not yet.
    """

    shared: int = 0
    shared_bytes: int = 0
    full: int = 0
    unseen: int = 0


class Announcement(NamedTuple):
    """Where another process finds an arena.

    Attributes:
        arena: its id.
        process: that owns it, as the system numbers it.
        descriptor: of its memory, in that process.
        size: in bytes.
    """

    arena: bytes
    process: int
    descriptor: int
    size: int


class Lender(Protocol):
    """The arena that a process sends from."""

    counts: ArenaCounts

    def keep(self, buffer: Buffer) -> Buffer:
        """A copy of a buffer, as it is now: in the arena if it is large and there is room."""

    def announcement(self) -> Announcement | None:
        """Where others find the arena; None if there is none."""

    def slot_of(self, buffer: Buffer) -> Slot | None:
        """Where a buffer lies that `keep` has returned; None if that is not in the arena."""

    def has_lent(self, reader: str) -> bool:
        """Whether a reader may hold something."""

    def lend(self, reader: str, slot: Slot) -> None:
        """A reader is told of a slot."""

    def returned(self, reader: str, slots: Iterable[Slot]) -> int:
        """A reader has let go of these; returns how many of them it did not have."""

    def settled(self, reader: str, process: int, held: Iterable[Slot]) -> None:
        """A reader, which is this process, holds these slots and no others."""


class Borrower(Protocol):
    """What a process sees of the arenas of others.

    Attributes:
        process: its own number, as the system counts.
    """

    process: int

    def open(self, owner: str, announcement: Announcement) -> bool:
        """See the arena of another process from now on; False if that cannot be done."""

    def forget(self, owner: str) -> None:
        """The owner has ended: nobody waits for what is let go of."""

    def view(self, owner: str, slot: Slot) -> Buffer:
        """A slot's bytes, to be read; held until nothing refers to them any more.

        Raises:
            WireError: there is no such slot.
        """

    def held(self, owner: str) -> Sequence[Slot]:
        """All slots of an arena of which there are views, each as often."""

    def take_returned(self) -> list[tuple[str, Slot]]:
        """The owners and slots of which a view has gone since the last call."""


class Sharing(NamedTuple):
    """Both sides of a process; one that lends nothing has no lender."""

    lender: Lender | None
    borrower: Borrower
