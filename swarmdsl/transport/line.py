"""One connection over a Unix socket: what is written to it, and what its kernel has no room for."""

from __future__ import annotations

import errno
import socket as unix
import struct
from collections import deque
from collections.abc import Sequence
from itertools import islice, takewhile
from threading import Lock

from swarmdsl.transport.base import Connection
from swarmdsl.transport.limits import QUEUE_MESSAGES_MAX
from swarmdsl.transport.stream import Assembler, StreamError, head
from swarmdsl.wire.frames import Buffer, Frames

BUFFERED_BYTES = 1 << 20
"""What the kernel is asked to hold of one connection; it has a limit of its own."""

PIECES_MAX = 512
"""Of one call of the kernel, which takes 1,024 at most; many small frames are joined first."""

TOGETHER_MAX, TOGETHER_BYTES_MAX = 256, 65_536
"""Messages, and bytes, that are joined to be written at once."""

_PAIR = struct.Struct("<3I")  # what `head` gives before the two frames that most messages have

_FLAGS = unix.MSG_DONTWAIT | unix.MSG_NOSIGNAL
_LATER = frozenset({errno.ENOENT, errno.ECONNREFUSED, errno.EAGAIN, errno.ENOTCONN})
"""Why nobody can be reached now: nobody listens there yet, or too many ask at once."""

Message = list[memoryview]


