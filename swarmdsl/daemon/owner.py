"""The line from a fork server to its owner, and whether the owner lives."""

from __future__ import annotations

import os
import select
import socket
import struct
from collections import deque
from collections.abc import Mapping
from contextlib import suppress

from swarmdsl.daemon.fork_protocol import Answer, Command, Shutdown, command_reader, frame
from swarmdsl.errors import WireError

AT_ONCE = 0.0  # as a socket's timeout: never wait
READ_BYTES = 262_144  # one full buffer of a Unix socket
OUTBOX_BYTES_MAX = 1_048_576  # answers nobody reads; beyond it no further command is obeyed
FLUSH_S = 1.0  # for the last answers to be read

_CREDENTIALS = struct.Struct("3i")  # struct ucred: process, user, group


class Owner:
    """Commands come in, answers go out, and the death of the process is noticed.

    The end of the stream is not enough: a child that the owner forked may hold it open. So the
    process is watched as well, where the kernel can (since Linux 5.3).
    """

    def __init__(self, channel: socket.socket, pid: int) -> None:
        channel.settimeout(AT_ONCE)
        self._channel = channel
        self._process = _watched(pid)
        self._reader = command_reader()
        self._commands: deque[Command] = deque()
        self._outbox = bytearray()
        self.pid = pid
        self.gone = ""  # why, once it is

    @property
    def descriptors(self) -> list[int]:
        """What is open here."""
        return [self._channel.fileno(), *([] if self._process is None else [self._process])]

    @property
    def is_asking(self) -> bool:
        """Whether there is a command to obey now: one whose answer will be read."""
        return bool(self._commands) and self._may_answer

    @property
    def wants_the_end(self) -> bool:
        """Whether a command to end has come that is not obeyed yet."""
        return any(isinstance(command, Shutdown) for command in self._commands)

    @property
    def _may_answer(self) -> bool:
        return len(self._outbox) < OUTBOX_BYTES_MAX

    def next_command(self) -> Command:
        """The command that came first of those that are left."""
        return self._commands.popleft()

    def answer(self, answer: Answer) -> None:
        """Say this as soon as the owner takes it."""
        self._outbox += frame(answer)

    def register(self, poll: select.poll) -> None:
        """Have the poll tell what `handle` is to hear of."""
        if self._process is not None:
            poll.register(self._process, select.POLLIN)
        reading = select.POLLIN if self._may_answer and not self._commands else 0
        poll.register(self._channel, reading | (select.POLLOUT if self._outbox else 0))

    def handle(self, ready: Mapping[int, int]) -> None:
        """Read and write what is possible, and notice the owner's end."""
        events = ready.get(self._channel.fileno(), 0)
        if events & select.POLLOUT:
            self._write()
        if events & ~select.POLLOUT:
            self._read()
        if self._process in ready:
            while not self.gone and self._read():
                pass  # what it said last may be that all is to end
            self.gone = self.gone or "the owner ended"

    def _read(self) -> bool:
        try:
            data = self._channel.recv(READ_BYTES)
            self._commands += self._reader.feed(data)
        except BlockingIOError:
            return False
        except (OSError, WireError) as error:
            self.gone = str(error)
            return False
        if not data:
            self.gone = "the owner closed the socket"
        return bool(data)

    def _write(self) -> None:
        try:
            del self._outbox[: self._channel.send(self._outbox)]
        except BlockingIOError:
            return
        except OSError as error:
            self.gone = str(error)

    def flush(self) -> None:
        """Give the owner some time to read what is left."""
        self._channel.settimeout(FLUSH_S)
        with suppress(OSError):  # The owner may go at any time; then nobody wants to know.
            self._channel.sendall(self._outbox)

    def close(self) -> None:
        """Hang up."""
        self._channel.close()
        if self._process is not None:
            os.close(self._process)


def credentials(channel: socket.socket) -> tuple[int, int]:
    """The process and the user at the other side, as the kernel knows them."""
    data = channel.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    pid, user, _ = _CREDENTIALS.unpack(data)
    return pid, user


def _watched(pid: int) -> int | None:
    """A descriptor that is readable once the process has ended; None if there cannot be one."""
    try:
        return os.pidfd_open(pid)
    except OSError:
        return None
