"""An engine whose daemons are greenlets in virtual time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from random import Random
from signal import Signals as Signal

from swarmdsl.daemon.arguments import DaemonArguments
from swarmdsl.deploy.cooperative.process import Process
from swarmdsl.deploy.engine import (
    DaemonContinued,
    DaemonExited,
    DaemonStarted,
    DaemonSuspended,
    EndedDaemon,
    EngineAttached,
    EngineEvent,
    EngineOptions,
    NodeJoined,
    NodeLost,
    RunningDaemon,
    StartDaemon,
    StopDaemon,
)
from swarmdsl.errors import EngineError
from swarmdsl.testing.endpoint import Bell
from swarmdsl.testing.scheduler import Scheduler
from swarmdsl.topology.expand import expand_daemons, node_of
from swarmdsl.topology.model import Topology

START_S = (0.001, 0.03)  # a fork, and the user's imports
NOTICE_S = (0.000_1, 0.002)  # until the engine hears of an end
TURN_S = 0.01  # how often a closing engine looks whether all have ended

Spawn = Callable[[DaemonArguments], Process]
"""Makes the process of a daemon; whoever makes it tells the engine when it has `ended`."""


class SimulatedEngine:
    """Starts and stops daemons of a simulation; see `Engine` for what it promises.

    Args:
        options: of the run; the addresses are names.
        scheduler: virtual time.
        chance: how long things take.
        spawn: makes a daemon's process.

    Attributes:
        owner: the process that uses the engine; the engine dies with it.
        bell: rings when there are events.
        daemons: the newest process of each daemon, by name.
        processes: all that were ever started, in order.
    """

    def __init__(
        self,
        options: EngineOptions,
        scheduler: Scheduler,
        chance: Random,
        spawn: Spawn,
    ) -> None:
        self.owner: Process | None = None
        self.bell = Bell(1)
        self.daemons: dict[str, Process] = {}
        self.processes: list[Process] = []
        self._options = options
        self._scheduler = scheduler
        self._chance = chance
        self._spawn = spawn
        self._events: list[EngineEvent] = []
        self._closed = False
        self._attached = 0
        self._there: dict[str, bool] = {}  # the nodes of which anything was told
        self._losses: Counter[str] = Counter()  # of each node
        self._losses_told: Counter[str] = Counter()
        self._losses_read: Counter[str] = Counter()
        self._told_at_s: dict[str, float] = {}  # the last news of each node

    def render(self, topology: Topology) -> list[StartDaemon]:
        """The commands that start every daemon of the topology."""
        return [
            StartDaemon(
                name=daemon.name,
                arguments=DaemonArguments(
                    run=self._options.run,
                    name=daemon.name,
                    incarnation=0,
                    address=f"simulated://{daemon.name}",
                    controller=self._options.controller,
                    run_folder=str(self._options.run_folder),
                ),
                cause="the run starts",
            )
            for daemon in expand_daemons(topology)
        ]

    def start(self, command: StartDaemon) -> None:
        """Start a daemon after a short while, unless another owner has taken over by then.

        Raises:
            EngineError: the engine was closed.
        """
        self._refuse_if_closed()
        attached, node = self._attached, node_of(command.name)
        lost = self._losses_read[node]

        def begin() -> None:
            if self._closed or attached != self._attached:
                return
            if lost != self._losses[node]:
                return  # which is told, or will be
            if not self._there.get(node, True):
                self._tell(NodeLost(node=node))
                return
            process = self._spawn(command.arguments)
            self.daemons[command.name] = process
            self.processes.append(process)
            self._tell(DaemonStarted(name=command.name, pid=len(self.processes)))

        self._scheduler.after(self._chance.uniform(*START_S), begin)

    def lose_node(self, node: str) -> bool:
        """A node is lost, with what runs there; False if it was not there."""
        if not self._there.get(node, True):
            return False
        for process in self._on(node):
            process.kill()  # of which it may hear before it hears of the node, or behind that
        return self.cut_off(node)

    def cut_off(self, node: str) -> bool:
        """A node is said to be lost, and what runs there does not know; False if it was not there.

        It is ended when the node is there again.
        """
        if not self._there.get(node, True):
            return False
        self._there[node] = False
        self._losses[node] += 1
        losses = self._losses[node]

        def tell() -> None:
            self._losses_told[node] = losses
            self._tell(NodeLost(node=node))

        self._after_news_of(node, tell)
        return True

    def join_node(self, node: str) -> None:
        """A node that was lost, or has never been there, can host daemons if it stays."""
        losses = self._losses[node]

        def join() -> None:
            if losses == self._losses[node]:
                for process in self._on(node):
                    process.kill()
                self._there[node] = True
                self._tell(NodeJoined(node=node))

        self._after_news_of(node, join)

    def _after_news_of(self, node: str, happens: Callable[[], None]) -> None:
        """Soon, but not before what has happened to the node before."""
        soon_s = self._scheduler.now_s + self._chance.uniform(*NOTICE_S)
        at_s = max(soon_s, self._told_at_s.get(node, 0.0))
        self._told_at_s[node] = at_s
        self._scheduler.at(at_s, happens)

    def _on(self, node: str) -> list[Process]:
        return [process for process in self.living() if process.node == node]

    def ended(self, process: Process) -> None:
        """A daemon's process has ended; of a node that is lost, nothing more is told."""
        assert process.end is not None, "it has ended"
        if not self._there.get(process.node, True):
            return
        event = DaemonExited(
            name=process.name,
            pid=self._pid(process),
            exit_code=process.end.exit_code,
            signal=process.end.signal,
        )
        told = self._losses_told[process.node]

        def tell() -> None:
            if told == self._losses_told[process.node]:
                self._tell(event)

        self._scheduler.after(self._chance.uniform(*NOTICE_S), tell)

    def pause(self, process: Process) -> None:
        """SIGSTOP, as anybody may send it."""
        process.freeze()
        self._tell_soon(DaemonSuspended(name=process.name, pid=self._pid(process)))

    def go_on(self, process: Process) -> None:
        """SIGCONT."""
        if process.alive and process.frozen:
            process.thaw()
            self._tell_soon(DaemonContinued(name=process.name, pid=self._pid(process)))

    def _pid(self, process: Process) -> int:
        return self.processes.index(process) + 1

    def owner_ended(self) -> None:
        """The owner's process has ended; without another, the daemons are ended after the grace."""

        def end_all() -> None:
            if self.owner is None or not self.owner.alive:
                self._closed = True
                for process in self.living():
                    process.kill()

        self._scheduler.after(self._options.owner_grace_s, end_all)

    def attach(self) -> bool:
        """Let another owner take over, and tell it of all daemons; False if they were ended."""
        if self._closed:
            return False
        self._attached += 1
        newest = self.daemons.values()
        self._events = [
            EngineAttached(
                running=tuple(
                    RunningDaemon(
                        name=one.name,
                        pid=self._pid(one),
                        incarnation=one.incarnation,
                        is_suspended=one.frozen,
                    )
                    for one in newest
                    if one.end is None
                ),
                ended=tuple(
                    EndedDaemon(
                        name=one.name,
                        pid=self._pid(one),
                        incarnation=one.incarnation,
                        exit_code=one.end.exit_code,
                        signal=one.end.signal,
                    )
                    for one in newest
                    if one.end is not None
                ),
            )
        ]
        self._losses_told = Counter(self._losses)
        self._losses_read = Counter(self._losses)
        told = {True: NodeJoined, False: NodeLost}
        self._events += [told[there](node=node) for node, there in sorted(self._there.items())]
        self.bell.ring()
        return True

    def _tell_soon(self, event: EngineEvent) -> None:
        self._scheduler.after(self._chance.uniform(*NOTICE_S), lambda: self._tell(event))

    def _tell(self, event: EngineEvent) -> None:
        self._events.append(event)
        self.bell.ring()

    def stop(self, command: StopDaemon) -> None:
        """Send a signal.

        Raises:
            EngineError: the engine was closed.
        """
        self._refuse_if_closed()
        process = self.daemons.get(command.name)
        if process is None or not process.alive:
            return
        match command.signal:
            case Signal.SIGKILL:
                process.kill()
            case Signal.SIGSTOP:
                self.pause(process)
            case Signal.SIGCONT:
                self.go_on(process)
            case _:
                process.terminate()

    def _refuse_if_closed(self) -> None:
        if self._closed:
            raise EngineError("simulated", "it was closed")

    def events(self) -> list[EngineEvent]:
        """What happened since the last call."""
        self.bell.rung = False
        events, self._events = self._events, []
        for event in events:
            if isinstance(event, NodeLost):
                self._losses_read[event.node] = self._losses_told[event.node]
        return events

    def fileno(self) -> int:
        """The number of the bell, in place of a descriptor."""
        return self.bell.number

    def close(self, grace_s: float) -> None:
        """End everything that was started, killing what is left after the grace."""
        if self._closed:
            return
        self._closed = True
        for process in self.living():
            process.terminate()
        deadline_s = self._scheduler.now_s + grace_s
        while self.living() and self._scheduler.now_s < deadline_s:
            self._wait(TURN_S)
        for process in self.living():
            process.kill()

    def _wait(self, seconds: float) -> None:
        assert self.owner is not None, "only its owner closes it"
        self.owner.wait(seconds, wakeable=False)

    def living(self) -> list[Process]:
        """The daemons that have not ended."""
        return [process for process in self.daemons.values() if process.alive]
