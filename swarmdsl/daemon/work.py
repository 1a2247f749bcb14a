"""Work that a daemon's core hands to its shell, and what the shell hands back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from swarmdsl.daemon.reports import Invocation
from swarmdsl.daemon.wiring import Hosted
from swarmdsl.wire.answers import Answer
from swarmdsl.wire.codec import Payload
from swarmdsl.wire.session.events import Inlet, Outgoing

PackedValues = tuple[bytes, int, int]
"""Values as they came: their payload in one piece, how many it holds, and how many to leave out."""

PackedInputs = tuple[tuple[int, tuple[PackedValues, ...]], ...]
"""What a run is given, by link, in gather order."""


class Run(msgspec.Struct, frozen=True, gc=False):
    """Run a function or script once, with all its inputs of the round.

    `arguments` maps a port to its value, or to the list of its values when the port gathers. A
    port that received nothing is absent. `waits` says when the last of it came.
    """

    hosted: Hosted
    round: int
    arguments: dict[str, Any]
    consumed: dict[Inlet, int]
    waits: tuple[tuple[float, int], ...] = ()


class Borrowed(Run, frozen=True, gc=False):
    """A run that waited at another worker of the node, which gets what comes of it.

    Attributes:
        lender: that worker.
        incarnation: of its process.
        number: of the run, among those that it has lent.
        inputs: per link what came, not decoded: `arguments` is empty.
    """

    lender: str = ""
    incarnation: int = 0
    number: int = 0
    inputs: PackedInputs = ()


class RunResult(msgspec.Struct, frozen=True, gc=False):
    """Run a function or script for one of the values that start a run each.

    `arguments` holds it beside the inputs that all runs of the round see. `in_inbox` says whether
    its credit has not returned yet; `waits` when it came.
    """

    hosted: Hosted
    round: int
    arguments: dict[str, Any]
    consumed: dict[Inlet, int]
    in_inbox: bool
    waits: tuple[tuple[float, int], ...] = ()


class Part(msgspec.Struct, frozen=True, gc=False):
    """Pushes that came together, among those of a batch that is handled.

    Attributes:
        inlet: on which they came.
        count: how many.
        first: the number of the first of them, from 1, among those of its channel in the round.
        came_s: when they came, in seconds.
    """

    inlet: Inlet
    count: int
    first: int
    came_s: float


class Handle(msgspec.Struct, frozen=True, gc=False):
    """Hand pushes to a daemon's handler, one by one; `parts` says from where they are, in order."""

    hosted: Hosted
    round: int
    handler: str
    values: Sequence[Any]
    consumed: dict[Inlet, int]
    parts: tuple[Part, ...] = ()

    def source_of(self, index: int) -> tuple[Part, int]:
        """From where a push of the batch is, and its number there."""
        for part in self.parts:
            if index < part.count:
                return part, part.first + index
            index -= part.count
        raise IndexError(index)

    def only(self, index: int) -> Handle:
        """The same with one of its pushes alone."""
        part, number = self.source_of(index)
        alone = msgspec.structs.replace(part, count=1, first=number)
        return msgspec.structs.replace(self, values=[self.values[index]], parts=(alone,))


class Invoke(msgspec.Struct, frozen=True, gc=False):
    """Call a method of a daemon module that takes no push: a timer, or the end of a round.

    `times` says how often in a row, unless it ends the round before.
    """

    hosted: Hosted
    round: int
    method: str
    consumed: dict[Inlet, int]
    times: int = 1


class Finish(msgspec.Struct, frozen=True, gc=False):
    """All of a round is done, or there was nothing to do: only END is left to pass on."""

    hosted: Hosted
    round: int
    consumed: dict[Inlet, int]


class Completed(Finish, frozen=True, gc=False):
    """A run that another worker has done: what came of it is to be pushed.

    Attributes:
        seconds: that it took there.
        pushed: how many values came of it.
        parcels: those values, encoded, by link.
    """

    seconds: float = 0.0
    pushed: int = 0
    parcels: tuple[tuple[int, Payload, int], ...] = ()


class Restore(msgspec.Struct, frozen=True, gc=False):
    """Give a daemon module back what its former process had saved; comes before all else."""

    hosted: Hosted
    round: int
    value: bytes
    consumed: dict[Inlet, int]


class Remember(msgspec.Struct, frozen=True, gc=False):
    """Take a snapshot of a daemon module; `consumed` is what it covers and the last did not."""

    hosted: Hosted
    round: int
    consumed: dict[Inlet, int]


class Produce(msgspec.Struct, frozen=True, gc=False):
    """Let a source produce what it pushes in a round, from a position if one is given."""

    hosted: Hosted
    round: int
    position: bytes | None
    consumed: dict[Inlet, int]


Runnable = Run | RunResult
"""What calls a function or script."""

Work = Runnable | Handle | Invoke | Finish | Restore | Remember | Produce


class Respond(msgspec.Struct, frozen=True, gc=False):
    """Answer a call of another task or of a person; it belongs to no round, and pushes nothing."""

    hosted: Hosted
    round: int
    number: int
    invocation: Invocation


class Dial(msgspec.Struct, frozen=True, gc=False):
    """Open a connection to a peer and tell the core its number."""

    peer: str
    address: str


class HangUp(msgspec.Struct, frozen=True, gc=False):
    """Close a connection that was dialled: nobody is there any more."""

    connection: int


class Leave(msgspec.Struct, frozen=True, gc=False):
    """Leave the run: send what is to be sent, and end."""

    reason: str


class Answered(msgspec.Struct, frozen=True, gc=False):
    """The controller answered a call."""

    number: int
    ok: bool
    answer: Answer


Instruction = Outgoing | Dial | HangUp | Leave | Answered
