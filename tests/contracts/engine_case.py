"""A bench for any engine: start programs, wait for what happens, look whether processes live."""

from __future__ import annotations

import os
import secrets
import select
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from swarmdsl.control.claim import claimed
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
from swarmdsl.deploy.engines.process import ProcessEngine
from swarmdsl.deploy.registry import engine_factory
from tests.docker_case import docker_client, plain_image

TOLD_THERE = "/run/told"  # the pipe, in a container
PROGRAM = "tests.contracts.daemon_programs:program"
PATIENCE_S = 30.0
LOOK_EVERY_S = 1.0  # as every owner must
REPOSITORY = Path(__file__).resolve().parents[2]
ENGINES: Mapping[str, Callable[[EngineOptions], Engine]] = {"process": ProcessEngine}
"""Those that need nothing but their options."""

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
    log_name: str = "forkserver"  # of the engine itself
    crowd_max: int = 1_000  # daemons at once: a container takes half a second to start

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

    def stop(self, name: str, signum: int, *, renews: bool = False) -> None:
        self.engine.stop(StopDaemon(name=name, signal=signum, cause="a test", renews=renews))

    def send(self, pid: int, signum: int) -> None:
        """Send a signal to a daemon, past the engine."""
        os.kill(pid, signum)

    def lives(self, pid: int) -> bool:
        """Whether a daemon does."""
        return lives(pid)

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
            assert time.monotonic() < deadline, f"{name} said nothing: {self.seen}"
            poll = select.poll()
            for descriptor in (self._told, self.engine.fileno()):
                poll.register(descriptor, select.POLLIN)
            ready = dict(poll.poll(LOOK_EVERY_S * 1_000))
            self.seen += self.engine.events()
            if self._told in ready:
                self._words += os.read(self._told, 4_096).decode()
        return lines[-1].removeprefix(name).strip()

    def crowd(self, wanted: int) -> int:
        """As many daemons as a test wants, or as this engine starts within its patience."""
        return min(wanted, self.crowd_max)

    def process_told_by(self, name: str, pid: int) -> int:
        """A process of this machine that a daemon has told of as it is numbered there."""
        space = Path(f"/proc/{self.pid_of(name)}/ns/pid").readlink()
        return next(one for one in processes() if _number_in(space, one) == pid)

    def log(self, name: str) -> str:
        log = self.options.run_folder / "logs" / f"{name}.log"
        return without_times(log.read_text(encoding="utf-8"))

    def close(self, grace_s: float = 2.0) -> None:
        self.engine.close(grace_s)
        self.seen += self.engine.events()

    def leave(self) -> None:
        self.engine.close(0.0)
        os.close(self._told)


@contextmanager
def bench_for(engine: str, options: EngineOptions) -> Iterator[Bench]:
    """An engine at work in the block; of Docker, in a network and an image for tests."""
    made = _docker_bench if engine == "docker" else _process_bench
    with made(options) as bench:
        try:
            yield bench
        finally:
            bench.leave()


@contextmanager
def _process_bench(options: EngineOptions) -> Iterator[Bench]:
    yield Bench(ENGINES["process"](options), options)


@contextmanager
def _docker_bench(options: EngineOptions) -> Iterator[Bench]:
    """Beside the image the containers see this repository, and the pipe to tell words by."""
    from swarmdsl.deploy.engines.docker_ground import NAME, ground
    from swarmdsl.deploy.engines.docker_site import docker_engine

    client = docker_client()
    told = options.run_folder / "told"
    told.chmod(0o666)
    seen = {str(REPOSITORY): str(REPOSITORY), TOLD_THERE: str(told)}
    handed_in = {name: options.environment[name] for name in ("PYTHONPATH", "EXTRA")}
    options = replace(
        options,
        run=f"{options.run}-{secrets.token_hex(4)}",  # several tests at once
        environment={**handed_in, "TOLD": TOLD_THERE},
    )
    images = {"": plain_image(client)}
    where = (options.run, options.run_folder)
    try:
        # Claimed, as by a controller: a test that prunes leaves it alone.
        with claimed(options.run_folder), ground(client, *where, images, {}, {}, seen) as made:
            engine = docker_engine(options, made, options.environment)
            yield Bench(engine, options, log_name=NAME, crowd_max=5)
    finally:
        client.close()


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


def _number_in(space: Path, pid: int) -> int | None:
    """The number of a process in its own space of numbers, if it is that one."""
    try:
        if Path(f"/proc/{pid}/ns/pid").readlink() != space:
            return None
        status = Path(f"/proc/{pid}/status").read_text("utf-8", "replace")
    except OSError:
        return None
    found = [line for line in status.splitlines() if line.startswith("NSpid:")]
    return int(found[0].split()[-1]) if found else None


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
