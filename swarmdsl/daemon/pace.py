"""Whether what waits to leave a daemon may wait a little longer, for work that is surely short.

A message to another process costs as much as dozens of small functions. So functions that were
short whenever they ran are done several in a row, and what they push leaves together. Pure.
"""

from __future__ import annotations

from swarmdsl.daemon.work import Finish, Handle, Invoke, Run, Work

SHORT_S = 0.000_5  # a module is short as long as no run of it takes longer
RUNS_MIN = 4  # of a module, before anything waits for it
TOGETHER_S = 0.002  # for which the first waits at most: as long as what a handler answers with


class Pace:
    """How long the functions, handlers and timers of a daemon take, by module."""

    def __init__(self) -> None:
        self._short_runs: dict[str, int] = {}

    def ran(self, work: Work, seconds: float) -> None:
        """A piece of work took so long; one that was not short must be so several times again."""
        if isinstance(work, Handle | Invoke) or (
            isinstance(work, Run) and work.hosted.module.kind == "function"
        ):
            name = work.hosted.module.name
            known = self._short_runs.get(name, 0)
            self._short_runs[name] = known + 1 if seconds <= SHORT_S else 0

    def may_wait_for(self, work: Work) -> bool:
        """Whether what there is to say may be said after this work: it has always been short."""
        if type(work) is Handle:  # first, as it is by far the most frequent
            return self._short_runs.get(work.hosted.module.name, 0) >= RUNS_MIN
        return isinstance(work, Invoke | Run) and self._is_known_short(work)

    def _is_known_short(self, work: Work) -> bool:
        if isinstance(work, Run) and work.hosted.task.timeout_s is not None:
            return False  # If it takes too long, others must know who it was.
        return self._short_runs.get(work.hosted.module.name, 0) >= RUNS_MIN

    def is_short(self, work: Work) -> bool:
        """Whether it can be expected that a piece of work is over at once."""
        if isinstance(work, Run):
            return self._is_known_short(work)
        return isinstance(work, Finish)
