"""The container of one daemon as its engine sees it: a line, what waits to be said on it, a log."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import msgspec

from swarmdsl.daemon.contained_protocol import Contained, OutOfMemory, Output, contained_reader
from swarmdsl.daemon.fork_protocol import Answer, Ping, frame
from swarmdsl.deploy.engines.docker_stream import STANDARD_OUTPUT, PieceReader
from swarmdsl.deploy.engines.pulse import SILENT_MAX_S, Pulse
from swarmdsl.errors import WireError

READ_BYTES = 262_144
STRAY_BYTES_MAX = 4_096  # kept of what the first process says outside the protocol: its last words
PROC = Path("/proc")


class Container:
    """One container, from the wish to have it to its end.

    Attributes:
        name: of the daemon.
        id: Docker's, once it is made; "" before.
        pid: of the daemon, as this machine counts; None while it does not run.
        is_asked: whether a daemon was asked for that has neither started nor failed.
        is_ending: whether it is being killed, so that no daemon can be started in it any more.
        line: to its first process; None before it starts, and after its end.
        stray: the last that its first process has said outside the protocol.
        problem: why the daemon is about to end, if the container knows.
    """

    def __init__(
        self, name: str, log: Path, now_s: float, silent_max_s: float = SILENT_MAX_S
    ) -> None:
        self.name = name
        self.id = ""
        self.pid: int | None = None
        self.is_asked = self.is_ending = False
        self.line: socket.socket | None = None
        self.stray = ""
        self.problem = ""
        self._first = 0
        self._pieces = PieceReader()
        self._reader = contained_reader()
        self._outbox = bytearray()
        self._log = log
        self._log_file: int | None = None
        self._silent_max_s = silent_max_s
        self.pulse = Pulse(now_s, silent_max_s)

    def begin(self, line: socket.socket, first: int, now_s: float) -> None:
        """It has been started; what was to be said so far is said now."""
        self.line, self._first = line, first
        self.pulse = Pulse(now_s, self._silent_max_s)
        self.write()

    @property
    def has_more(self) -> bool:
        """Whether something waits to be said."""
        return bool(self._outbox)

    def say(self, message: msgspec.Struct) -> None:
        """Say this as soon as the container takes it."""
        self._outbox += frame(message)
        self.write()

    def write(self) -> None:
        """Say as much as is taken now; that nobody listens is noticed by reading."""
        if self.line is None:
            return
        with suppress(OSError):
            while self._outbox:
                del self._outbox[: self.line.send(self._outbox)]

    def ask(self) -> None:
        """Ask whether anybody is there."""
        self.pulse.asked()
        self.say(Ping())

    def read(self) -> Iterator[Answer | OutOfMemory]:
        """What has arrived; what the daemon wrote goes to its log.

        Raises:
            EOFError: the container has ended, or does not speak the protocol.
        """
        assert self.line is not None, "a container that was started is read"
        while True:
            try:
                data = self.line.recv(READ_BYTES)
            except BlockingIOError:
                return
            except OSError:
                data = b""
            if not data:
                raise EOFError
            self.pulse.heard()
            try:
                messages = [*self._messages(data)]
            except WireError as error:
                self.stray = str(error)
                raise EOFError from error
            for message in messages:
                if isinstance(message, Output):
                    self._write_log(message.data)
                else:
                    yield message

    def _messages(self, data: bytes) -> Iterator[Contained]:
        for piece in self._pieces.feed(data):
            if piece.output == STANDARD_OUTPUT:
                yield from self._reader.feed(piece.data)
            else:
                text = piece.data.decode("utf-8", "replace")
                self.stray = (self.stray + text)[-STRAY_BYTES_MAX:]

    def _write_log(self, data: bytes) -> None:
        if self._log_file is None:
            self._log.parent.mkdir(parents=True, exist_ok=True)
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
            self._log_file = os.open(self._log, flags, 0o644)
        view = memoryview(data)
        while view:
            view = view[os.write(self._log_file, view) :]

    def pid_here(self, pid: int) -> int:
        """A process of the container as this machine counts; the number there if it cannot tell."""
        children = PROC / str(self._first) / "task" / str(self._first) / "children"
        with suppress(OSError):
            for child in children.read_text("ascii").split():
                status = (PROC / child / "status").read_text("utf-8", "replace")
                numbers = [one for one in status.splitlines() if one.startswith("NSpid:")]
                if numbers and numbers[0].split()[-1] == str(pid):
                    return int(child)
        return pid

    def close(self) -> None:
        """Hang up; a container that lives ends by it."""
        if self.line is not None:
            self.line.close()
            self.line = None
        if self._log_file is not None:
            os.close(self._log_file)
            self._log_file = None
