"""How a daemon draws from a source: value by value, with a look around in between."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from swarmdsl.daemon.core import DaemonCore
from swarmdsl.daemon.memory_limit import MemoryLimit
from swarmdsl.daemon.program import Source, closing_if_it_can
from swarmdsl.daemon.returned import blame
from swarmdsl.daemon.work import Produce, Work
from swarmdsl.errors import SwarmError

SOURCE_FLUSH_S = 0.001  # what a source yields waits at most so long for what it yields next
GREETING_S = 1.0  # in all, for receivers that are started just now, before a source is drawn from
LOOK_S = 0.05  # meanwhile

LookBetween = Callable[[Work, Callable[[], None]], None]
"""Pushes what was staged, has it noted where the source stands, and sees to all that has come."""


class Drawing:
    """Stages what sources yield.

    Args:
        core: of the daemon.
        memory: the limit of the source's task is lifted for what is ours.
        now_s: a clock that only moves forward.
        look_between: what is done now and then, and at the end.
        check_stop: raises if the run is over.
        wait: takes in what comes, for so many seconds at most; raises if the run is over.
    """

    def __init__(
        self,
        core: DaemonCore,
        memory: MemoryLimit,
        now_s: Callable[[], float],
        look_between: LookBetween,
        check_stop: Callable[[], None],
        wait: Callable[[float], None],
    ) -> None:
        self._core = core
        self._memory = memory
        self._now_s = now_s
        self._look_between = look_between
        self._check_stop = check_stop
        self._wait = wait
        self._left_s = GREETING_S

    def produce(self, work: Produce, source: Source) -> None:
        """Push what a source yields, until it has ended or must."""
        with closing_if_it_can(source.produce(work)) as values:
            while self._stage_from(work, values):
                at_work = getattr(values, "waits", False)
                self._look(work, source, stands=not at_work)
                if not hasattr(values, "waits"):  # It may block for any time when it goes on.
                    with self._memory.lifted():
                        self._let_greet(work)
                self._check_stop()
                if not at_work and self._core.sources.must_end(work, self._now_s()):
                    break
        self._core.sources.exhausted(work)
        self._look(work, source, stands=True)

    def _let_greet(self, work: Work) -> None:
        """Let those be heard who have been dialled and pushed to: before, nothing leaves.

        One that does not answer is not waited for any more when `GREETING_S` have passed in all.
        """
        while self._left_s > 0 and self._core.switchboard.awaits_greeting:
            began_s = self._now_s()
            self._wait(min(self._left_s, LOOK_S))
            waited_s = self._now_s() - began_s
            self._left_s -= waited_s
            self._core.measures.blocked(waited_s)
            self._look_between(work, lambda: None)  # Who calls it is answered meanwhile.

    def _stage_from(self, work: Produce, values: Iterator[object]) -> bool:
        """Take what a source yields until it is time to flush; False once it has ended."""
        due_s = self._now_s() + max(SOURCE_FLUSH_S, self._core.sources.linger_s(work))
        try:
            if not work.hosted.task.resources.memory:
                return self._core.sources.stage_from(work, values, self._now_s, due_s)
            for value in values:
                with self._memory.lifted():  # What we keep of it is not counted as the user's.
                    if value is None or self._core.stage(work, value) or self._now_s() >= due_s:
                        return True
        except SwarmError as error:
            blame(error, values)
            raise
        return False

    def _look(self, work: Produce, source: Source, *, stands: bool) -> None:
        """Look around; only one that stands at a `yield` can say where it is."""

        def note() -> None:
            if stands and self._core.sources.replays(work):
                self._core.sources.stand(work, source.position())

        with self._memory.lifted():
            self._look_between(work, note)
