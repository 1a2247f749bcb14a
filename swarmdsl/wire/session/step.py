"""By how much credit grows before the sender is told: each telling wakes it up."""

from __future__ import annotations

from typing import NamedTuple

from swarmdsl.topology.model import Limits

PARTS = 4  # of an inbox, or of what is kept: one may be free without the sender knowing


class Step(NamedTuple):
    """The growth that is worth telling: so many pushes taken, or so many bytes that came."""

    pushes: int
    bytes: int


AT_ONCE = Step(1, 0)
"""Whatever is taken is told: for senders that choose, or drop, by the credit that they have."""


def step_of(limits: Limits) -> Step:
    """The step of a channel whose sender only waits when it has no credit.

    With all taken and nothing told, a whole batch still fits, in pushes and in bytes: a sender that
    waits has either sent enough to be told soon, or will be told of what it has sent.

    >>> step_of(Limits()), step_of(Limits(inbox_messages=4_172)).pushes
    (Step(pushes=2048, bytes=16777216), 76)
    """
    spare = limits.inbox_messages - limits.batch_messages
    pushes = min(limits.inbox_messages, limits.unconfirmed_messages)
    return Step(
        pushes=max(1, min(pushes // PARTS, spare)),
        bytes=min(limits.inbox_bytes, limits.unconfirmed_bytes) // PARTS,
    )
