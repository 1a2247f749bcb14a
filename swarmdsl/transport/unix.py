"""Endpoints over Unix sockets, without ZeroMQ: for the processes of one machine.

An endpoint has no thread that carries frames: `send` hands them to the kernel, and `receive` takes
them from there. So between two processes nobody is woken up but who receives.
"""

from __future__ import annotations

import errno
import functools
import select
import time
from collections import deque
from collections.abc import Callable, Sequence
from itertools import count
from mmap import mmap
from threading import Lock

from swarmdsl.errors import TransportError
from swarmdsl.transport.addresses import socket_path
from swarmdsl.transport.base import NO_STRANGERS, Arrival, Connection, Reading, Strangers
from swarmdsl.transport.courier import Courier, write_some
from swarmdsl.transport.limits import MESSAGES_PER_RECEIVE_MAX, measure
from swarmdsl.transport.line import Line
from swarmdsl.transport.listener import Listener
from swarmdsl.transport.stream import GREETING
from swarmdsl.wire.frames import Frames

SCHEME = "unix"

SCRATCH_BYTES = 256 * 1024
"""What is read at once; a batch of small pushes is no larger."""

DIALLED_MAX = 4_096
"""Outgoing connections of one endpoint; the limit of open files is usually met before."""

WAIT_MAX_S = 60.0
"""No single wait is longer; `receive` may return early anyway."""

RECONNECT_FIRST_S = 0.002
RECONNECT_MAX_S = 0.1
"""Doubling from first to max: a peer restarted soon is found soon, a missing one costs little."""

LINGER_S = 1.0
"""How long a closing endpoint may take to hand what waits to the kernel."""


_arrival = functools.partial(tuple.__new__, Arrival)  # without a call of Python for each

_NO_FILES = frozenset({errno.EMFILE, errno.ENFILE})
_MORE_FILES = (
    "; hang up connections that are not needed, or raise the limit of open files (ulimit -n)"
)


