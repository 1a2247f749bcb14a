"""How a daemon learns what was saved by those who were here, or elsewhere, before it. Pure."""

from __future__ import annotations

from swarmdsl.daemon.calling import Calling
from swarmdsl.daemon.recovery import Recovery
from swarmdsl.daemon.reporting import NO_ROUND
from swarmdsl.daemon.reports import RECALL
from swarmdsl.wire.messages import Reply
from swarmdsl.wire.session.events import Inlet


class Recalling:
    """Asks the controller for what was kept, and sees to it that nobody begins without the answer.

    A process that is not the first of its name asks at once. One whose instance joins a round in
    the place of one that is gone asks then, since that one had another name.

    Args:
        recovery: what the answers are for; at most one instance of a daemon has some.
        calling: asks, and nothing else.
    """

    def __init__(self, recovery: Recovery, calling: Calling) -> None:
        self._recovery = recovery
        self._calling = calling
        self._number = 0  # of the question that waits for its answer
        self._inherited = -1  # the last round that was joined in the place of another
        for name in recovery.to_recall:
            self._ask(name)

    def _ask(self, name: str) -> None:
        self._name = name
        self._number = self._calling.ask(name, NO_ROUND, RECALL, b"", "")

    def again(self) -> None:
        """There is a new connection: a question that waits is asked once more."""
        self._calling.again()

    def inherit(self, name: str, round_number: int) -> None:
        """An instance has joined a round in the place of one that is gone, if that is news.

        If an earlier question waits, its answer may say what was kept before; it is not waited for.
        """
        if self._inherited < round_number and self._recovery.await_recall(name):
            self._inherited = round_number
            self._ask(name)

    def awaits(self, reply: Reply) -> bool:
        """Whether this is the answer that is waited for."""
        return reply.number == self._number

    def answered(self, reply: Reply) -> list[tuple[Inlet, int, int]]:
        """The controller has told; see `Recovery.recalled`."""
        self._number = 0
        self._calling.answered(reply.number)
        return self._recovery.recalled(self._name, reply.payload)
