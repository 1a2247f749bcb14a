"""What a daemon asks the controller: one question at a time, until it is answered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import cast

import msgspec

from swarmdsl.daemon.reports import CONTROLLER
from swarmdsl.errors import CallFailed, CallTimedOut, GlobalMissing
from swarmdsl.wire.codec import encode_blob
from swarmdsl.wire.messages import Call, Reply
from swarmdsl.wire.session.outbound import OutboundState
from swarmdsl.wire.session.switchboard import Switchboard


def failure_of(method: str, value: object) -> CallFailed:
    """What is raised where a call has failed; `value` is what its answer says.

    >>> failure_of("model.tune", "no task is named 'model'")
    CallFailed("model.tune: no task is named 'model'")
    """
    match value:
        case {"late": str(problem), "timeout_s": float(timeout_s)}:
            return CallTimedOut(method, timeout_s, problem)
        case {"missing": str(problem)}:
            return GlobalMissing(method, problem)
        case _:
            return CallFailed(method, str(value))


def told_of(error: CallFailed) -> object:
    """The same the other way: what `failure_of` makes such an error of.

    >>> told_of(CallTimedOut("model.tune", 2.0, "no answer"))
    {'late': 'no answer', 'timeout_s': 2.0}
    """
    if isinstance(error, CallTimedOut):
        return {"late": error.problem, "timeout_s": error.timeout_s}
    if isinstance(error, GlobalMissing):
        return {"missing": error.problem}
    return error.problem


def packed(asked: Mapping[str, object]) -> dict[str, object]:
    """A call to a daemon module as it travels: each argument by itself, for its receiver alone.

    Raises:
        EncodeError: an argument cannot travel.
    """
    arguments = cast("Sequence[object]", asked["arguments"])
    keywords = cast("Mapping[str, object]", asked["keywords"])
    return {
        **asked,
        "arguments": [encode_blob(one) for one in arguments],
        "keywords": {name: encode_blob(one) for name, one in keywords.items()},
    }


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

    def ask(
        self, instance: str, iteration: int, method: str, arguments: bytes, effect: str = ""
    ) -> int:
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

    def reply(self, reply: Reply) -> None:
        """Say an answer to what the controller has asked; lost with the connection."""
        controller = self._switchboard.to(CONTROLLER)
        if controller.state is OutboundState.OPEN:
            controller.say(msgspec.structs.replace(reply, connection=controller.number))

    def answered(self, number: int) -> None:
        """The call of this number has its answer; one that was asked since goes on."""
        if self._pending is not None and self._pending.number == number:
            self._pending = None

    def give_up(self) -> None:
        """Nobody waits for the answer any more."""
        self._pending = None
