"""What an observer of a run is told, as it happens: for displays, logs and tests."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from swarmdsl.control.state import Reason, RunState


@dataclass(frozen=True, slots=True, kw_only=True)
class StateChanged:
    """The run is in another state; `reason` is set when it is final."""

    run: str
    state: RunState
    reason: Reason | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DaemonConnected:
    """A daemon is ready; `missing` others are not yet."""

    daemon: str
    missing: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """No round, instance or daemon has changed for long: for `what` the run has waited since.

    It waits for at most `at_most_s` seconds in all; None if that has no limit. With `at_work` it
    is instances that work, and `so_far` says what has been seen of it; empty if that is nothing.
    """

    what: str
    seconds: float
    at_most_s: float | None
    at_work: bool = False
    so_far: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DaemonLost:
    """A daemon's process ended, and will be started anew; `text` says how, and what was lost.

    `forgets` is the module that had handled pushes in it and has no `snapshot`; "" if none had.
    """

    daemon: str
    text: str
    again_in_s: float
    forgets: str = ""

    @property
    def then(self) -> str:
        """How it goes on.

        >>> DaemonLost(daemon="a@n1#0", text="", again_in_s=0.1, forgets="Holder").then
        'started anew in 0.1 s, without its memory: Holder has no snapshot()'
        """
        loss = f", without its memory: {self.forgets} has no snapshot()" if self.forgets else ""
        return f"started anew in {self.again_in_s:g} s{loss}"


@dataclass(frozen=True, slots=True, kw_only=True)
class DaemonGivenUp:
    """A daemon was lost once too often, or with its node; its work is done elsewhere, or not."""

    daemon: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DaemonReplaced:
    """A daemon was ended on purpose, and another is started in its place; `text` says why.

    `forgets` is as that of `DaemonLost`.
    """

    daemon: str
    text: str
    forgets: str = ""

    @property
    def then(self) -> str:
        """How it goes on.

        >>> DaemonReplaced(daemon="a@n1#0", text="", forgets="Holder").then
        'replaced, without its memory: Holder has no snapshot()'
        """
        loss = f", without its memory: {self.forgets} has no snapshot()" if self.forgets else ""
        return f"replaced{loss}"


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceMissing:
    """The run goes on without an instance, from that round on; `text` says why.

    Its task says `on_node_loss="continue"`, or that of the one that it is a pair with.
    """

    instance: str
    alias: str
    round: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceJoined:
    """An instance that was missing may take part again, from that round on."""

    instance: str
    alias: str
    round: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeAwaited:
    """A node that is expected is not there yet; the run begins without it."""

    node: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeArrived:
    """A node is there (again): its daemons are started, and the next round has them."""

    node: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TasksPlaced:
    """Tasks take their nodes in another order: `moves` says which are where from the next round on.

    Empty if all stay where they are, and only others would step in for what is lost.
    """

    moves: Mapping[str, tuple[str, ...]]

    @property
    def text(self) -> str:
        """Where they are.

        >>> TasksPlaced(moves={"count": ("n1", "n2")}).text
        'count on n1, n2'
        """
        moved = (f"{alias} on {', '.join(nodes)}" for alias, nodes in self.moves.items())
        return "; ".join(moved) or "no task"


@dataclass(frozen=True, slots=True, kw_only=True)
class PushesLost:
    """A source that cannot be asked again died in the round, which is over now.

    At least `lost` of its pushes were never used, and at most `lost + unknown`; a push to several
    receivers counts for each. `unknown` is None if there is no bound: a source that may spill died
    together with one of its receivers.
    """

    instance: str
    alias: str
    round: int
    lost: int
    unknown: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundStarted:
    """A round began; `instances` is how many instances each of its tasks has."""

    round: int
    instances: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceStarted:
    """An instance began its work of the round."""

    instance: str
    alias: str
    round: int


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceStolen:
    """An instance began its work of the round in an idle worker, in the place of its busy one.

    Attributes:
        instance: its name.
        alias: of its task.
        round: of the work.
        daemon: the worker that hosts it, and pushes what comes of it.
        by: the worker that runs it, on the same node.
    """

    instance: str
    alias: str
    round: int
    daemon: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceRetried:
    """An instance failed, and does its work once more; `text` says what it raised.

    It has failed `failures` times, of `attempts` that it has. `node` is where the next attempt is
    made; empty where the last one was.
    """

    instance: str
    alias: str
    round: int
    text: str
    failures: int
    attempts: int
    again_in_s: float
    node: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceFinished:
    """An instance finished its work of the round."""

    instance: str
    alias: str
    round: int
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceConfirmed:
    """All that an instance pushed in the round was used, down to the end of the graph."""

    instance: str
    alias: str
    round: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultAdded:
    """A task added a result; `value` is decoded as plain data."""

    tag: str
    node: str
    alias: str
    round: int
    value: object


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundFinished:
    """The run has the values of the round, and all that was pushed in it has been used."""

    round: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RunTakenOver:
    """A new controller has the daemons in its hands, but for those that did not come in time."""

    absent: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StopRequested:
    """No further round is wanted; `round` is in progress, and finished first. None before any."""

    round: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class IrregularitiesCounted:
    """A daemon left; while it lived, this went not the straight way.

    `counts` is about its sessions, `links` about its pushes, by `source -> destination`.
    """

    daemon: str
    counts: Mapping[str, int]
    links: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class StrangerRefused:
    """Somebody knocked at the controller with a key that is none of the run; told once."""

    text: str


Happening = (
    StateChanged
    | DaemonConnected
    | Waiting
    | DaemonLost
    | DaemonGivenUp
    | DaemonReplaced
    | InstanceMissing
    | InstanceJoined
    | NodeAwaited
    | NodeArrived
    | TasksPlaced
    | PushesLost
    | RoundStarted
    | InstanceStarted
    | InstanceStolen
    | InstanceRetried
    | InstanceFinished
    | InstanceConfirmed
    | ResultAdded
    | RoundFinished
    | RunTakenOver
    | StopRequested
    | IrregularitiesCounted
    | StrangerRefused
)
Observer = Callable[[Happening], None]
"""Is called in the controller's thread, between two turns: until it returns, nothing is decided."""
