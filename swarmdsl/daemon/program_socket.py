"""The Unix socket at which a running program may call the controller."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from selectors import EVENT_READ, EVENT_WRITE, BaseSelector
from types import TracebackType
from typing import Self

from swarmdsl.daemon.program_calls import LINE_BYTES_MAX
from swarmdsl.daemon.program_stream import Lines, Piece

CALLERS_MAX = 16  # connected at a time; others wait in the backlog of the socket
READ_BYTES = 65_536
AT_ONCE = 0.0  # as a socket's timeout: never wait
MODE = 0o600  # beside the folder, which is private too


def call_socket(address: str) -> Path | None:
    """Where the programs of a daemon call, beside the daemon's own place; None if it is no path.

    >>> call_socket("unix:///tmp/swarm-0123abcd/4").as_posix(), call_socket("memory://worker")
    ('/tmp/swarm-0123abcd/4.call', None)
    """
    _, _, path = address.partition("://")
    return Path(f"{path}.call") if path.startswith("/") else None


class CallSocket:
    """Listens while a program runs, and answers line by line.

    Args:
        path: of the socket; what an earlier process left there is replaced.
        answer: what to say to a line.
        selector: tells when something comes; what is registered there is a function to call.
    """

    def __init__(
        self, path: Path, answer: Callable[[Piece], bytes], selector: BaseSelector
    ) -> None:
        self._path = path
        self._answer = answer
        self._selector = selector
        self._callers: set[_Caller] = set()
        path.unlink(missing_ok=True)
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.settimeout(AT_ONCE)
        self._listener.bind(str(path))
        path.chmod(MODE)  # Before anybody can connect: nothing listens yet.
        self._listener.listen()
        self._open()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for caller in list(self._callers):
            self._leave(caller)
        if self._listener.fileno() in self._selector.get_map():
            self._selector.unregister(self._listener)
        self._listener.close()
        self._path.unlink(missing_ok=True)

    def _open(self) -> None:
        self._selector.register(self._listener, EVENT_READ, self._accept)

    def _accept(self) -> None:
        with suppress(OSError):  # whoever knocked has gone already
            channel, _ = self._listener.accept()
            channel.settimeout(AT_ONCE)
            self._callers.add(_Caller(channel, self._answer, self._selector, self._leave))
        if len(self._callers) == CALLERS_MAX:
            self._selector.unregister(self._listener)

    def _leave(self, caller: _Caller) -> None:
        self._callers.discard(caller)
        caller.close()
        if self._listener.fileno() not in self._selector.get_map():
            self._open()


class _Caller:
    """One connection: it is read, and answered, only when all answers so far have been sent."""

    def __init__(
        self,
        channel: socket.socket,
        answer: Callable[[Piece], bytes],
        selector: BaseSelector,
        leave: Callable[[_Caller], None],
    ) -> None:
        self._channel = channel
        self._answer = answer
        self._selector = selector
        self._leave = leave
        self._lines = Lines(LINE_BYTES_MAX)
        self._unread: Iterator[Piece] = iter(())
        self._unsent = memoryview(b"")
        self._at_end = False
        selector.register(channel, EVENT_READ, self._attend)

    def close(self) -> None:
        """Hang up."""
        self._selector.unregister(self._channel)
        self._channel.close()

    def _attend(self) -> None:
        try:
            self._send()
            if not self._unsent and not self._answered():
                self._read()
                self._answered()
        except BlockingIOError:
            pass
        except OSError:  # It went away: what it was still to be told, nobody reads.
            self._leave(self)
            return
        if self._at_end and not self._unsent:
            self._leave(self)
        else:
            wanted = EVENT_WRITE if self._unsent else EVENT_READ
            self._selector.modify(self._channel, wanted, self._attend)

    def _read(self) -> None:
        data = self._channel.recv(READ_BYTES)
        self._at_end = not data
        self._unread = self._lines.feed(data) if data else self._lines.end()

    def _answered(self) -> bool:
        """Answer line by line what has been read, while answers go out; whether any waits to."""
        for piece in self._unread:
            if piece.data.strip():
                self._unsent = memoryview(self._answer(piece))
                self._send()
            if self._unsent:
                return True
        return False

    def _send(self) -> None:
        while self._unsent:
            try:
                self._unsent = self._unsent[self._channel.send(self._unsent) :]
            except BlockingIOError:
                return
