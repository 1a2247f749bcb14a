"""What a daemon tells the controller on its EVENTS channel: facts, in the past tense."""

from __future__ import annotations

import msgspec

from swarmdsl.wire.messages import CONTROL_BYTES_MAX, ChannelKey

CONTROLLER = "controller"  # its name as a peer
EVENTS = ChannelKey(-1, 0, 0)  # every daemon's channel to the controller, beside the topology's
CALL_BYTES_MAX = CONTROL_BYTES_MAX - 65_536  # of a call's arguments or answer, beside some names
TOO_LONG = "{} bytes are too many for a call, which may carry {}; push large values instead"


LOOP_VALUES = "loop.values"  # the call that asks for what the round before brought


class LoopPage(msgspec.Struct, frozen=True):
    """The answer to it: some of the values, encoded one by one, and whether there are more."""

    values: list[bytes]
    more: bool


def effect_of_handler(incarnation: int, number: int) -> str:
    """The name of the n-th change that handlers of a process ask for.

    >>> effect_of_handler(1, 7)
    '1.7'
    """
    return f"{incarnation}.{number}"


def is_of_handler(effect: str) -> bool:
    """Whether a handler asked, so that only its last answer may still be wanted.

    >>> is_of_handler("1.7"), is_of_handler("7")
    (True, False)
    """
    return "." in effect


class Report(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """The base of all reports."""


class WorkStarted(Report, frozen=True, gc=False, array_like=True, tag="started"):
    """An instance began its work of a round."""

    instance: str
    round: int


class WorkFinished(Report, frozen=True, gc=False, array_like=True, tag="finished"):
    """An instance has finished its work of a round and pushed all that came of it."""

    instance: str
    round: int
    seconds: float
    pushed: int


class WorkConfirmed(Report, frozen=True, gc=False, array_like=True, tag="confirmed"):
    """All that an instance pushed in a round was confirmed: the daemon's death costs none of it."""

    instance: str
    round: int


class WorkFailed(Report, frozen=True, gc=False, array_like=True, tag="failed"):
    """An instance raised, or could not be given its inputs."""

    instance: str
    round: int
    error: str
    problem: str
    traceback: str


class LinkRefused(Report, frozen=True, gc=False, array_like=True, tag="refused"):
    """A daemon was refused by another: what it pushes there never arrives. Either may tell."""

    peer: str
    by: str
    reason: str


class DaemonLeft(Report, frozen=True, gc=False, array_like=True, tag="left"):
    """A daemon's last words: what did not go the straight way while it lived.

    `counts` is about its sessions, `links` about its pushes, by `source -> destination`.
    """

    counts: dict[str, int]
    links: dict[str, dict[str, int]] = {}


AnyReport = WorkStarted | WorkFinished | WorkConfirmed | WorkFailed | LinkRefused | DaemonLeft
