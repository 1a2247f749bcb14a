"""An engine with daemons of a word each, in memory: it keeps all promises that need no process."""

from __future__ import annotations

import itertools
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from swarmdsl.daemon.arguments import DaemonArguments
from swarmdsl.deploy.engine import (
    DaemonContinued,
    DaemonExited,
    DaemonStarted,
    DaemonStartFailed,
    DaemonSuspended,
    EngineEvent,
    EngineOptions,
    StartDaemon,
    StopDaemon,
)
from swarmdsl.errors import EngineError
from swarmdsl.topology.expand import expand_daemons
from swarmdsl.topology.model import Topology
from tests.contracts.engine_case import Bench

FIRST_PID = 5_000_000  # which no process of a machine has
WAITS, REFUSES = "waits", "refuses"


@dataclass
class _Daemon:
    name: str
    pid: int
    does: str
    incarnation: int
    is_suspended: bool = False
    is_asked_to_end: bool = False


class MemoryEngine:
    """See `Engine` for what it promises.

    What a daemon does its name says: `exits_3` ends at once, `waits` until it is told to, and
    `refuses` until it is killed.
    """

    def __init__(self, options: EngineOptions) -> None:
        self._options = options
        self._pids = itertools.count(FIRST_PID)
        self._living: dict[str, _Daemon] = {}
        self._pending: list[EngineEvent] = []
        self._is_closed = False
        self._bell = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)

    def render(self, topology: Topology) -> list[StartDaemon]:
        return [
            StartDaemon(name=one.name, arguments=self._arguments(one.name), cause="the run starts")
            for one in expand_daemons(topology)
        ]

    def _arguments(self, name: str) -> DaemonArguments:
        options = self._options
        return DaemonArguments(
            run=options.run,
            name=name,
            incarnation=0,
            address=f"memory://{name}",
            controller=options.controller,
            run_folder=str(options.run_folder),
        )

    def start(self, command: StartDaemon) -> None:
        self._refuse_if_closed()
        name = command.name
        if name in self._living:
            problem = f"it still runs as process {self._living[name].pid}"
            self._tell(DaemonStartFailed(name=name, problem=problem))
            return
        does, _, number = name.partition("@")[0].partition("_")
        daemon = _Daemon(name, next(self._pids), does, command.arguments.incarnation)
        self._living[name] = daemon
        self._tell(DaemonStarted(name=name, pid=daemon.pid))
        if does not in (WAITS, REFUSES):
            self._end(daemon, int(number), None)

    def stop(self, command: StopDaemon) -> None:
        self._refuse_if_closed()
        if daemon := self._living.get(command.name):
            self.take(daemon.pid, signal.SIGKILL if command.renews else command.signal)

    def take(self, pid: int, signum: int) -> None:
        """A daemon takes a signal, as a process would of the kernel."""
        daemon = next((one for one in self._living.values() if one.pid == pid), None)
        if daemon is None:
            return
        if signum == signal.SIGKILL:
            self._end(daemon, None, signum)
        elif signum == signal.SIGSTOP and not daemon.is_suspended:
            daemon.is_suspended = True
            self._tell(DaemonSuspended(name=daemon.name, pid=pid))
        elif signum == signal.SIGCONT and daemon.is_suspended:
            daemon.is_suspended = False
            self._tell(DaemonContinued(name=daemon.name, pid=pid))
        elif signum == signal.SIGTERM:
            daemon.is_asked_to_end = True
        if daemon.is_asked_to_end and not daemon.is_suspended and daemon.does != REFUSES:
            self._end(daemon, None, signal.SIGTERM)

    def words_of(self, name: str) -> str:
        """What a daemon that lives has told."""
        daemon = self._living[name]
        return f"{daemon.does} {daemon.incarnation}"

    def lives(self, pid: int) -> bool:
        return any(one.pid == pid for one in self._living.values())

    def events(self) -> list[EngineEvent]:
        events, self._pending = self._pending, []
        if events and not self._is_closed:
            os.eventfd_read(self._bell)
        return events

    def fileno(self) -> int:
        return self._bell

    def close(self, grace_s: float) -> None:
        if self._is_closed:
            return
        for signum in (signal.SIGTERM, signal.SIGCONT, signal.SIGKILL):
            for daemon in [*self._living.values()]:
                self.take(daemon.pid, signum)
        self._is_closed = True
        os.close(self._bell)

    def _end(self, daemon: _Daemon, exit_code: int | None, signum: int | None) -> None:
        if self._living.pop(daemon.name, None) is not None:
            self._tell(
                DaemonExited(name=daemon.name, pid=daemon.pid, exit_code=exit_code, signal=signum)
            )

    def _tell(self, event: EngineEvent) -> None:
        self._pending.append(event)
        os.eventfd_write(self._bell, 1)

    def _refuse_if_closed(self) -> None:
        if self._is_closed:
            raise EngineError("memory", "it was closed")


class MemoryBench(Bench):
    """The bench of that engine: what real benches ask the system, this one asks the engine."""

    def __init__(self, engine: MemoryEngine, options: EngineOptions) -> None:
        super().__init__(engine, options)
        self.memory = engine

    def hear(self, name: str) -> str:
        self.wait_for(DaemonStarted, name=name)
        return self.memory.words_of(name)

    def send(self, pid: int, signum: int) -> None:
        self.memory.take(pid, signum)

    def lives(self, pid: int) -> bool:
        return self.memory.lives(pid)


@contextmanager
def memory_bench(options: EngineOptions) -> Iterator[Bench]:
    """It at work in the block."""
    bench = MemoryBench(MemoryEngine(options), options)
    try:
        yield bench
    finally:
        bench.leave()
