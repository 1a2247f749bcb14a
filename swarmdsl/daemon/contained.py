"""The first process of a container: the parent of its one daemon, and all that speaks for it.

It does what a fork server does, for a single daemon: it prepares what the daemon needs, forks it,
sends it signals, and tells when it was stopped, continued or ended. In a container no signal has
its default meaning for the first process, so a daemon cannot be that itself. Its life hangs on the
standard input, which the engine holds: at its end the daemon ends, and with it the container.
"""

from __future__ import annotations

import gc
import os
import pkgutil
import select
import signal
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import cast

import msgspec

from swarmdsl.daemon.arguments import DaemonArguments
from swarmdsl.daemon.child import Life
from swarmdsl.daemon.children import HANDLED, Children
from swarmdsl.daemon.contained_memory import MemoryOfContainer
from swarmdsl.daemon.contained_protocol import (
    FOLDER,
    KEYS_FILE,
    OUTPUT_BYTES_MAX,
    SCRATCH,
    OutOfMemory,
    Output,
    unpacked_keys,
)
from swarmdsl.daemon.fork_protocol import (
    Command,
    Exited,
    Failed,
    Ping,
    Pong,
    Prepare,
    Shutdown,
    Signal,
    Start,
    Started,
    command_reader,
    frame,
)
from swarmdsl.daemon.health import LOOKS_EVERY_S, Health
from swarmdsl.daemon.log_times import time_the_standard_streams
from swarmdsl.daemon.own_address import address_of_run, addresses_of, source_towards
from swarmdsl.daemon.probe import HEALTH_FILE
from swarmdsl.errors import WireError
from swarmdsl.topology.codec import BUNDLES
from swarmdsl.transport.addresses import file_of
from swarmdsl.transport.keys import KeyPair
from swarmdsl.transport.tcp_addresses import EVERY_HOST

HOSTS = Path("/etc/hosts")  # which the container runtime writes
COMMANDS, ANSWERS = 0, 1  # standard input and output
READ_BYTES = 262_144
OUTBOX_BYTES_MAX = 1_048_576  # beyond it the daemon's output waits in its pipe
ORPHAN_GRACE_S = 2.0  # for the daemon of an engine that is gone: nobody waits for what it says
KILLED_WAIT_S = 5.0  # for the kernel to end what was sent SIGKILL
FAREWELL_S = 2.0  # for the last answers to be read


def serve_container(health: Path = Path(HEALTH_FILE)) -> None:
    """Be the first process of a container until the engine wants no more of it.

    Args:
        health: the file by which a probe can tell how it is.
    """
    time_the_standard_streams(time.time)  # Inherited by the daemon; nothing is written here.
    told = Health(health, os.getpid())
    try:
        Supervisor(told).run()
    finally:
        told.close()


