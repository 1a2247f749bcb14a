"""The engine of containers: every daemon is alone in one, wherever a container runtime makes it.

The engine commands the first process of each container over a line: it forks the daemon, tells how
it fares, and passes on what it writes. A daemon that is started anew is forked in the same
container, unless that has ended too.

When the engine's process ends, however that happens, the line of each container does, and so the
container. There is no other owner to wait for: a controller that goes on with the run removes what
is left and starts all daemons anew.
"""

from __future__ import annotations

import os
import select
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from swarmdsl.daemon.arguments import DaemonArguments, log_file
from swarmdsl.daemon.contained_protocol import SCRATCH, OutOfMemory
from swarmdsl.daemon.fork_protocol import (
    DEFAULT_ENTRY,
    ENTRY_OF_ONE,
    Answer,
    Continued,
    Exited,
    Failed,
    Prepare,
    Shutdown,
    Signal,
    Start,
    Started,
    Suspended,
)
from swarmdsl.daemon.log_times import time_text
from swarmdsl.daemon.socket_folder import remove_socket_folder
from swarmdsl.deploy.access import LOCALS
from swarmdsl.deploy.engine import (
    DaemonContinued,
    DaemonExited,
    DaemonStarted,
    DaemonStartFailed,
    DaemonSuspended,
    EngineEvent,
    EngineLost,
    EngineOptions,
    NodeJoined,
    NodeLost,
    StartDaemon,
    StopDaemon,
)
from swarmdsl.deploy.engines.container import Container
from swarmdsl.deploy.engines.container_runtime import (
    Begun,
    ContainerRuntime,
    NodeNews,
    RuntimeGone,
)
from swarmdsl.errors import EngineError
from swarmdsl.topology.expand import expand_daemons, node_of
from swarmdsl.topology.memory import memory_text
from swarmdsl.topology.model import Topology
from swarmdsl.transport.tcp_addresses import TcpAddress

EVERY_HOST = "0.0.0.0"  # noqa: S104 - of a container, in a network that only its run is in
CLOSE_MARGIN_S = 10.0  # beyond the grace: for SIGKILL to work and the last answers to arrive
LOOK_MAX_S = 1.0
RING_BYTES = 4_096
KILLED = 9


