"""The fork server: the one process that is the parent of a run's daemons on this machine.

It imports what every daemon needs, once, and then a daemon costs a fork. It has a single thread
and no ZeroMQ context, because neither survives a fork, and it is a process of its own because the
controller has both. Its only state is the table of living children.

Nothing outlives it: when its owner ends, however that happens, it ends its children, removes the
sockets of the run and goes. If it is killed itself, the kernel kills its children.
"""

from __future__ import annotations

import os
import pkgutil
import select
import signal
import socket
import sys
import time
from collections import deque
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import cast

from swarmdsl.daemon.child import Entry
from swarmdsl.daemon.children import HANDLED, Children
from swarmdsl.daemon.fork_protocol import (
    Answer,
    Command,
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
from swarmdsl.daemon.socket_folder import remove_socket, remove_socket_folder
from swarmdsl.errors import WireError

CHILDREN_MAX = 4_096  # as many as one node may have slots
AT_ONCE = 0.0  # as a socket's timeout: never wait
READ_BYTES = 262_144  # one full buffer of a Unix socket
OUTBOX_BYTES_MAX = 1_048_576  # answers nobody reads; beyond it no further command is obeyed
ORPHAN_GRACE_S = 2.0  # for the daemons of an owner that died: nobody waits for what they say
KILLED_WAIT_S = 5.0  # for the kernel to end what was sent SIGKILL
FLUSH_S = 1.0  # for the last answers to be read


def serve(descriptor: int) -> None:
    """Be a fork server that is commanded over this inherited socket, until its owner ends."""
    with socket.fromfd(descriptor, socket.AF_UNIX, socket.SOCK_STREAM) as channel:
        os.close(descriptor)  # It would be inherited by what a daemon executes; the copy is not.
        channel.settimeout(AT_ONCE)
        ForkServer(channel).run()


class ForkServer:
    """The table of children, and the loop over all that can happen to it."""

    def __init__(self, channel: socket.socket) -> None:
        self._channel: socket.socket | None = channel
        self._descriptor = channel.fileno()
        self._reader = command_reader()
        self._outbox = bytearray()
        self._prepared: tuple[Entry, bytes] | None = None
        self._socket_folder = ""
        self._children = Children()
        self._commands: deque[Command] = deque()
        self._grace_s: float | None = None
        self._wakeup, self._waker = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        # The end of the socket is not enough: a child that the owner forked may hold it open.
        self._owner = _watch_parent()

    def run(self) -> None:
        """Serve until the owner ends or asks for it; then leave nothing behind."""
        self._watch_signals()
        while self._grace_s is None:
            self._wait(None)
        self._end_children(self._grace_s)
        self._flush()
        if self._socket_folder:
            remove_socket_folder(Path(self._socket_folder))

    def _watch_signals(self) -> None:
        signal.set_wakeup_fd(self._waker, warn_on_full_buffer=False)
        for signum in HANDLED:
            signal.signal(signum, _wake)
        signal.signal(signal.SIGINT, signal.SIG_IGN)

    # ------------------------------------------------------------------------------ the loop

    def _wait(self, timeout_s: float | None) -> None:
        """Handle whatever happens next, if anything does within the time, and obey one command.

        One and no more, so that a thousand starts keep neither the owner nor a child waiting.
        """
        if self._commands and self._may_answer():
            timeout_s = AT_ONCE
        ready = dict(self._interests().poll(None if timeout_s is None else timeout_s * 1_000))
        if self._wakeup in ready:
            self._on_signals(os.read(self._wakeup, 4_096))
        if ready.get(self._descriptor, 0) & select.POLLOUT:
            self._write()
        if ready.get(self._descriptor, 0) & ~select.POLLOUT:
            self._read()
        if self._owner in ready and self._grace_s is None:
            self._on_owner_gone("the owner ended")
        if self._commands and self._may_answer():
            self._obey(self._commands.popleft())

    def _may_answer(self) -> bool:
        return len(self._outbox) < OUTBOX_BYTES_MAX

    def _interests(self) -> select.poll:
        poll = select.poll()
        poll.register(self._wakeup, select.POLLIN)
        if self._owner is not None and self._grace_s is None:
            poll.register(self._owner, select.POLLIN)
        if self._channel is not None:
            reading = select.POLLIN if self._may_answer() and not self._commands else 0
            poll.register(self._channel, reading | (select.POLLOUT if self._outbox else 0))
        return poll

    def _on_signals(self, received: bytes) -> None:
        if signal.SIGTERM in received:
            self._end(ORPHAN_GRACE_S, "SIGTERM")
        for news in self._children.news():
            self._answer(news)

    def _on_owner_gone(self, how: str) -> None:
        self._channel = None
        self._outbox.clear()
        self._commands.clear()
        self._end(ORPHAN_GRACE_S, how)

    def _end(self, grace_s: float, cause: str) -> None:
        if self._grace_s is None:
            _log(f"ends {len(self._children)} daemons: {cause}")
            self._grace_s = grace_s

    def _read(self) -> None:
        if self._channel is None:
            return
        try:
            data = self._channel.recv(READ_BYTES)
            commands = self._reader.feed(data)
        except BlockingIOError:
            return
        except (OSError, WireError) as error:
            self._on_owner_gone(str(error))
            return
        if not data:
            self._on_owner_gone("the owner closed the socket")
        self._commands += commands

    def _write(self) -> None:
        if self._channel is None:
            return
        try:
            del self._outbox[: self._channel.send(self._outbox)]
        except BlockingIOError:
            return
        except OSError as error:
            self._on_owner_gone(str(error))

    def _answer(self, answer: Answer) -> None:
        if self._channel is not None:
            self._outbox += frame(answer)

    def _flush(self) -> None:
        if self._channel is not None:
            self._channel.settimeout(FLUSH_S)
            with suppress(OSError):  # The owner may go at any time; then nobody wants to know.
                self._channel.sendall(self._outbox)

    # ------------------------------------------------------------------------------ commands

    def _obey(self, command: Command) -> None:
        match command:
            case Prepare():
                self._prepare(command)
            case Start():
                self._start(command)
            case Signal(name=name, signum=signum):
                _log(f"signal {signum} to {name}: {command.cause}")
                self._children.signal(name, signum)
            case Shutdown(grace_s=grace_s):
                self._end(grace_s, "the owner asked for it")
            case Ping():
                self._answer(Pong())

    def _prepare(self, command: Prepare) -> None:
        self._socket_folder = command.socket_folder
        try:
            entry = cast("Entry", pkgutil.resolve_name(command.entry))
        except (ImportError, AttributeError, ValueError) as error:
            self._answer(Failed(name=None, problem=f"cannot load {command.entry}: {error}"))
            self._end(0.0, f"cannot load {command.entry}")
            return
        self._prepared = entry, command.topology_json

    def _start(self, command: Start) -> None:
        name = command.arguments.name
        _log(f"start {name}, incarnation {command.arguments.incarnation}: {command.cause}")
        problem = self._objection(name)
        if problem is None:
            assert self._prepared is not None
            entry, topology_json = self._prepared
            remove_socket(Path(self._socket_folder), command.arguments.address)
            try:
                pid = self._children.fork(entry, command.arguments, topology_json, self._own())
            except OSError as error:
                problem = f"cannot fork: {error.strerror}"
            else:
                self._answer(Started(name=name, pid=pid))
        if problem is not None:
            self._answer(Failed(name=name, problem=problem))

    def _objection(self, name: str) -> str | None:
        if self._grace_s is not None:
            return "the fork server is ending"
        if self._prepared is None:
            return "the fork server was not prepared"
        if (pid := self._children.pid_of(name)) is not None:
            return f"it still runs as process {pid}"
        if len(self._children) >= CHILDREN_MAX:
            return f"{CHILDREN_MAX} daemons run already, the most that one machine may host"
        return None

    # ------------------------------------------------------------------------------ children

    def _own(self) -> list[int]:
        """What is no business of a child."""
        owner = [] if self._owner is None else [self._owner]
        return [self._descriptor, self._wakeup, self._waker, *owner]

    def _end_children(self, grace_s: float) -> None:
        for signum, patience_s in ((signal.SIGTERM, grace_s), (signal.SIGKILL, KILLED_WAIT_S)):
            self._children.end_all(signum)
            deadline = time.monotonic() + patience_s
            while self._children and (left_s := deadline - time.monotonic()) > 0:
                self._wait(left_s)


def _watch_parent() -> int | None:
    """A descriptor that is readable once the parent has ended; None before Linux 5.3."""
    try:
        return os.pidfd_open(os.getppid())
    except OSError:
        return None


def _wake(signum: int, stack: FrameType | None) -> None:
    """Handle nothing: a handler must exist for the number to reach the wakeup pipe."""


def _log(text: str) -> None:
    sys.stderr.write(f"{time.strftime('%Y-%m-%dT%H:%M:%S%z')} {text}\n")
