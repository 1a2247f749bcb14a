"""The question that a daemon's work has for the controller: one at a time, until it is answered."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from swarmdsl.daemon.reports import CONTROLLER
from swarmdsl.wire.messages import Call
from swarmdsl.wire.session.outbound import OutboundState
from swarmdsl.wire.session.switchboard import Switchboard


class Calling:
    """Asks, and asks again on each new connection: the question or its answer may be lost.

    Args:
        switchboard: the sessions of the daemon.
        numbers: of its calls; no two are alike.
    """

    def __init__(self, switchboard: Switchboard, numbers: Iterator[int]) -> None:
        self._switchboard = switchboard
        self._numbers = numbers
        self._pending: Call | None = None

    def ask(self, instance: str, iteration: int, method: str, arguments: bytes, effect: str) -> int:
        """Ask the controller something, and nothing else any more; returns the call's number."""
        number = next(self._numbers)
        self._pending = Call(0, number, instance, iteration, method, arguments, effect)
        self.again()
        return number

    def again(self) -> None:
        """Say it on the present connection, if there is one and something is asked."""
        controller = self._switchboard.to(CONTROLLER)
        if self._pending is not None and controller.state is OutboundState.OPEN:
            controller.say(msgspec.structs.replace(self._pending, connection=controller.number))

    def answered(self, number: int) -> None:
        """The call of this number has its answer; one that was asked since goes on."""
        if self._pending is not None and self._pending.number == number:
            self._pending = None

    def give_up(self) -> None:
        """Nobody waits for the answer any more."""
        self._pending = None
