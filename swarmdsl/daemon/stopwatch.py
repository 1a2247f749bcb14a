"""How long the user's code takes, told to the measures of its daemon."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from swarmdsl.daemon.at_hand import AtHand
from swarmdsl.daemon.measures import Measures
from swarmdsl.daemon.memory_limit import MemoryLimit
from swarmdsl.daemon.program import Program, Push
from swarmdsl.daemon.work import Handle, Work


class Stopwatch:
    """Measures pushes one by one, and all other work as a whole.

    It is told when what came of the work has left: that is what others wait for.

    Args:
        at_hand: watches the pushes that a handler takes.
        measures: of the daemon.
        now_ns: a clock that only moves forward.
        memory: the limit of a task's memory is lifted for what is ours.
    """

    def __init__(
        self,
        at_hand: AtHand,
        measures: Measures,
        now_ns: Callable[[], int],
        memory: MemoryLimit,
    ) -> None:
        self._at_hand = at_hand
        self._measures = measures
        self._now_ns = now_ns
        self._memory = memory
        self._paused_ns = 0  # of the work at hand
        # Of which it is not told yet: pushes that were handled; other work, and what it took.
        self._handled: Handle | None = None
        self._ran: tuple[Work, Sequence[int]] | None = None

    def handle(self, program: Program, work: Handle, push: Push) -> None:
        """Let a program handle pushes; `tell` says how long they took, also if one raises."""
        if self._handled is not None:
            self.tell()
        watched = self._at_hand.begin(work)
        try:
            program.handle(watched, push)
        finally:
            self._handled = watched
        self._at_hand.end()

    def tell(self) -> None:
        """Tell of what has been done, if it has not been told."""
        if self._ran is not None:
            (work, nanoseconds), self._ran = self._ran, None
            if work.hosted.task.resources.memory:
                with self._memory.lifted():
                    self._measures.computed(work, nanoseconds)
            else:
                self._measures.computed(work, nanoseconds)
        handled, self._handled = self._handled, None
        if handled is None:
            return
        if handled.hosted.task.resources.memory:
            with self._memory.lifted():
                self._tell_pushes(handled)
        else:
            self._tell_pushes(handled)

    def _tell_pushes(self, handled: Handle) -> None:
        for together, nanoseconds in self._at_hand.took():
            self._measures.computed(handled, nanoseconds, together)

    def run(self, work: Work, call: Callable[[], int | Sequence[int] | None]) -> None:
        """Call the user's code, once unless it says how often; `tell` says what was its own."""
        self._paused_ns, started_ns = 0, self._now_ns()
        times = call() or 1
        if isinstance(times, int):
            took_ns = self._now_ns() - started_ns - self._paused_ns
            times = [took_ns // times] * times
        self._ran = work, times

    def paused(self, nanoseconds: int) -> None:
        """So long the code at work waited for others to take what it pushes."""
        self._paused_ns += nanoseconds
        self._at_hand.paused(nanoseconds)
