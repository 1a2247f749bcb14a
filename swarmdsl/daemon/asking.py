"""What the user's code asks the controller in the midst of its work, and waits for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import count
from typing import cast

from swarmdsl.daemon.calling import failure_of, packed
from swarmdsl.daemon.core import DaemonCore
from swarmdsl.daemon.loop_pages import LOOP_VALUES
from swarmdsl.daemon.memory_limit import MemoryLimit
from swarmdsl.daemon.redaction import Redaction
from swarmdsl.daemon.reports import CALL_BYTES_MAX, TOO_LONG, effect_of_handler
from swarmdsl.daemon.time_limit import TimeLimit
from swarmdsl.daemon.work import Answered, Respond, Run, Work
from swarmdsl.errors import CallFailed, CallTimedOut
from swarmdsl.light.context import CALL_DAEMON, CHANGES, Call
from swarmdsl.light.secrets import GET_SECRET
from swarmdsl.wire.answers import value_of
from swarmdsl.wire.codec import encode_blob

WAIT_MAX_S = 1.0  # the longest single wait; there is always another


class Asking:
    """Makes what the code at work calls, and takes its answers.

    Args:
        core: sends what is asked.
        limit: of the time of the code at work, which does not run while it waits.
        memory: of its memory, which does not count what is asked and answered.
        monotonic_s: a clock that only moves forward.
        redaction: learns the secrets that are told.
        carry_out: does what the core wants to be done.
        wait: takes in what arrives within so many seconds; raises if the run is over.
    """

    def __init__(
        self,
        core: DaemonCore,
        limit: TimeLimit,
        memory: MemoryLimit,
        monotonic_s: Callable[[], float],
        redaction: Redaction,
        carry_out: Callable[[], None],
        wait: Callable[[float], None],
    ) -> None:
        self._core = core
        self._limit = limit
        self._memory = memory
        self._now_s = monotonic_s
        self._redaction = redaction
        self._carry_out = carry_out
        self._wait = wait
        self._awaited = 0
        self._answer: Answered | None = None
        self._handled = 0

    def answered(self, answered: Answered) -> None:
        """An answer has come; it may be too late for the call that it belongs to."""
        if answered.number == self._awaited:
            self._answer = answered

    def caller(self, work: Work | Respond, attempt: int) -> Call:
        """What code calls that does this work, for the so-many-th time."""
        timeout_s = self._core.wiring.topology.limits.call_timeout_s
        effects = count()

        def ask(method: str, arguments: Mapping[str, object]) -> object:
            blob = encode_blob(packed(arguments) if method == CALL_DAEMON else arguments)
            if len(blob) > CALL_BYTES_MAX:
                raise CallFailed(method, TOO_LONG.format(len(blob), CALL_BYTES_MAX))
            # How often a loop is asked may differ when the work is done once more.
            effect = (
                "" if method == LOOP_VALUES else self._effect(work, method, next(effects), attempt)
            )
            name = work.hosted.spec.name
            number = self._core.calling.ask(name, work.round, method, blob, effect)
            with self._limit.paused():
                answer = self._await(number, method, timeout_s + _own_s(method, arguments))
            if not answer.ok:
                raise failure_of(method, value_of(answer.answer))
            if method == LOOP_VALUES:
                return answer.answer
            value: object = value_of(answer.answer)
            if method == GET_SECRET and isinstance(value, bytes):
                self._redaction.learn(value)
            return value

        def call(method: str, arguments: Mapping[str, object], /) -> object:
            with self._memory.lifted():
                return ask(method, arguments)

        return call

    def _effect(self, work: Work | Respond, method: str, number: int, attempt: int) -> str:
        """The name of a call within its instance and round.

        A run that is repeated asks the same once more, in the same order, and is to be told the
        same. A handler is not: what it is given again it handles again, but a change that it asked
        for is made once, even if the answer was lost.
        """
        if isinstance(work, Run) and method == CALL_DAEMON:
            return f"{number}~{attempt}"  # What failed is called anew by another attempt.
        if isinstance(work, Run):
            return str(number)
        if method not in CHANGES:
            return ""
        self._handled += 1
        return effect_of_handler(self._core.switchboard.identity.incarnation, self._handled)

    def _await(self, number: int, method: str, timeout_s: float) -> Answered:
        deadline = self._now_s() + timeout_s
        self._awaited = number
        self._carry_out()
        while self._answer is None or self._answer.number != number:
            remaining_s = deadline - self._now_s()
            if remaining_s <= 0:
                self._core.calling.give_up()
                raise CallTimedOut(method, timeout_s)
            self._wait(min(remaining_s, WAIT_MAX_S))
        return self._answer


def _own_s(method: str, arguments: Mapping[str, object]) -> float:
    """How long the answer may take by itself: that of a daemon module, as its caller says."""
    return cast("float", arguments["timeout_s"]) if method == CALL_DAEMON else 0.0
