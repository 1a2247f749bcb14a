"""What the controller's core decides, for its shell to carry out."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from swarmdsl.control.happenings import Happening
from swarmdsl.control.journal import AnyRecord
from swarmdsl.control.roster import Place
from swarmdsl.control.state import Reason, RunState
from swarmdsl.control.supervision import Kill, StartAgain


@dataclass(frozen=True, slots=True, kw_only=True)
class SendRoster:
    """Send this roster to a daemon, or to all.

    Attributes:
        daemon: its name; None for every daemon that is connected.
        round: that it is for.
        revision: grows with the roster, within its round.
        members: per task, the chosen candidates.
        done: the instances that are done with the round.
        first: per task in which an instance was replaced, the candidates that it began with.
        absent: the instances that are gone for good, done with it or left out.
        last: no round comes after it: sources that have no end of their own end now.
        failures: how often each task has failed in the round, of those that are tried elsewhere.
        gone: the daemons that are lost for good.
        heirs: the instances that joined the round in the place of one that is gone.
    """

    daemon: str | None
    round: int
    revision: int
    members: Mapping[int, list[int]]
    done: AbstractSet[Place]
    first: Mapping[int, list[int]]
    absent: AbstractSet[Place]
    last: bool
    failures: Mapping[int, int] = field(default_factory=dict)
    gone: AbstractSet[str] = frozenset()
    heirs: AbstractSet[Place] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Bequeath:
    """What an instance had saved is its heir's from now on: its daemon is lost for good."""

    instance: str
    heir: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOver:
    """What an instance was told in the round, another that does its work is told as well."""

    instance: str
    heir: str
    round: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Dismiss:
    """Tell a daemon to leave: it was cut off, and the run goes on without it."""

    daemon: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EndRun:
    """Stop every daemon; the run is in its final state."""

    state: RunState
    reason: Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Tell:
    """Tell the observers, and the store."""

    happening: Happening


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Write this to the journal, in the same commit as what else comes of it."""

    record: AnyRecord


Instruction = SendRoster | Bequeath | HandOver | StartAgain | Kill | Dismiss | EndRun | Tell | Note
