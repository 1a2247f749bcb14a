"""Work that a daemon's core hands to its shell, and what the shell hands back."""

from __future__ import annotations

from typing import Any

import msgspec

from swarmdsl.daemon.reports import Invocation
from swarmdsl.daemon.wiring import Hosted
from swarmdsl.wire.session.events import Inlet


class Run(msgspec.Struct, frozen=True, gc=False):
    """Run a function or script once, with all its inputs of the round.

    `arguments` maps a port to its value, or to the list of its values when the port gathers. A
    port that received nothing is absent.
    """

    hosted: Hosted
    round: int
    arguments: dict[str, Any]
    consumed: dict[Inlet, int]


class RunResult(msgspec.Struct, frozen=True, gc=False):
    """Run a function or script for one of the values that start a run each.

    `arguments` holds it beside the inputs that all runs of the round see. `in_inbox` says whether
    its credit has not returned yet.
    """

    hosted: Hosted
    round: int
    arguments: dict[str, Any]
    consumed: dict[Inlet, int]
    in_inbox: bool


class Handle(msgspec.Struct, frozen=True, gc=False):
    """Hand a batch of pushes to a daemon's handler, one by one.

    `first` is the number of the first of them, from 1, among those of its channel in the round.
    """

    hosted: Hosted
    round: int
    handler: str
    values: list[Any]
    consumed: dict[Inlet, int]
    first: int = 1


class Invoke(msgspec.Struct, frozen=True, gc=False):
    """Call a method of a daemon module that takes no push: a timer, or the end of a round."""

    hosted: Hosted
    round: int
    method: str
    consumed: dict[Inlet, int]


class Finish(msgspec.Struct, frozen=True, gc=False):
    """All of a round is done, or there was nothing to do: only END is left to pass on."""

    hosted: Hosted
    round: int
    consumed: dict[Inlet, int]


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


class Send(msgspec.Struct, frozen=True, gc=False):
    """Send these frames on a connection; if it cannot take them now, later, in order."""

    connection: int
    frames: list[Any]


class Dial(msgspec.Struct, frozen=True, gc=False):
    """Open a connection to a peer and tell the core its number."""

    peer: str
    address: str


class Leave(msgspec.Struct, frozen=True, gc=False):
    """Leave the run: send what is to be sent, and end."""

    reason: str


class Answered(msgspec.Struct, frozen=True, gc=False):
    """The controller answered a call."""

    number: int
    ok: bool
    payload: bytes


Instruction = Send | Dial | Leave | Answered
