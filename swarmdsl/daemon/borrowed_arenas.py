"""The arenas of other processes, as this one sees them: mapped to be read, and nothing else."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Sequence
from typing import TYPE_CHECKING

from swarmdsl.daemon.mapping import mapped
from swarmdsl.daemon.slot_view import Gone, view_of
from swarmdsl.errors import WireError
from swarmdsl.wire.arena.sharing import Announcement
from swarmdsl.wire.arena.slot import Slot

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


ARENAS_MAX = 1_024
"""Of other processes; each is mapped as a whole. What further ones push comes in frames."""


class _Seen:
    """One arena: its memory, and how many views there are of each of its slots."""

    def __init__(self, arena: bytes, memory: NDArray[np.uint8]) -> None:
        self.arena = arena
        self.memory = memory
        self.gone: Gone = deque()
        self.views: dict[Slot, int] = {}

    def take_gone(self) -> list[Slot]:
        """The slots of which a view has gone since the last call."""
        slots = []
        while self.gone:
            slot = self.gone.popleft()
            left = self.views[slot] - 1
            if left:
                self.views[slot] = left
            else:
                del self.views[slot]
            slots.append(slot)
        return slots


class BorrowedArenas:
    """Reads from arenas, as `Borrower` says.

    Of a process that has a successor the arena is forgotten; views of it are good as long as they
    are held.

    Attributes:
        process: this one.
    """

    def __init__(self, process: int) -> None:
        self.process = process
        self._seen: dict[str, _Seen] = {}

    def open(self, owner: str, announcement: Announcement) -> bool:
        """See the arena of another process from now on; False if that cannot be done."""
        known = self._seen.get(owner)
        if known is not None and known.arena == announcement.arena:
            return True
        if known is None and len(self._seen) >= ARENAS_MAX:
            return False
        try:
            memory = _memory(announcement)
        except (OSError, ValueError, ImportError):  # another host's, or not to be seen from here
            return False
        self._seen[owner] = _Seen(announcement.arena, memory)
        return True

    def forget(self, owner: str) -> None:
        """The owner has ended: nobody waits for what is let go of."""
        self._seen.pop(owner, None)

    def close(self) -> None:
        """See no arena any more; what is looked at stays until nobody does."""
        self._seen.clear()

    def view(self, owner: str, slot: Slot) -> memoryview:
        """A slot's bytes, to be read; held until nothing refers to them any more.

        Raises:
            WireError: there is no such slot.
        """
        seen = self._seen.get(owner)
        if seen is None or slot.offset + slot.size > seen.memory.nbytes:
            raise WireError(f"a buffer that is at {slot.offset} of no arena")
        seen.views[slot] = seen.views.get(slot, 0) + 1
        return view_of(seen.memory, slot, seen.gone)

    def held(self, owner: str) -> Sequence[Slot]:
        """All slots of an arena of which there are views, each as often."""
        seen = self._seen.get(owner)
        if seen is None:
            return []
        seen.take_gone()
        return [*Counter(seen.views).elements()]

    def take_returned(self) -> list[tuple[str, Slot]]:
        """The owners and slots of which a view has gone since the last call."""
        if not self._seen:
            return []
        return [
            (owner, slot)
            for owner, seen in self._seen.items()
            if seen.gone
            for slot in seen.take_gone()
        ]


def _memory(announcement: Announcement) -> NDArray[np.uint8]:
    import numpy as np

    return np.frombuffer(mapped(announcement), dtype=np.uint8)
