"""Who one side of a session is."""

from __future__ import annotations

from dataclasses import dataclass

from swarmdsl.topology.model import Limits


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What one process says of itself in HELLO and WELCOME, and the bounds it keeps.

    Attributes:
        run: id of the run; peers of another run are refused.
        topology: hash of the topology; peers with another one are refused.
        peer: its own name, a daemon's or `controller`.
        incarnation: a number higher than any earlier process of this name had.
        address: where it listens.
        limits: the bounds of its channels.
    """

    run: str
    topology: str
    peer: str
    incarnation: int
    address: str
    limits: Limits
