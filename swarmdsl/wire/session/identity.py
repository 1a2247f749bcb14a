"""Who one side of a session is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

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
        reads: per link into it, the schema of what its code reads there, as text. On other links,
            and where none is given, it takes anything.
    """

    run: str
    topology: str
    peer: str
    incarnation: int
    address: str
    limits: Limits
    reads: Mapping[int, str] = field(default_factory=dict)
