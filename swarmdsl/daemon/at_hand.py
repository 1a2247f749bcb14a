"""What the user's code was given when it failed: told with its error. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from operator import length_hint
from typing import Any

from msgspec import structs

from swarmdsl.daemon.note import Note
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


class _Noted(_Watched):
    """Values of which each is noted before it is taken."""

    def __init__(self, values: Iterable[Any], note: Callable[[int], None]) -> None:
        super().__init__(values)
        self._note = note

    def __iter__(self) -> Iterator[Any]:
        for index, value in enumerate(super().__iter__()):
            self._note(index)
            yield value


class AtHand:
    """Knows which push a handler is at, without a step of its own for each of them.

    Args:
        wiring: of the daemon.
        note: what it is at is noted there, for whoever finds the process dead: a batch as a whole.
        exact: note each push. It takes a microsecond, and is for a process whose predecessor died.
    """

    def __init__(self, wiring: Wiring, note: Note | None = None, *, exact: bool = False) -> None:
        self._wiring = wiring
        self._note = note or Note()
        self._exact = exact
        self._handle: Handle | None = None
        self._values = _Watched()

    def begin(self, work: Handle) -> Handle:
        """The same work, whose values are watched as they are taken, one by one."""
        if self._exact:
            source = self._source_of(work)
            self._values = _Noted(
                work.values,
                lambda index: self._note.write(f"at push {work.first + index} {source}"),
            )
        else:
            self._values = _Watched(work.values)
            self._note.write(self._batch(work))
        self._handle = work
        return structs.replace(work, values=self._values)

    def end(self) -> None:
        """The work that was begun is done."""
        self._note.write("")

    def _batch(self, work: Handle) -> str:
        last = work.first + len(work.values) - 1
        if last == work.first:
            return f"at push {last} {self._source_of(work)}"
        return f"at one of the pushes {work.first} to {last} {self._source_of(work)}"

    def _source_of(self, work: Handle) -> str:
        inlet = next(iter(work.consumed))
        return f"of {self._wiring.source_instance(inlet.channel)}"

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
        source, value = self._source_of(handled), shown(handled.values[index])
        return f"at push {handled.first + index} {source}: {value}"