class Supervisor:
    """One daemon at most, and the loop over all that can happen to it."""

    def __init__(self, health: Health) -> None:
        self._health = health
        self._commands = command_reader()
        self._outbox = bytearray()
        self._life: Life | None = None
        self._admitted = b""
        self._output, log = os.pipe2(os.O_CLOEXEC)
        self._children = Children(lambda _arguments: os.dup(log))
        self._memory = MemoryOfContainer()
        self._grace_s: float | None = None
        self._is_heard = True  # whether anybody reads the answers
        self._wakeup, self._waker = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._commands_end, self._answers_end = _line_to_engine()
        line = [self._commands_end, self._answers_end]
        self._inherited = [self._output, log, self._wakeup, self._waker, *line]

    def run(self) -> None:
        """Serve until standard input ends, or the end is asked for; then leave nothing behind."""
        for descriptor in (self._output, self._commands_end, self._answers_end):
            os.set_blocking(descriptor, False)
        signal.set_wakeup_fd(self._waker, warn_on_full_buffer=False)
        for signum in HANDLED:
            signal.signal(signum, _wake)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        while self._grace_s is None:
            self._turn(LOOKS_EVERY_S)
        for signum, patience_s in (
            (signal.SIGTERM, self._grace_s),
            (signal.SIGKILL, KILLED_WAIT_S),
        ):
            self._children.end_all(signum)
            deadline = time.monotonic() + patience_s
            while self._children and (left_s := deadline - time.monotonic()) > 0:
                self._turn(left_s)
        deadline = time.monotonic() + FAREWELL_S
        while self._outbox and self._is_heard and (left_s := deadline - time.monotonic()) > 0:
            self._turn(left_s)

    # ------------------------------------------------------------------------------ the loop

    def _turn(self, wait_s: float) -> None:
        """Handle whatever happens next, if anything does within the time."""
        daemon = next((one.pid for one in self._children.state.running), 0)
        self._health.looked(daemon, time.monotonic())
        poll = select.poll()
        poll.register(self._wakeup, select.POLLIN)
        if self._grace_s is None:
            poll.register(self._commands_end, select.POLLIN)
        if len(self._outbox) < OUTBOX_BYTES_MAX:
            poll.register(self._output, select.POLLIN)
        if self._outbox:
            poll.register(self._answers_end, select.POLLOUT)
        ready = dict(poll.poll(wait_s * 1_000))
        if self._output in ready:
            self._take_output()
        if self._wakeup in ready:
            self._on_signals(os.read(self._wakeup, 4_096))
        if self._commands_end in ready:
            self._read_commands()
        if self._answers_end in ready:
            self._write()

    def _take_output(self) -> bool:
        """Pass on what the daemon has written; False if there is nothing for now."""
        try:
            data = os.read(self._output, OUTPUT_BYTES_MAX)
        except BlockingIOError:
            return False
        self._say(Output(data=data))
        return True

    def _on_signals(self, received: bytes) -> None:
        if signal.SIGTERM in received:
            self._end(ORPHAN_GRACE_S)
        for news in self._children.news():
            if isinstance(news, Exited):
                # What it wrote comes first. Who holds its pipe open still cannot keep us here.
                deadline = time.monotonic() + KILLED_WAIT_S
                while self._take_output() and time.monotonic() < deadline:
                    pass
                if self._memory.has_killed():
                    self._say(OutOfMemory(limit=self._memory.limit))
            self._say(news)

    def _read_commands(self) -> None:
        try:
            data = os.read(self._commands_end, READ_BYTES)
            commands = self._commands.feed(data)
        except BlockingIOError:
            return
        except (OSError, WireError) as error:
            self._give_up(f"cannot read commands: {error}")
            return
        for command in commands:
            self._obey(command)
        if not data:
            self._end(ORPHAN_GRACE_S)

    def _say(self, answer: msgspec.Struct) -> None:
        if self._is_heard:
            self._outbox += frame(answer)

    def _write(self) -> None:
        try:
            del self._outbox[: os.write(self._answers_end, self._outbox)]
        except BlockingIOError:
            return
        except OSError:
            self._is_heard = False
            self._outbox.clear()

    def _end(self, grace_s: float) -> None:
        if self._grace_s is None:
            self._grace_s = grace_s

    # ------------------------------------------------------------------------------ commands

    def _obey(self, command: Command) -> None:
        match command:
            case Prepare():
                self._prepare(command)
            case Start(arguments=arguments):
                self._start(arguments)
            case Signal(name=name, signum=signum):
                self._children.signal(name, signum)
            case Shutdown(grace_s=grace_s):
                self._end(grace_s)
            case Ping():
                self._say(Pong())

    def _prepare(self, command: Prepare) -> None:
        self._admitted = command.admitted
        try:
            _make_run_folder(Path(command.run_folder))
            entry = cast("Callable[[bytes, str], Life]", pkgutil.resolve_name(command.entry))
        except (OSError, ImportError, AttributeError, ValueError) as error:
            self._give_up(f"cannot load {command.entry}: {error}")
            return
        self._life = entry(command.topology_json, command.run_folder)
        gc.freeze()  # As in a fork server: a child that looked for garbage would copy its pages.

    def _give_up(self, problem: str) -> None:
        self._say(Failed(name=None, problem=problem))
        self._end(0.0)

    def _start(self, arguments: DaemonArguments) -> None:
        problem = self._objection(arguments.name)
        if problem is None:
            assert self._life is not None
            try:
                told = self._completed(arguments)
                pid = self._children.fork(self._life, told, self._inherited)
            except (OSError, msgspec.DecodeError) as error:
                problem = f"cannot fork, or read its keys: {error}"
            else:
                self._say(Started(name=arguments.name, pid=pid))
        if problem is not None:
            self._say(Failed(name=arguments.name, problem=problem))

    def _objection(self, name: str) -> str | None:
        if self._grace_s is not None:
            return "its container is ending"
        if self._life is None:
            return "its container was not prepared"
        if name in self._children:
            return f"it still runs as process {self._children.pid_of(name)} of its container"
        return None

    def _completed(self, arguments: DaemonArguments) -> DaemonArguments:
        """With what only the container knows: its address in its network, and the keys."""
        for address in {arguments.address, arguments.beside}:
            if (place := file_of(address)) is not None:
                _make_place_for(place)
        keys = arguments.keys or _keys()
        return replace(
            arguments, keys=keys, admitted=self._admitted, advertised=_advertised(arguments)
        )


def _line_to_engine() -> tuple[int, int]:
    """Both ends of the line, out of the way of whatever a daemon reads or prints."""
    line = os.dup(COMMANDS), os.dup(ANSWERS)
    nothing = os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
    os.dup2(nothing, COMMANDS)
    os.dup2(2, ANSWERS)  # What this process itself may have to say is for the engine's log.
    os.close(nothing)
    return line


def _make_run_folder(folder: Path) -> None:
    """A folder of the run that can be written to, with the bundles of the image in it."""
    folder.mkdir(parents=True, exist_ok=True)
    bundles = Path(FOLDER) / BUNDLES
    if bundles.is_dir() and not (folder / BUNDLES).exists():
        (folder / BUNDLES).symlink_to(bundles)


def _make_place_for(path: Path) -> None:
    """The folder of a socket; the socket that a process before left there is removed."""
    if path.is_relative_to(SCRATCH):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with suppress(FileNotFoundError):
            if path.is_socket():
                path.unlink()


def _keys() -> KeyPair | None:
    file = Path(KEYS_FILE)
    return unpacked_keys(file.read_bytes()) if file.exists() else None


def _advertised(arguments: DaemonArguments) -> str:
    """The address of this container, if the daemon listens at all it has."""
    if not any(f"//{host}:" in arguments.address for host in EVERY_HOST):
        return arguments.advertised
    name = socket.gethostname()
    own = addresses_of(name, HOSTS.read_text("utf-8", "replace")) or [socket.gethostbyname(name)]
    return address_of_run(own, arguments.controller, source_towards)


def _wake(signum: int, stack: FrameType | None) -> None:
    """Handle nothing: a handler must exist for the number to reach the wakeup pipe."""
