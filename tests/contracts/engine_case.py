"""A bench for any engine: start programs, wait for what happens, look whether processes live."""

from __future__ import annotations

import os
import select
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from swarmdsl.daemon.arguments import DaemonArguments
from swarmdsl.daemon.log_times import without_times
from swarmdsl.daemon.owner_key import read_key
from swarmdsl.daemon.socket_folder import make_socket_folder
from swarmdsl.deploy.engine import (
    DaemonExited,
    DaemonStarted,
    Engine,
    EngineEvent,
    EngineLost,
    EngineOptions,
    StartDaemon,
    StopDaemon,
)
from swarmdsl.deploy.registry import engine_factory

PROGRAM = "tests.contracts.daemon_programs:program"
PATIENCE_S = 20.0
LOOK_EVERY_S = 1.0  # as every owner must
REPOSITORY = Path(__file__).resolve().parents[2]
EventT = TypeVar("EventT", bound=EngineEvent)


def options_for(folder: Path, environment: Mapping[str, str] | None = None) -> EngineOptions:
    folder.mkdir(exist_ok=True)
    os.mkfifo(folder / "told")
    return EngineOptions(
        run="20261121-040600-3f9a",
        run_folder=folder,
        socket_folder=make_socket_folder(str(folder)),
        controller="ipc:///nowhere",
        topology_json=b'{"name":"tiny"}',
        environment={**os.environ, "PYTHONPATH": str(REPOSITORY), **(environment or {})},
        entry=PROGRAM,
    )


@dataclass
class Bench:
    """An engine at work, and all that it has told."""

    engine: Engine
    options: EngineOptions
    seen: list[EngineEvent] = field(default_factory=list)

    def __post_init__(self) -> None:
        # Open for both, so that opening waits for nobody and the pipe has no end.
        self._told = os.open(self.options.run_folder / "told", os.O_RDWR)
        self._words = ""

    def start(self, name: str, incarnation: int = 0) -> None:
        arguments = DaemonArguments(
            run=self.options.run,
            name=name,
            incarnation=incarnation,
            address=f"ipc://{self.options.socket_folder}/{name}",
            controller=self.options.controller,
            run_folder=str(self.options.run_folder),
        )
        self.engine.start(StartDaemon(name=name, arguments=arguments, cause="a test"))

    def stop(self, name: str, signum: int) -> None:
        self.engine.stop(StopDaemon(name=name, signal=signum, cause="a test"))

    def wait_for(self, kind: type[EventT], count: int = 1, name: str | None = None) -> list[EventT]:
        """The events of this kind (of this daemon), once there are so many."""
        deadline = time.monotonic() + PATIENCE_S
        while len(found := self.told(kind, name)) < count:
            assert time.monotonic() < deadline, f"{kind.__name__}: {self.seen}"
            readable(self.engine.fileno(), min(deadline, time.monotonic() + LOOK_EVERY_S))
            assert not self.told(EngineLost), f"{kind.__name__}: {self.seen}"
            self.seen += self.engine.events()
        return found

    def told(self, kind: type[EventT], name: str | None = None) -> list[EventT]:
        """The events of this kind (of this daemon) up to now."""
        events = [one for one in self.seen if isinstance(one, kind)]
        return [one for one in events if name is None or getattr(one, "name", None) == name]

    def pid_of(self, name: str) -> int:
        return self.wait_for(DaemonStarted, name=name)[-1].pid

    def exit_of(self, name: str) -> DaemonExited:
        return self.wait_for(DaemonExited, name=name)[-1]

    def running(self, *names: str) -> list[int]:
        """Start daemons that say when they are up; their processes, in the order of the names."""
        for name in names:
            self.start(name)
        for name in names:
            self.hear(name)
        return [self.pid_of(name) for name in names]

    def hear(self, name: str) -> str:
        """What this daemon has told."""
        deadline = time.monotonic() + PATIENCE_S
        while not (lines := [one for one in self._words.splitlines() if one.startswith(name)]):
            assert readable(self._told, deadline), f"{name} said nothing: {self.seen}"
            self._words += os.read(self._told, 4_096).decode()
        return lines[-1].removeprefix(name).strip()

    def log(self, name: str) -> str:
        log = self.options.run_folder / "logs" / f"{name}.log"
        return without_times(log.read_text(encoding="utf-8"))

    def close(self, grace_s: float = 2.0) -> None:
        self.engine.close(grace_s)
        self.seen += self.engine.events()

    def leave(self) -> None:
        self.engine.close(0.0)
        os.close(self._told)


def bench_for(engine: str, options: EngineOptions) -> Bench:
    return Bench(engine_factory(engine)(options), options)


def later_options(folder: Path, sockets: Path, owner_grace_s: float = 0.0) -> EngineOptions:
    """As an owner has them that follows another, in the run of this folder."""
    return EngineOptions(
        run="20261121-040600-3f9a",
        run_folder=folder,
        socket_folder=sockets,
        controller="ipc:///nowhere",
        topology_json=b'{"name":"tiny"}',
        environment={},
        entry=PROGRAM,
        owner_grace_s=owner_grace_s,
    )


def attached(engine: str, folder: Path, owner_grace_s: float = 0.0) -> Bench:
    """An engine that follows a dead owner's."""
    options = later_options(folder, Path(read_key(folder).socket_folder), owner_grace_s)
    return Bench(engine_factory(engine).attach(options), options)


def readable(descriptor: int, deadline: float) -> bool:
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(max(0.0, deadline - time.monotonic()) * 1_000))


def watch(pid: int) -> Callable[[], bool]:
    """A question that waits until this very process has ended; False if it will not."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return lambda: True

    def ended() -> bool:
        try:
            return readable(descriptor, time.monotonic() + PATIENCE_S)
        finally:
            os.close(descriptor)

    return ended


def lives(pid: int) -> bool:
    """Whether the process is there and no zombie."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state not in "ZX"


def parent_of(pid: int) -> int:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return int(fields[1])


def members_of(session: int) -> list[int]:
    """The processes of a session that live."""
    return [pid for pid in processes() if lives(pid) and session_of(pid) == session]


def processes() -> list[int]:
    return [int(folder.name) for folder in Path("/proc").iterdir() if folder.name.isdecimal()]


def session_of(pid: int) -> int | None:
    try:
        return os.getsid(pid)
    except ProcessLookupError:
        return None


def descriptors_of(pid: int) -> int:
    """How many files a process has open."""
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))
