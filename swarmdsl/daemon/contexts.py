"""As whom the user's code does its work."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

from swarmdsl.daemon.wiring import Hosted
from swarmdsl.daemon.work import Handle, Invoke, Respond, Work
from swarmdsl.light.context import Call, TaskContext, entered


class Contexts:
    """Makes a block of the user's code the task whose work it does.

    Args:
        make: makes the context of a hosted instance in a round.
        caller: what code calls that does a piece of work, for the so-many-th time.
    """

    def __init__(
        self,
        make: Callable[[Hosted, int, Call], TaskContext],
        caller: Callable[[Work | Respond, int], Call],
    ) -> None:
        self._make = make
        self._caller = caller
        self._handling: tuple[Hosted, TaskContext] | None = None  # for all pushes of a round

    def entered(self, work: Work | Respond, attempt: int) -> AbstractContextManager[TaskContext]:
        """A block in which the code at work is that task."""
        if isinstance(work, Handle | Invoke):
            return entered(self._handling_context(work))
        return entered(self._make(work.hosted, work.round, self._caller(work, attempt)))

    def _handling_context(self, work: Handle | Invoke) -> TaskContext:
        """One for all methods of a round: what they ask is told apart by its own count."""
        known = self._handling
        if known is None or (known[0], known[1].iteration) != (work.hosted, work.round):
            call = self._caller(work, 1)
            known = self._handling = work.hosted, self._make(work.hosted, work.round, call)
        return known[1]
