"""Bytes of an arena as a buffer that is missed when the last reference to it has gone.

NumPy's arrays over a memory map export the map itself, so nothing that is derived from a slice
keeps the slice alive. An object with `__array_interface__` is kept by every array, view and
memoryview that comes of it, on all versions of Python that we support.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

from swarmdsl.wire.arena.slot import Slot

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Gone = deque[Slot]
"""Slots whose last reference has gone: noted from any thread, at any moment."""


class SlotHolder:
    """Keeps one slot of a mapped arena, until nothing refers to it.

    Args:
        memory: all of the arena; held, so that it stays mapped.
        slot: that is kept; it must lie within.
        gone: is told when it is over.
    """

    __slots__ = ("__array_interface__", "_gone", "_memory", "slot")

    def __init__(self, memory: NDArray[np.uint8], slot: Slot, gone: Gone) -> None:
        assert slot.offset + slot.size <= memory.nbytes, "outside of the arena"
        first: int = memory.__array_interface__["data"][0]
        self._memory = memory
        self.slot = slot
        self._gone = gone
        self.__array_interface__: dict[str, Any] = {
            "version": 3,
            "typestr": "|u1",
            "shape": (slot.size,),
            "data": (first + slot.offset, True),  # read-only
        }

    def __del__(self) -> None:
        # From whatever thread, amid whatever code: nothing else is safe here.
        self._gone.append(self.slot)

    def is_told_to(self, gone: Gone) -> bool:
        """Whether that is who is told when it is over."""
        return self._gone is gone


def view_of(memory: NDArray[np.uint8], slot: Slot, gone: Gone) -> memoryview:
    """A slot's bytes, read-only: whatever is derived from them keeps them.

    >>> import numpy as np
    >>> gone: Gone = deque()
    >>> view = view_of(np.arange(100, dtype=np.uint8), Slot(10, 3, 1), gone)
    >>> part = np.frombuffer(view, dtype=np.uint8)[1:]
    >>> del view
    >>> part.tolist(), len(gone), part.flags.writeable
    ([11, 12], 0, False)
    >>> del part
    >>> gone
    deque([Slot(offset=10, size=3, generation=1)])
    """
    import numpy as np

    array: NDArray[np.uint8] = np.asarray(SlotHolder(memory, slot, gone))
    return array.data


def slot_of(buffer: object, gone: Gone) -> Slot | None:
    """The slot that a buffer of `view_of` is, if `gone` is told of it; else None."""
    if type(buffer) is not memoryview:
        return None
    holder = getattr(buffer.obj, "base", None)
    if not isinstance(holder, SlotHolder) or not holder.is_told_to(gone):
        return None
    return holder.slot
