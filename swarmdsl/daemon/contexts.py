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
        # For all pushes of a round; one piece of work is at hand at a time.
        self._handling: tuple[Hosted, int, AbstractContextManager[TaskContext]] | None = None

    def entered(self, work: Work | Respond, attempt: int) -> AbstractContextManager[TaskContext]:
        """A block in which the code at work is that task."""
        if not isinstance(work, Handle | Invoke):
            return entered(self._make(work.hosted, work.round, self._caller(work, attempt)))
        # One for all methods of a round: what they ask is told apart by its own count.
        known = self._handling
        if known is None or known[0] is not work.hosted or known[1] != work.round:
            context = self._make(work.hosted, work.round, self._caller(work, 1))
            known = self._handling = work.hosted, work.round, entered(context)
        return known[2]