class Line:
    """A connection, and what waits to be written to it.

    Two threads may write what waits, so that is done under the lock of its endpoint. All else is
    the endpoint's thread's.

    Args:
        number: of the connection.
        path: where it is dialled; empty if it was accepted.
        lock: of the endpoint.
        socket: that was accepted, if it was.

    Attributes:
        socket: None while nobody is reached.
        is_over: whether nothing can be written any more: the peer has gone.
        waiting: pieces that the kernel had no room for, the first of them perhaps in part.
    """

    __slots__ = (
        "_ends",
        "_lock",
        "assembler",
        "is_over",
        "number",
        "path",
        "socket",
        "waiting",
    )

    def __init__(
        self, number: Connection, path: str, lock: Lock, socket: unix.socket | None = None
    ) -> None:
        self.number, self.path, self.socket = number, path, socket
        self.assembler = Assembler(is_greeted=bool(path))
        self.is_over = False
        self.waiting: deque[memoryview] = deque()
        self._ends: deque[int] = deque()  # of the messages that wait: how many pieces each has
        self._lock = lock

    @property
    def descriptor(self) -> int:
        """Of its socket; -1 while nobody is reached. Of any thread."""
        socket = self.socket
        return -1 if socket is None else socket.fileno()

    def connect(self, greeting: bytes) -> bool:
        """Reach who listens there, and greet them; False if that is nobody now.

        Raises:
            OSError: there is no socket to be had, or it is forbidden.
        """
        made = unix.socket(unix.AF_UNIX, unix.SOCK_STREAM | unix.SOCK_NONBLOCK)
        try:
            prepare(made)
            made.connect(self.path)
            made.send(greeting, _FLAGS)
        except OSError as error:
            made.close()
            if error.errno in _LATER or isinstance(error, ConnectionError):
                return False
            raise
        self.socket, self.is_over = made, False
        self.assembler = Assembler(is_greeted=True)
        return True

    def drop(self) -> None:
        """Close it, and forget what waits."""
        with self._lock:
            self.waiting.clear()
            self._ends.clear()
            self.is_over = True
            if self.socket is not None:
                self.socket.close()
                self.socket = None

    def write(self, frames: Frames, sizes: list[int]) -> bool:
        """Write a message, or have what is left of it wait; False if it was not taken."""
        if self.socket is None or self.is_over:
            return False
        beginning = _PAIR.pack(2, *sizes) if len(sizes) == 2 else head(sizes)
        pieces: list[Buffer] = [beginning, *frames]
        if len(pieces) > PIECES_MAX:
            pieces = [b"".join(pieces)]
        if self.waiting and not self.write_waiting():
            with self._lock:
                return self._wait(pieces, 0)
        try:
            taken = self.socket.sendmsg(pieces, (), _FLAGS)
        except BlockingIOError:
            taken = 0
        except OSError:  # what it has sent before can still be read
            self.is_over = True
            return False
        if taken < 4 * (len(sizes) + 1) + sum(sizes):
            with self._lock:
                self._wait(pieces, taken)
        return True

    def write_all(self, messages: Sequence[tuple[Frames, list[int]]]) -> int:
        """Write messages, each with the sizes of its frames; how many were taken.

        As many as fit go to the kernel at once: its work for each call is more than for the bytes.
        """
        at = 0
        while at < len(messages):
            count = _fit_together(messages, at)
            taken = (
                int(self.write(*messages[at]))
                if count == 1
                else self._write_together(messages[at : at + count])
            )
            at += taken
            if taken < count:
                break
        return at

    def _write_together(self, messages: Sequence[tuple[Frames, list[int]]]) -> int:
        """Write a few small messages, or have what is left of them wait; how many were taken."""
        if self.socket is None or self.is_over:
            return 0
        if self.waiting and not self.write_waiting():
            with self._lock:
                return sum(1 for _ in takewhile(self._wait_behind, messages))
        data = b"".join([piece for frames, sizes in messages for piece in (head(sizes), *frames)])
        try:
            taken = self.socket.send(data, _FLAGS)
        except BlockingIOError:
            taken = 0
        except OSError:  # what it has sent before can still be read
            self.is_over = True
            return 0
        if taken < len(data):
            with self._lock:
                self._wait_whole(messages, memoryview(data), taken)
        return len(messages)

    def _wait_behind(self, message: tuple[Frames, list[int]]) -> bool:
        """Let a message wait behind others; False if too many do."""
        frames, sizes = message
        return self._wait([head(sizes), *frames], 0)

    def _wait_whole(
        self, messages: Sequence[tuple[Frames, list[int]]], data: memoryview, taken: int
    ) -> None:
        """Let those wait of which not all is written; nothing else does."""
        end = 0
        for _, sizes in messages:
            begin, end = end, end + 4 * (len(sizes) + 1) + sum(sizes)
            if end > taken:
                self.waiting.append(data[max(begin, taken) : end])
                self._ends.append(1)

    def _wait(self, pieces: list[Buffer], taken: int) -> bool:
        """Let a message wait of which so many bytes are written; False if too many do."""
        if len(self._ends) >= QUEUE_MESSAGES_MAX or self.is_over:
            return False
        before = len(self.waiting)
        for piece in pieces:
            view = memoryview(piece)
            if taken >= view.nbytes:
                taken -= view.nbytes
            else:
                self.waiting.append(view.cast("B")[taken:])
                taken = 0
        self._ends.append(len(self.waiting) - before)
        return True

    def write_waiting(self) -> bool:
        """Write what waits, as far as there is room; whether nothing is left. Of any thread."""
        with self._lock:
            while self.waiting and self.socket is not None and not self.is_over:
                pieces = [
                    self.waiting[index] for index in range(min(len(self.waiting), PIECES_MAX))
                ]
                try:
                    taken = self.socket.sendmsg(pieces, (), _FLAGS)
                except BlockingIOError:
                    return False
                except OSError:
                    self.is_over = True
                    break
                self._written(taken)
            if self.is_over:
                self.waiting.clear()
                self._ends.clear()
            return not self.waiting

    def _written(self, taken: int) -> None:
        while taken and taken >= self.waiting[0].nbytes:
            taken -= self.waiting.popleft().nbytes
            self._ends[0] -= 1
            if not self._ends[0]:
                self._ends.popleft()
        if taken:
            self.waiting[0] = self.waiting[0][taken:]

    def read(self, scratch: memoryview) -> list[Message] | None:
        """The messages that have come; None if the peer has gone, or speaks no language of ours."""
        assert self.socket is not None, "nothing is read where nobody is reached"
        try:
            assembler = self.assembler
            room = scratch if assembler.body is None else assembler.room(scratch)
            count = self.socket.recv_into(room)
            return assembler.read(count, scratch) if count else None
        except BlockingIOError:
            return []
        except (OSError, StreamError):
            return None


def _fit_together(messages: Sequence[tuple[Frames, list[int]]], first: int) -> int:
    """How many messages, from one on, are written as one piece of bytes; 1 if it is large."""
    count = size = 0
    for _, sizes in islice(messages, first, first + TOGETHER_MAX):
        size += 4 * (len(sizes) + 1) + sum(sizes)
        if size > TOGETHER_BYTES_MAX:
            break
        count += 1
    return max(1, count)


def prepare(socket: unix.socket) -> None:
    """Give a connection the room that it may have."""
    socket.setsockopt(unix.SOL_SOCKET, unix.SO_SNDBUF, BUFFERED_BYTES)
