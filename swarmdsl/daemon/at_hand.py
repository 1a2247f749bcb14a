"""What the user's code was given when it failed, and how long it took for each push. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec import structs

from swarmdsl.daemon.note import Note
from swarmdsl.daemon.program import Bound, Manifold, Program
from swarmdsl.daemon.shown import shown, shown_arguments
from swarmdsl.daemon.watched import (
    QUICK_NS,
    Noted,
    Timed,
    TimedTogether,
    Took,
    Watched,
    mean_ns,
)
from swarmdsl.daemon.wiring import Wiring
from swarmdsl.daemon.work import Handle, Part, Run, RunResult, Work
from swarmdsl.wire.messages import ChannelKey

MANY = 64  # pushes in a batch, below which that would gain nothing


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
        self._values = Watched()
        self._quick: dict[tuple[str, str], bool] = {}

    def begin(self, work: Handle) -> Handle:
        """The same work, whose values are watched as they are taken, one by one."""
        note = self._note_each(work) if self._exact else None
        if note is None:
            self._note.write(self._batch(work))
        if self._now_ns is not None:
            quick = note is None and len(work.values) >= MANY and self._is_quick(work)
            kind = TimedTogether if quick else Timed
            self._values = kind(work.values, self._now_ns, note)
        elif note is not None:
            self._values = Noted(work.values, note)
        else:
            self._values = Watched(work.values)
        self._handle = work
        return structs.replace(work, values=self._values)

    def _is_quick(self, work: Handle) -> bool:
        return self._quick.get((work.hosted.spec.name, work.handler), False)

    def end(self) -> None:
        """The work that was begun is done."""
        self._note.write("")

    def took(self) -> Took:
        """How long the pushes of the batch took, but for one that raised.

        A handler that was quick is timed for some pushes together from the next batch on.
        """
        took = self._values.took()
        if took and self._handle is not None:
            handled = self._handle.hosted.spec.name, self._handle.handler
            self._quick[handled] = mean_ns(took) < QUICK_NS
        return took

    def paused(self, nanoseconds: int) -> None:
        """So long the handler waited for others to take what it pushes."""
        self._values.paused(nanoseconds)

    def _note_each(self, work: Handle) -> Callable[[int], None]:
        return lambda index: self._note.write(self._place(work, index))

    def _batch(self, work: Handle) -> str:
        part = work.parts[0]
        source = self._sources.get(part.inlet.channel) or self._source(part)
        if len(work.values) == 1:
            return f"at push {part.first} {source}"
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

    def told_of(self, work: Work, program: Program) -> str:
        """What the work of a program was at, likewise."""
        if isinstance(program, Manifold):
            return program.told()
        return self.told(work, program.constants if isinstance(program, Bound) else {})

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
