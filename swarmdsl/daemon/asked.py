"""Calls that others make to the daemon modules hosted here: taken in, handed out one by one.

They come from the controller alone, on one connection, with growing numbers. So the highest number
seen tells a call that is said once more, on a new connection, from one that is new: each is handed
out once at most (rule 30). Answers are kept for a while, since the connection may be lost before
they arrive.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping

import msgspec

from swarmdsl.daemon.instance import Instance
from swarmdsl.daemon.memory import Remembering
from swarmdsl.daemon.reports import (
    CALL_BYTES_MAX,
    CALLS_WAITING_MAX,
    DESCRIBE,
    INVOKE,
    TOO_LONG,
    WITHDRAW,
    Invocation,
)
from swarmdsl.daemon.wiring import Place
from swarmdsl.daemon.work import Respond
from swarmdsl.errors import DecodeError
from swarmdsl.wire.codec import decode_blob, encode_blob
from swarmdsl.wire.messages import Call, Reply

ANSWERS_KEPT = CALLS_WAITING_MAX  # as many as the controller may still wait for
ANSWERS_BYTES_MAX = CALL_BYTES_MAX  # of all that are kept; the newest is, whatever its size

Say = Callable[[Reply], None]
"""Says an answer on the present connection to the controller, whose number it fills in."""


class _Waiting(msgspec.Struct, frozen=True):
    number: int
    place: Place
    invocation: Invocation
    due_s: float


class Asked:
    """The calls that wait in one daemon, and the answers that it has given.

    Args:
        instances: that it hosts, by place.
        say: how answers leave.

    Attributes:
        waiting: those that wait for their answers, in order.
        now_s: by this time a call is told whether it has waited too long.
    """

    def __init__(self, instances: Mapping[Place, Instance], say: Say) -> None:
        self._instances = instances
        self._places = {one.hosted.spec.name: place for place, one in instances.items()}
        self._say = say
        self.waiting: deque[_Waiting] = deque()
        self._answers: dict[int, Reply] = {}
        self._highest = 0
        self._at_work = 0
        self.now_s = 0.0

    def take(self, call: Call) -> bool:
        """A call has come; False if it is none that a daemon answers."""
        if call.method == WITHDRAW:
            self._withdraw(call.number)
            return True
        if call.method not in {INVOKE, DESCRIBE}:
            return False
        if call.number <= self._highest:
            self._repeat(call.number)
            return True
        self._highest = call.number
        place = self._places.get(call.instance)
        if place is None:
            self._refuse(call.number, f"{call.instance} is not hosted here")
        elif len(self.waiting) >= CALLS_WAITING_MAX:
            self._refuse(call.number, f"{CALLS_WAITING_MAX} calls wait for it already")
        else:
            self._enqueue(call, place)
        return True

    def _enqueue(self, call: Call, place: Place) -> None:
        try:
            invocation = decode_blob(call.arguments, Invocation)
        except DecodeError as error:
            self._refuse(call.number, f"the call cannot be read: {error.problem}")
            return
        due_s = self.now_s + invocation.timeout_s
        self.waiting.append(_Waiting(call.number, place, invocation, due_s))

    def _repeat(self, number: int) -> None:
        """A call that has come before was said again: its answer may be lost."""
        if number == self._at_work or any(one.number == number for one in self.waiting):
            return
        known = self._answers.get(number)
        if known is not None:
            self._say(known)
        else:
            self._say(_refusal(number, "it was answered, and the answer was lost on its way"))

    def _withdraw(self, number: int) -> None:
        """Nobody waits for its answer. While work went on here, it did not wait in this queue."""
        for one in [one for one in self.waiting if one.number == number]:
            self.waiting.remove(one)

    def next(self) -> Respond | None:
        """The call that has waited longest and can be answered now; None if there is none."""
        if not self.waiting:
            return None
        self._drop_late()
        for position, one in enumerate(self.waiting):
            instance = self._instances[one.place]
            if not isinstance(instance, Remembering) or instance.is_itself:
                del self.waiting[position]
                self._at_work = one.number
                return Respond(instance.hosted, instance.round, one.number, one.invocation)
        return None

    def _drop_late(self) -> None:
        """Do not begin what its caller does not wait for any more; it has been told so."""
        late = [one for one in self.waiting if one.due_s <= self.now_s]
        for one in late:
            self.waiting.remove(one)
            self._refuse(one.number, "it was not begun in time")

    def answer(self, work: Respond, payload: bytes, *, ok: bool) -> None:
        """A call was carried out, or could not be."""
        self._at_work = 0
        if len(payload) > CALL_BYTES_MAX:
            text = f"its answer is too large: {TOO_LONG.format(len(payload), CALL_BYTES_MAX)}"
            ok, payload = False, encode_blob(text)
        instance = self._instances[work.hosted.spec.task, work.hosted.spec.candidate]
        if isinstance(instance, Remembering) and work.invocation.method:
            instance.memory.changed = True  # as far as anybody can know
        self._keep(Reply(0, work.number, ok, payload))

    def _refuse(self, number: int, problem: str) -> None:
        self._keep(_refusal(number, problem))

    def _keep(self, reply: Reply) -> None:
        self._answers[reply.number] = reply
        size = sum(len(one.payload) for one in self._answers.values())
        while len(self._answers) > ANSWERS_KEPT or (
            size > ANSWERS_BYTES_MAX and len(self._answers) > 1
        ):
            size -= len(self._answers.pop(next(iter(self._answers))).payload)
        self._say(reply)


def _refusal(number: int, problem: str) -> Reply:
    return Reply(0, number, ok=False, payload=encode_blob(problem))