def note(log: Path, text: str) -> None:
    """Write a line into the log of an engine."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("a", encoding="utf-8") as file:
        file.write(f"{time_text(time.time())} {text}\n")


class ContainerEngine:
    """Runs daemons as containers; see `Engine` for what it promises.

    Args:
        options: of the run.
        make_runtime: makes what makes the containers, given the descriptor that it is to write to.
        scratch: the one folder of each container that can be written to.
    """

    def __init__(
        self,
        options: EngineOptions,
        make_runtime: Callable[[int], ContainerRuntime],
        scratch: str = SCRATCH,
    ) -> None:
        self._options, self._scratch = options, scratch
        self._containers: dict[str, Container] = {}
        self._by_line: dict[int, Container] = {}
        self._pending: list[EngineEvent] = []
        self._lost = self._closed = False
        self._bell, self._ringer = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._runtime = make_runtime(self._ringer)
        self._poll = select.epoll()
        self._poll.register(self._bell, select.EPOLLIN)

    # ---------------------------------------------------------------------------------- commands

    def render(self, topology: Topology) -> list[StartDaemon]:
        """One command per daemon, in the order of the topology."""
        return [
            StartDaemon(
                name=daemon.name,
                arguments=self._arguments(daemon.name, str(i)),
                cause="the run starts",
            )
            for i, daemon in enumerate(expand_daemons(topology))
        ]

    def _arguments(self, name: str, place: str) -> DaemonArguments:
        options, access = self._options, self._options.access
        listens_at = str(TcpAddress(access.transport, EVERY_HOST, None))
        if access.transport in LOCALS:
            listens_at = access.address(options.socket_folder, place)
        return DaemonArguments(
            run=options.run,
            name=name,
            incarnation=0,
            address=listens_at,
            controller=options.controller,
            run_folder=str(options.run_folder),
            keys=access.keys.get(name),
        )

    def start(self, command: StartDaemon) -> None:
        """Have the daemon forked in its container, which is made if there is none.

        Raises:
            EngineError: the engine was closed.
        """
        self._refuse_if_closed()
        if self._lost:
            return
        arguments = command.arguments
        number = arguments.incarnation + 1
        self._note(f"start {command.name}, process {number} of this daemon: {command.cause}")
        container = self._containers.get(command.name)
        if container is not None and container.pid is not None:
            problem = f"it still runs as process {container.pid}"
            self._tell(DaemonStartFailed(name=command.name, problem=problem))
            self._ring()
            return
        if container is None:
            container = self._new_container(command.name, arguments)
        container.is_asked = True
        container.say(Start(arguments=self._contained(arguments), cause=command.cause))
        self._attend(container)

    def _new_container(self, name: str, arguments: DaemonArguments) -> Container:
        log, entry = log_file(self._options.run_folder, name), self._options.entry
        container = Container(name, log, time.monotonic(), self._runtime.silent_max_s)
        self._containers[name] = container
        container.say(
            Prepare(
                topology_json=self._options.topology_json,
                entry=ENTRY_OF_ONE if entry == DEFAULT_ENTRY else entry,
                run_folder=self._run_folder,
                admitted=self._options.access.admitted,
            )
        )
        self._runtime.begin(container, arguments)
        return container

    def _contained(self, arguments: DaemonArguments) -> DaemonArguments:
        """As the container is told them: with its own paths."""
        is_local = self._options.access.transport in LOCALS
        files = "" if is_local else f"unix://{self._scratch}/swarm/d"
        return replace(self._runtime.told(arguments), run_folder=self._run_folder, files=files)

    @property
    def _run_folder(self) -> str:
        """Of each container, where it has what others have in the folder of the run."""
        return f"{self._scratch}/run"

    def stop(self, command: StopDaemon) -> None:
        """Have a signal sent.

        Raises:
            EngineError: the engine was closed.
        """
        self._refuse_if_closed()
        container = self._containers.get(command.name)
        self._note(f"signal {command.signal} to {command.name}: {command.cause}")
        if container is None or self._lost:
            return
        if command.renews and container.line is not None:
            container.is_ending = True
            self._kill(container)
        else:
            container.say(Signal(name=command.name, signum=command.signal, cause=command.cause))
            self._attend(container)

    def events(self) -> list[EngineEvent]:
        """What the containers told since the last call, and which have ended or do not answer."""
        if not self._closed and not self._lost:
            self._listen(0.0)
            self._judge_silence()
        events, self._pending = self._pending, []
        return events

    def fileno(self) -> int:
        """Readable when any container has said something, or was started."""
        return self._poll.fileno()

    def close(self, grace_s: float) -> None:
        """End all daemons and remove their containers.

        What the daemons' ends were is told by `events` afterwards.
        """
        if self._closed:
            return
        self._runtime.close()
        self._take_begun()
        if not self._lost:
            for container in self._by_line.values():
                container.say(Shutdown(grace_s=grace_s))
                self._attend(container)
            self._hear_out(time.monotonic() + grace_s + CLOSE_MARGIN_S)
            for container in [*self._containers.values()]:
                self._forget(container)
                self._bury(container, None, KILLED, "")
        self._closed = True
        for container in self._containers.values():
            container.close()
        self._poll.close()
        for descriptor in (self._bell, self._ringer):
            os.close(descriptor)
        with suppress(EngineError):  # A runtime that is gone leaves what `swarm prune` removes.
            self._runtime.clear()
        remove_socket_folder(self._options.socket_folder)

    # ------------------------------------------------------------------------------ the containers

    def _hear_out(self, deadline_s: float) -> None:
        while self._by_line and not self._lost and (left_s := deadline_s - time.monotonic()) > 0:
            self._listen(min(left_s, LOOK_MAX_S))
            self._judge_silence()

    def _listen(self, wait_s: float) -> None:
        """Take in all that has arrived."""
        for descriptor, _ in self._poll.poll(wait_s):
            if self._lost:
                return  # The bell rings on.
            if descriptor == self._bell:
                os.read(self._bell, RING_BYTES)
                self._take_begun()
            elif (container := self._by_line.get(descriptor)) is not None:
                self._hear(container)

    def _take_begun(self) -> None:
        for begun in self._runtime.take_begun():
            self._begun(begun)
        for news in self._runtime.take_nodes():
            self._come_or_go(news)
        for remark in self._runtime.remarks():
            self._note(remark)

    def _come_or_go(self, news: NodeNews) -> None:
        """Tell of a node; what was on one that is gone is heard of no more."""
        if news.is_there:
            self._note(f"the node {news.node} is there")
            self._tell(NodeJoined(node=news.node))
            return
        self._note(news.problem)
        for name in [one for one in self._containers if node_of(one) == news.node]:
            self._forget(self._containers.pop(name))
        self._tell(NodeLost(node=news.node, problem=news.problem))

    def _begun(self, begun: Begun) -> None:
        container = begun.container
        container.id = begun.id
        if self._lost:
            if begun.line is not None:
                begun.line.close()
        elif isinstance(begun.problem, RuntimeGone):
            self._lose(str(begun.problem))
        elif begun.line is None:
            problem = getattr(begun.problem, "problem", str(begun.problem))
            self._fail(container, problem)
            if begun.id:
                self._runtime.remove(container)
        else:
            container.begin(begun.line, begun.first, time.monotonic())
            self._by_line[begun.line.fileno()] = container
            self._poll.register(begun.line, select.EPOLLIN)
            self._attend(container)

    def _attend(self, container: Container) -> None:
        """Wait for the container to take more, as long as there is more to say."""
        if container.line is not None:
            more = select.EPOLLOUT if container.has_more else 0
            self._poll.modify(container.line, select.EPOLLIN | more)

    def _hear(self, container: Container) -> None:
        container.write()
        self._attend(container)
        try:
            for answer in container.read():
                self._take(container, answer)
        except EOFError:
            self._ended(container)

    def _judge_silence(self) -> None:
        now_s = time.monotonic()
        for container in [*self._by_line.values()]:
            container.pulse.look(now_s)
            if container.pulse.is_silent:
                self._note(f"the container of {container.name} did not answer and is ended")
                self._kill(container)
                if self._lost:
                    return
            elif container.pulse.is_due:
                container.ask()
                self._attend(container)

    def _kill(self, container: Container) -> None:
        try:
            self._runtime.kill(container)
        except RuntimeGone as error:
            self._lose(str(error))

    def _take(self, container: Container, answer: Answer | OutOfMemory) -> None:
        name = container.name
        match answer:
            case Started(pid=pid):
                container.is_asked = False
                container.pid = container.pid_here(pid)
                self._tell(DaemonStarted(name=name, pid=container.pid))
            case Suspended() if container.pid is not None:
                self._tell(DaemonSuspended(name=name, pid=container.pid))
            case Continued() if container.pid is not None:
                self._tell(DaemonContinued(name=name, pid=container.pid))
            case OutOfMemory(limit=limit):
                container.problem = f"out of memory: its container may take {memory_text(limit)}"
            case Exited() if container.is_ending:
                pass  # It is told with the end of its container: its next one needs another.
            case Exited(exit_code=exit_code, signal=signum):
                self._exited(container, exit_code, signum)
            case Failed(problem=problem):
                container.is_asked = False
                self._tell(DaemonStartFailed(name=name, problem=problem))
            case _:
                pass  # It was heard.

    def _exited(self, container: Container, exit_code: int | None, signum: int | None) -> None:
        if container.pid is None:
            return
        pid, container.pid = container.pid, None
        problem, container.problem = container.problem, ""
        self._tell(
            DaemonExited(
                name=container.name, pid=pid, exit_code=exit_code, signal=signum, problem=problem
            )
        )

    def _ended(self, container: Container) -> None:
        """A container has ended, with its daemon if that still ran."""
        self._forget(container)
        try:
            end = self._runtime.end_of(container)
        except EngineError as error:
            self._lose(str(error))
            return
        self._note(f"the container of {container.name} has ended: {container.stray or end}")
        problem = "out of memory" if end.is_out_of_memory else ""
        self._bury(container, end.exit_code, end.signal, problem)
        self._runtime.remove(container)

    def _bury(
        self, container: Container, exit_code: int | None, signum: int | None, problem: str
    ) -> None:
        """Tell of a daemon what has become of its container, unless its own end was told."""
        if container.pid is not None:
            container.problem = container.problem or problem
            # Its first process died under it, so the kernel killed it.
            self._exited(container, None, signum or KILLED)
        elif container.is_asked:
            words = container.stray.strip().splitlines()
            how = f"exit code {exit_code}" if signum is None else f"signal {signum}"
            self._fail(container, ": ".join([f"its container ended ({how})", *words[-1:]]))
        self._containers.pop(container.name, None)

    def _fail(self, container: Container, problem: str) -> None:
        self._containers.pop(container.name, None)
        container.is_asked = False
        self._tell(DaemonStartFailed(name=container.name, problem=problem))

    def _forget(self, container: Container) -> None:
        if container.line is not None:
            self._poll.unregister(container.line)
            del self._by_line[container.line.fileno()]
        container.close()

    def _lose(self, problem: str) -> None:
        """The runtime is gone, and with it whatever it ran."""
        if self._lost:
            return
        self._lost = True
        for container in [*self._by_line.values()]:
            self._forget(container)  # which ends it, if it lives after all
        self._tell(EngineLost(problem=problem))
        self._ring()

    def _tell(self, event: EngineEvent) -> None:
        self._pending.append(event)

    def _ring(self) -> None:
        """There is news that no container has told."""
        with suppress(BlockingIOError):  # So full that it is readable already.
            os.write(self._ringer, b".")

    def _note(self, text: str) -> None:
        """Write into the engine's own log."""
        note(log_file(self._options.run_folder, self._runtime.name), text)

    def _refuse_if_closed(self) -> None:
        if self._closed:
            raise EngineError(self._runtime.name, "it was closed; make another one")
