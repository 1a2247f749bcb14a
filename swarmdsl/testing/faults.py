"""Faults as values: a schedule that can be printed, replayed and made smaller."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class FaultKind(Enum):
    """What can go wrong. The value is its name on the command line.

    In brackets: what `target` and `other` name, and which of `for_s` and `extra_s` it reads.
    """

    DELAY = "delay"  # messages between two nodes take longer (nodes; both)
    CLOG = "clog"  # messages from a process to another wait (processes; for_s)
    PARTITION = "partition"  # messages between two nodes wait (nodes; for_s)
    ONE_WAY = "one-way"  # messages from a node to another wait (nodes; for_s)
    SLOW = "slow"  # each piece of a daemon's work takes longer (process; both)
    PAUSE = "pause"  # a daemon is stopped, and continued (process; for_s)
    CUT = "cut"  # a connection breaks, what is on its way is lost (processes)
    LATE = "late"  # a connection breaks, what is on its way arrives late (processes; extra_s)
    KILL = "kill"  # a daemon is killed (process)
    KILL_NODE = "kill-node"  # all daemons of a node are killed (node)
    LOSE_NODE = "lose-node"  # a node and what it hosts (node; it is back after for_s; 0: never)
    CUT_OFF = "cut-off"  # a node is taken for lost, and what it hosts lives (node; likewise)
    KEEP_NODE = "keep-node"  # from the start on a node is not there (node; it comes after for_s)
    KILL_CONTROLLER = "kill-controller"  # another takes over (for_s: after so long; 0: never)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault of a schedule.

    Attributes:
        at_s: when, in virtual seconds since the start.
        kind: what.
        target: the node or the process that it hits.
        other: the second one, where the kind needs two.
        for_s: how long it lasts.
        extra_s: how much longer things take.

    >>> str(Fault(at_s=0.25, kind=FaultKind.CLOG, target="a", other="b", for_s=0.5))
    '0.250000 clog a b for 0.500000'
    """

    at_s: float
    kind: FaultKind
    target: str
    other: str = ""
    for_s: float = 0.0
    extra_s: float = 0.0

    def __str__(self) -> str:
        words = [f"{self.at_s:.6f}", self.kind.value, self.target, self.other]
        if self.extra_s:
            words.append(f"extra {self.extra_s:.6f}")
        if self.for_s:
            words.append(f"for {self.for_s:.6f}")
        return " ".join(filter(None, words))


SURVIVED: tuple[FaultKind, ...] = (
    FaultKind.DELAY,
    FaultKind.CLOG,
    FaultKind.PARTITION,
    FaultKind.ONE_WAY,
    FaultKind.SLOW,
    FaultKind.PAUSE,
    FaultKind.CUT,
    FaultKind.LATE,
    FaultKind.KILL,
    FaultKind.KILL_NODE,
    FaultKind.KILL_CONTROLLER,
)
"""What a run must survive: the kinds that are injected unless others are named."""
