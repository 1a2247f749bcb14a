"""What the user's code was given when it failed, and how long it took for each push. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from operator import length_hint, sub
from typing import Any

from msgspec import structs

from swarmdsl.daemon.note import Note
from swarmdsl.daemon.shown import shown, shown_arguments
from swarmdsl.daemon.wiring import Wiring
from swarmdsl.daemon.work import Handle, Part, Run, RunResult, Work
from swarmdsl.wire.messages import ChannelKey


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

    def took(self) -> list[int]:
        """How long each of them was at hand, in nanoseconds, if that is measured."""
        return []

    def paused(self, nanoseconds: int) -> None:
        """So long its taker waited for something else than its own code."""


class _Noted(_Watched):
    """Values of which each is noted before it is taken."""

    def __init__(self, values: Iterable[Any], note: Callable[[int], None]) -> None:
        super().__init__(values)
        self._note = note

    def __iter__(self) -> Iterator[Any]:
        for index, value in enumerate(super().__iter__()):
            self._note(index)
            yield value


class _Timed(_Watched):
    """Values of which is known when each was taken, and when its taker came back for the next."""

    def __init__(
        self, values: Iterable[Any], now_ns: Callable[[], int], note: Callable[[int], None] | None
    ) -> None:
        super().__init__(values)
        self._now_ns = now_ns
        self._note = note
        self._stamps: list[int] = []
        self._pauses: list[tuple[int, int]] = []

    def __iter__(self) -> Iterator[Any]:
        # A step of this runs for each push, so it does no more than it must.
        now_ns, stamp, values = self._now_ns, self._stamps.append, super().__iter__()
        stamp(now_ns())
        if self._note is None:
            for value in values:
                yield value
                stamp(now_ns())
            return
        for index, value in enumerate(values):
            self._note(index)
            yield value
            stamp(now_ns())

    @property
    def taken(self) -> int:
        return min(len(self._stamps), len(self))

    def took(self) -> list[int]:
        """Also of one that raised: of it no end is known, and it is left out."""
        took = list(map(sub, self._stamps[1:], self._stamps))
        for index, nanoseconds in self._pauses:
            if index <= len(took):
                took[index - 1] -= nanoseconds
        return took

    def paused(self, nanoseconds: int) -> None:
        self._pauses.append((len(self._stamps), nanoseconds))


class AtHand:
    """Knows which push a handler is at, and how long it took for those before.

    Args:
        wiring: of the daemon.
        note: what it is at is noted there, for whoever finds the process dead: a batch as a whole.
        exact: note each push. It takes a microsecond, and is for a process whose predecessor died.
        now_ns: a clock; None if times are not measured, which saves a step for each push.
    """

    def __init__(
        self,
        wiring: Wiring,
        note: Note | None = None,
        *,
        exact: bool = False,
        now_ns: Callable[[], int] | None = None,
    ) -> None:
        self._wiring = wiring
        self._note = note or Note()
        self._exact = exact
        self._now_ns = now_ns
        self._handle: Handle | None = None
        self._sources: dict[ChannelKey, str] = {}
        self._values = _Watched()

    def begin(self, work: Handle) -> Handle:
        """The same work, whose values are watched as they are taken, one by one."""
        note = self._note_each(work) if self._exact else None
        if note is None:
            self._note.write(self._batch(work))
        if self._now_ns is not None:
            self._values = _Timed(work.values, self._now_ns, note)
        elif note is not None:
            self._values = _Noted(work.values, note)
        else:
            self._values = _Watched(work.values)
        self._handle = work
        return structs.replace(work, values=self._values)

    def end(self) -> None:
        """The work that was begun is done."""
        self._note.write("")

    def took(self) -> list[int]:
        """How long each push of the batch took, in nanoseconds, but for one that raised."""
        return self._values.took()

    def paused(self, nanoseconds: int) -> None:
        """So long the handler waited for others to take what it pushes."""
        self._values.paused(nanoseconds)

    def _note_each(self, work: Handle) -> Callable[[int], None]:
        return lambda index: self._note.write(self._place(work, index))

    def _batch(self, work: Handle) -> str:
        part = work.parts[0]
        if len(work.values) == 1:
            return f"at push {part.first} {self._source(part)}"
        source = self._source(part)
        if len(work.parts) == 1:
            return f"at one of the pushes {part.first} to {part.first + part.count - 1} {source}"
        return f"at one of {len(work.values)} pushes, the first of them {part.first} {source}"

    def _place(self, work: Handle, index: int) -> str:
        part, number = work.source_of(index)
        return f"at push {number} {self._source(part)}"

    def _source(self, part: Part) -> str:
        channel = part.inlet.channel
        source = self._sources.get(channel)
        if source is None:
            source = self._sources[channel] = f"of {self._wiring.source_instance(channel)}"
        return source

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
        return f"{self._place(handled, index)}: {shown(handled.values[index])}"