class UnixEndpoint:
    """One process's place, as `Endpoint` says; `UnixTransport` makes it.

    Args:
        listener: where it is dialled; None if it is not.
        now_s: a clock that only moves forward.

    Attributes:
        address: where others dial it; empty if nobody can.
    """

    def __init__(self, listener: Listener | None, now_s: Callable[[], float]) -> None:
        self.address = "" if listener is None else listener.address
        self._listener = listener
        self._now_s = now_s
        self._numbers = count(1)
        self._lock = Lock()
        self._lines: dict[Connection, Line] = {}
        self._reached: dict[int, Line] = {}  # by descriptor
        self._missing: dict[Connection, tuple[float, float]] = {}  # when to try again, and after
        self._arrived: deque[Arrival] = deque()
        self._bell = select.epoll()
        self._watched: set[int] = set()
        self._told: set[int] = set()  # descriptors of which the bell is to tell when there is room
        self._lags = False  # whether there may be such
        self._scratch = memoryview(mmap(-1, SCRATCH_BYTES))  # its pages come as they are used
        self._courier = Courier(self._lagging)
        self._is_open = True
        if listener is not None:
            self._bell.register(listener.descriptor, select.EPOLLIN)

    @property
    def handshakes_failed(self) -> int:
        """Connections that came, and left or stay without a greeting."""
        return 0 if self._listener is None else self._listener.ungreeted

    @property
    def strangers(self) -> Strangers:
        """None: there are no keys."""
        return NO_STRANGERS

    @property
    def times_full(self) -> int:
        """How often it stopped listening for a while because too many connections were open."""
        return 0 if self._listener is None else self._listener.times_full

    def readings(self) -> list[Reading]:
        """None: this is no TCP."""
        return []

    def dial(self, address: str) -> Connection:
        """Open a connection to `address`, which need not be listening yet.

        Raises:
            TransportError: the address is malformed or too long, this endpoint is closed, or the
                process has no more files to open.
        """
        path = socket_path(address, SCHEME)
        if not self._is_open:
            raise TransportError(address, "cannot be dialled: this endpoint is closed")
        line = Line(next(self._numbers), path, self._lock)
        try:
            if sum(bool(one.path) for one in self._lines.values()) >= DIALLED_MAX:
                raise OSError(errno.EMFILE, "Too many open files")
            self._lines[line.number] = line
            self._connect(line, RECONNECT_FIRST_S)
        except OSError as error:
            self._lines.pop(line.number, None)
            mend = _MORE_FILES if error.errno in _NO_FILES else ""
            raise TransportError(address, f"cannot be dialled: {error.strerror}{mend}") from error
        return line.number

    def _connect(self, line: Line, again_s: float) -> None:
        """Reach who listens, or note when that is to be tried again."""
        if line.connect(GREETING):
            self._missing.pop(line.number, None)
            self._hear(line)
        else:
            later_s = min(2 * again_s, RECONNECT_MAX_S)
            self._missing[line.number] = self._now_s() + again_s, later_s

    def _hear(self, line: Line) -> None:
        assert line.socket is not None, "it is reached"
        descriptor = line.socket.fileno()
        self._reached[descriptor] = line
        self._bell.register(descriptor, select.EPOLLIN)

    def send(self, connection: Connection, frames: Frames) -> bool:
        """Hand a message over; False if it cannot be taken now, or the connection is gone.

        Raises:
            TransportError: a frame is longer than any transport takes.
        """
        sizes = measure(self.address, frames)
        line = self._lines.get(connection)
        if line is None:
            return False
        if connection in self._missing:
            self._seek(line)
        taken = line.write(frames, sizes)
        if line.waiting:
            self._lags = True
            self._courier.call()
        return taken

    def send_all(self, connection: Connection, messages: Sequence[Frames]) -> int:
        """Hand over several messages in order; how many were taken.

        Raises:
            TransportError: a frame is longer than any transport takes.
        """
        sizes = [measure(self.address, frames) for frames in messages]
        line = self._lines.get(connection)
        if line is None:
            return 0
        if connection in self._missing:
            self._seek(line)
        taken = line.write_all([*zip(messages, sizes, strict=True)])
        if line.waiting:
            self._lags = True
            self._courier.call()
        return taken

    def _seek(self, line: Line) -> None:
        """Try to reach who could not be reached, if that is due."""
        due_s, again_s = self._missing[line.number]
        if self._now_s() >= due_s:
            try:
                self._connect(line, again_s)
            except OSError:  # no more files, say: others may be closed meanwhile
                self._missing[line.number] = self._now_s() + RECONNECT_MAX_S, RECONNECT_MAX_S

    def is_gone(self, connection: Connection) -> bool:
        """Whether nothing can be sent on it ever again."""
        line = self._lines.get(connection)
        return line is None or (line.is_over and not line.path)

    def receive(self, timeout_s: float, blocked: Sequence[Connection] = ()) -> list[Arrival]:
        """What has arrived, at most some hundred messages, waiting for the first.

        The wait is `timeout_s` rounded up to whole milliseconds.
        """
        if not self._is_open:
            return []
        arrived = self._arrived
        if len(arrived) < MESSAGES_PER_RECEIVE_MAX:
            wait_s, listener = 0.0 if arrived else timeout_s, self._listener
            minds = listener is not None and listener.minds
            if wait_s > 0 or blocked or self._lags or self._missing or minds:
                self._look(wait_s, blocked)
            else:  # as one who does not sleep asks again and again
                self._attend(0.0)
        if len(arrived) <= MESSAGES_PER_RECEIVE_MAX:
            taken = [*arrived]
            arrived.clear()
            return taken
        return [arrived.popleft() for _ in range(MESSAGES_PER_RECEIVE_MAX)]

    def _look(self, timeout_s: float, blocked: Sequence[Connection]) -> None:
        """Take in what there is, and write what waits; wait for the first of it."""
        if self._missing:
            timeout_s = min(timeout_s, self._seek_all())
        if blocked or self._lags:
            self._listen_for_room(blocked)
        listener = self._listener
        if listener is not None and listener.minds:
            timeout_s = min(timeout_s, listener.look_in_s)
        until_s = self._now_s() + timeout_s
        while self._attend(timeout_s) and (timeout_s := until_s - self._now_s()) > 0:
            pass
        if listener is not None and listener.minds:
            listener.look(self._now_s(), self._bell)

    def _attend(self, timeout_s: float) -> bool:
        """Wait for what happens; whether that was but a part of a message, read or written."""
        rung = self._bell.poll(max(0.0, min(timeout_s, WAIT_MAX_S)))
        is_part = bool(rung)
        for descriptor, events in rung:
            line = self._reached.get(descriptor)
            if line is None:
                is_part = False
                if self._listener is not None and descriptor == self._listener.descriptor:
                    self._welcome(self._listener)
                continue
            if events & select.EPOLLOUT and line.write_waiting():
                is_part = False
            if events & ~select.EPOLLOUT and not self._read(line, descriptor):
                is_part = False
        return is_part

    def _seek_all(self) -> float:
        """Try whoever is due; returns after how long the next is."""
        for number in [*self._missing]:
            self._seek(self._lines[number])
        now_s = self._now_s()
        return min((max(0.0, due_s - now_s) for due_s, _ in self._missing.values()), default=60.0)

    def _listen_for_room(self, blocked: Sequence[Connection]) -> None:
        """Have the bell ring when there is room on these, and on whatever has something waiting."""
        wanted: set[int] = set()
        for descriptor, line in self._reached.items():
            if line.waiting or line.number in blocked:
                wanted.add(descriptor)
        for descriptor in wanted - self._told:
            self._bell.modify(descriptor, select.EPOLLIN | select.EPOLLOUT)
        for descriptor in self._told - wanted:
            if descriptor in self._reached:
                self._bell.modify(descriptor, select.EPOLLIN)
        self._told, self._lags = wanted, bool(wanted)

    def _lagging(self) -> list[Line]:
        """Of what something waits; of any thread."""
        return [line for line in [*self._lines.values()] if line.waiting]

    def _read(self, line: Line, descriptor: int) -> bool:
        """Take in what has come on a line; whether that is no whole message yet."""
        messages = line.read(self._scratch)
        listener = self._listener
        if listener is not None and listener.minds and line.assembler.is_greeted and not line.path:
            listener.greeted(line)  # also who says nonsense behind that
        if messages is None:
            self._lose(line, descriptor)
            return False
        for one in messages:
            self._arrived.append(_arrival((line.number, one)))
        return not messages

    def _welcome(self, listener: Listener) -> None:
        for socket in listener.accept(self._now_s(), self._bell):
            line = Line(next(self._numbers), "", self._lock, socket)
            self._lines[line.number] = line
            listener.came(line, self._now_s())
            self._hear(line)

    def _lose(self, line: Line, descriptor: int) -> None:
        """The peer has gone: one that was dialled may come back."""
        self._forget(descriptor)
        line.drop()
        if line.path:
            self._missing[line.number] = self._now_s(), RECONNECT_FIRST_S
        else:
            del self._lines[line.number]
            if self._listener is not None:
                self._listener.left(line)

    def _forget(self, descriptor: int) -> None:
        self._bell.unregister(descriptor)
        del self._reached[descriptor]
        self._told.discard(descriptor)

    def watch(self, descriptor: int) -> None:
        """Let `receive` also end its wait when this descriptor is readable."""
        if descriptor not in self._watched:
            self._watched.add(descriptor)
            self._bell.register(descriptor, select.EPOLLIN)

    def unwatch(self, descriptor: int) -> None:
        """Watch it no more; nothing happens if it was not watched."""
        if descriptor in self._watched:
            self._watched.discard(descriptor)
            self._bell.unregister(descriptor)

    def hang_up(self, connection: Connection) -> None:
        """Close a connection that was dialled here; any other number is left alone."""
        line = self._lines.get(connection)
        if line is None or not line.path:
            return
        if line.socket is not None:
            self._forget(line.socket.fileno())
        line.drop()
        del self._lines[connection]
        self._missing.pop(connection, None)
        self._arrived = deque(one for one in self._arrived if one.connection != connection)

    def close(self) -> None:
        """Wait `LINGER_S` at most for what waits to be written, and release all."""
        if not self._is_open:
            return
        self._is_open = False
        if self._listener is not None:
            self._listener.close()
        self._linger()
        self._courier.close()
        for line in self._lines.values():
            line.drop()
        self._lines.clear()
        self._reached.clear()
        self._missing.clear()
        self._arrived.clear()
        self._bell.close()

    def _linger(self) -> None:
        """Write what waits, for a while."""
        until_s = self._now_s() + LINGER_S
        while (lines := self._lagging()) and (left_s := until_s - self._now_s()) > 0:
            write_some(lines, left_s)


class UnixTransport:
    """Makes endpoints over Unix sockets.

    The transport itself holds nothing, so it may be made before a fork and used after.
    """

    def listen(self, address: str) -> UnixEndpoint:
        """An endpoint at `address`; a socket file left by a dead process is replaced.

        Two processes that begin to listen at one address in the same instant are not told apart:
        the later takes it.

        Raises:
            TransportError: the address is malformed, too long, taken, or cannot be bound.
        """
        return UnixEndpoint(Listener(address, socket_path(address, SCHEME)), time.monotonic)

    def leaf(self) -> UnixEndpoint:
        """An endpoint that dials and cannot be dialled: it has no socket file."""
        return UnixEndpoint(None, time.monotonic)
