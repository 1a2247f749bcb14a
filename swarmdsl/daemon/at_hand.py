"""What the user's code was given when it failed: told with its error. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from operator import length_hint
from typing import Any

from msgspec import structs

from swarmdsl.daemon.shown import shown, shown_arguments
from swarmdsl.daemon.wiring import Wiring
from swarmdsl.daemon.work import Handle, Run, RunResult, Work


class _Watched(list[Any]):
    """Values of which is known how many have been taken."""

    def __init__(self, values: Iterable[Any] = ()) -> None:
        super().__init__(values)
        self._left: Iterator[Any] | None = None

    def __iter__(self) -> Iterator[Any]:
        self._left = super().__iter__()
        return self._left

    @property
    def taken(self) -> int:
        return 0 if self._left is None else len(self) - length_hint(self._left)


class AtHand:
    """Knows which push a handler is at, without a step of its own for each of them.

    Args:
        wiring: of the daemon.
    """

    def __init__(self, wiring: Wiring) -> None:
        self._wiring = wiring
        self._handle: Handle | None = None
        self._values = _Watched()

    def begin(self, work: Handle) -> Handle:
        """The same work, whose values are watched as they are taken, one by one."""
        self._handle, self._values = work, _Watched(work.values)
        return structs.replace(work, values=self._values)

    def told(self, work: Work, constants: Mapping[str, object]) -> str:
        """What the work was at, as the end of a sentence; empty if that says nothing.

        `constants` are the arguments of a function that it is given in every run.
        """
        if isinstance(work, Run | RunResult):
            arguments = shown_arguments({**constants, **work.arguments})
            return f"called with {arguments}" if arguments else ""
        handled = self._handle
        if not isinstance(work, Handle) or handled is None or handled.hosted is not work.hosted:
            return ""
        index = self._values.taken - 1
        if index < 0:
            return ""
        inlet = next(iter(handled.consumed))
        source = self._wiring.source_instance(inlet.channel)
        return f"at push {handled.first + index} of {source}: {shown(handled.values[index])}"
