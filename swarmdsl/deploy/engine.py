"""What starts and stops daemons: the Protocol, its commands and its events.

An engine has no opinion: it neither restarts nor gives up, it does what a command says and tells
what happened. A controller waits on `fileno()` beside its own sockets, then reads `events()`.

A daemon that was started gives `DaemonStarted` and, once, `DaemonExited`; one that could not be
gives `DaemonStartFailed`. Between the two, if its process is stopped by a signal and continued,
`DaemonSuspended` and `DaemonContinued` come in turn; a daemon may also exit while it is suspended.
`EngineLost` comes at most once and is the last event: whatever the engine still ran is dead or
dying then, and nothing more is reported of it.

An engine that knows of nodes tells `NodeLost` of one that cannot host daemons: lost, or not there
yet. What ran there is dead or cut off, and nothing more is reported of it; whatever is to be
started there is not, and `NodeLost` may be told once more. `NodeJoined` tells that the node can
host daemons (again), after what had run there has been ended. A node of which nothing is told is
there. Who starts a daemon and has not read that its node was lost is told so, and nothing starts.

An engine that was attached to daemons of a dead owner tells `EngineAttached` first: of the daemons
that it names, it tells what happens from then on, as if it had started them itself. Behind that it
tells `NodeLost` of each node that is not there, and `NodeJoined` of each that was not and is again.

An engine that hangs cannot make `fileno()` readable. It is noticed by `events()`, within five
seconds if that is called once a second; who calls it less often learns of it later.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from swarmdsl.daemon.arguments import DaemonArguments
from swarmdsl.daemon.fork_protocol import DEFAULT_ENTRY
from swarmdsl.deploy.access import Access
from swarmdsl.topology.model import Topology

DEFAULT_BASE_IMAGE = "python:3.11-slim"


def say_nothing(_text: str) -> None:
    """For whoever does not want to be told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineOptions:
    """What an engine must know of the run, resolved by the caller.

    Attributes:
        run: the id of the run.
        run_folder: logs go to `logs/` below it.
        socket_folder: the private folder for the daemons' sockets; the engine removes it when it
            ends, even if it ends because its owner was killed.
        controller: the address where the controller listens.
        topology_json: the topology as each daemon reads it.
        environment: of every process the engine starts.
        base_image: what images are made from, unless a module names its own.
        registry: where images are pushed to that other machines pull; "" for nowhere.
        say: is told what takes time before the run begins.
        entry: `module:function` that makes a daemon's life, as in `Prepare`; tests hand in their
            own.
        owner_grace_s: for how long the daemons live on when the process that owns the engine dies
            without closing it, and another may attach; 0 ends them with it.
        access: where the daemons listen, and by which keys they are known.
    """

    run: str
    run_folder: Path
    socket_folder: Path
    controller: str
    topology_json: bytes
    environment: Mapping[str, str]
    base_image: str = DEFAULT_BASE_IMAGE
    registry: str = ""
    say: Callable[[str], None] = say_nothing
    entry: str = DEFAULT_ENTRY
    owner_grace_s: float = 0.0
    access: Access = field(default_factory=Access)


@dataclass(frozen=True, slots=True, kw_only=True)
class StartDaemon:
    """Command: start this daemon. The cause is written to the engine's log."""

    name: str
    arguments: DaemonArguments
    cause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StopDaemon:
    """Command: send this signal to the daemon. The cause is written to the engine's log.

    Attributes:
        name: of the daemon.
        signal: what it is sent.
        cause: why.
        renews: end it at once, with whatever its engine keeps for its next process: a container.
    """

    name: str
    signal: int
    cause: str
    renews: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DaemonStarted:
    """The daemon's process exists; that it is ready is for itself to say."""

    name: str
    pid: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DaemonStartFailed:
    """The daemon was not started, and why."""

    name: str
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DaemonSuspended:
    """The daemon's process was stopped by a signal: it lives and does nothing.

    `StopDaemon` with SIGCONT continues it and SIGKILL ends it; any other signal waits until then.
    """

    name: str
    pid: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DaemonContinued:
    """The daemon's process, which was suspended, runs again."""

    name: str
    pid: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DaemonExited:
    """The daemon's process ended: exactly one of exit code and signal is set.

    Attributes:
        problem: why, if the engine knows more than that: `out of memory`, say.
    """

    name: str
    pid: int
    exit_code: int | None
    signal: int | None
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeLost:
    """A node cannot host daemons: it is lost, or not there yet; `problem` says more, if it can."""

    node: str
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeJoined:
    """A node that was not there can host daemons; none of the run lives there."""

    node: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningDaemon:
    """A daemon that was found alive."""

    name: str
    pid: int
    incarnation: int
    is_suspended: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedDaemon:
    """How a daemon ended that was not found alive: exit code or signal, as in `DaemonExited`."""

    name: str
    pid: int
    incarnation: int
    exit_code: int | None
    signal: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineAttached:
    """The first event of an engine that was attached: all that there is.

    A daemon is in one of the two, or was never started. An end may have been told to the owner
    before, who may have died before it took note: compare the incarnation with what is on record.
    """

    running: tuple[RunningDaemon, ...]
    ended: tuple[EndedDaemon, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineLost:
    """The engine works no longer; its descriptor stays readable, so wait on it no more."""

    problem: str


EngineEvent = (
    DaemonStarted
    | DaemonStartFailed
    | DaemonSuspended
    | DaemonContinued
    | DaemonExited
    | NodeLost
    | NodeJoined
    | EngineAttached
    | EngineLost
)


class Engine(Protocol):
    """Starts and stops the daemons of one run. Used by one thread."""

    def render(self, topology: Topology) -> list[StartDaemon]:
        """The commands that start every daemon of the topology; does nothing."""

    def start(self, command: StartDaemon) -> None:
        """Ask for a daemon; how it went is an event. On a lost engine nothing happens.

        Raises:
            EngineError: the engine cannot begin to work, or was closed.
        """

    def stop(self, command: StopDaemon) -> None:
        """Send a signal; nothing happens if the daemon has ended, or the engine is lost.

        Raises:
            EngineError: the engine was closed.
        """

    def events(self) -> list[EngineEvent]:
        """What happened since the last call; waits for nothing. Also readable after `close`.

        To be called when `fileno()` is readable, and once a second in any case.
        """

    def fileno(self) -> int:
        """The descriptor that is readable when `events()` has something to tell."""

    def close(self, grace_s: float) -> None:
        """End everything that was started, killing what is left after the grace.

        When it returns none of the daemons lives. A second call does nothing.
        """


class AttachedEngine(Engine, Protocol):
    """An engine that owns the daemons of a run whose owner died."""

    @property
    def options(self) -> EngineOptions:
        """Its own, but for what the daemons share: that is as their first owner said."""
