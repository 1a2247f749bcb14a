"""Where containers come in that dial their engine: each is given to it as a socket, like any other.

A thread carries between the network and one socket pair for each container, so that an engine reads
and writes what it would with a container that it has attached to.
"""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from collections import deque
from contextlib import suppress
from typing import NamedTuple

import msgspec

from swarmdsl.daemon.line import PIECE_BYTES_MAX, Hello, Line, Piece, piece_of
from swarmdsl.errors import WireError
from swarmdsl.transport.base import Connection, Endpoint, Strangers

LOOK_S = 1.0  # the longest single wait; there is always another
BLOCKED_LOOK_S = 0.01  # while an engine does not read
END_S = 10.0  # for the thread to end
GOODBYE_S = 2.0  # for what was said last to be confirmed
CALLERS_MAX = 4_096  # containers at once; a topology has fewer daemons
BELL_BYTES = 4_096


class Caller(NamedTuple):
    """A container that has dialled, and the socket on which it is spoken with."""

    hello: Hello
    life: bytes
    line: socket.socket


class _Call:
    """One container's line, and our end of the socket pair; the engine has the other."""

    def __init__(self, life: bytes, connection: Connection) -> None:
        self.line = Line(life)
        self.connection = connection
        self.socket: socket.socket | None = None
        self.pending = bytearray()  # for the engine, which has not read it yet
        self.is_dropped = False  # as somebody knows that it has ended, or wants it to
        self.exit_code = 0  # with which it is to end then
        self.is_left = False  # by the engine
        self.left_s = 0.0


class Reception:
    """Takes in whoever has an invitation.

    Args:
        endpoint: where they dial; it is closed here.
        told: a descriptor that is written to whenever somebody has come.
    """

    def __init__(self, endpoint: Endpoint, told: int) -> None:
        self.address = endpoint.address
        self._endpoint, self._told = endpoint, told
        self._calls: dict[bytes, _Call] = {}
        # Whose lines are: the exit code that each has told, and the one that it is to end with.
        self._over: dict[bytes, tuple[int | None, int]] = {}
        self._callers: deque[Caller] = deque()
        self._dropped: deque[tuple[bytes, int]] = deque()
        self._bell, self._ringer = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        endpoint.watch(self._bell)
        self._is_closed = False
        self._thread = threading.Thread(target=self._serve, name="reception", daemon=True)
        self._thread.start()

    def take_callers(self) -> list[Caller]:
        """Who has come since the last call."""
        return [self._callers.popleft() for _ in range(len(self._callers))]

    @property
    def strangers(self) -> Strangers:
        """Who knocked without an invitation."""
        return self._endpoint.strangers

    def drop(self, life: bytes, exit_code: int = 0) -> None:
        """Hang up on a container that has ended, or is to: its socket has nothing more to read.

        Args:
            life: of the container.
            exit_code: with which it is to end, if it lives.
        """
        self._dropped.append((life, exit_code))
        self._ring()

    def exit_code_of(self, life: bytes) -> int | None:
        """What a container has told with its last word; None if it could not."""
        return self._over.get(life, (None, 0))[0]

    def close(self) -> None:
        """Say the last words, and let nobody in any more. A second call does nothing."""
        if not self._is_closed:
            self._is_closed = True
            self._ring()
            self._thread.join(END_S)
            for caller in self.take_callers():
                caller.line.close()
            os.close(self._bell)
            os.close(self._ringer)

    def _ring(self) -> None:
        with suppress(BlockingIOError):  # So full that it is readable already.
            os.write(self._ringer, b".")

    # ------------------------------------------------------------------------------ the thread

    def _serve(self) -> None:
        # Else a signal might be delivered here, and not end the wait of the main thread.
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        try:
            while not self._is_closed:
                self._turn(LOOK_S)
            deadline = time.monotonic() + GOODBYE_S
            while self._calls and (left_s := deadline - time.monotonic()) > 0:
                self._turn(min(left_s, BLOCKED_LOOK_S))
        finally:
            for call in [*self._calls.values()]:
                self._forget(call)
            self._endpoint.close()

    def _turn(self, wait_s: float) -> None:
        now_s = time.monotonic()
        due = [
            due_s for one in self._calls.values() if (due_s := one.line.due_s(now_s)) is not None
        ]
        is_blocked = any(one.pending or one.line.is_full for one in self._calls.values())
        wait_s = min([wait_s, *due, *([BLOCKED_LOOK_S] if is_blocked else [])])
        arrivals = self._endpoint.receive(wait_s)
        now_s = time.monotonic()
        for arrival in arrivals:
            with suppress(WireError):  # Whoever has the keys says nothing else.
                self._hear(piece_of(arrival.frames[0]), arrival.connection, now_s)
        with suppress(BlockingIOError):
            os.read(self._bell, BELL_BYTES)
        while self._dropped:
            life, exit_code = self._dropped.popleft()
            if (dropped := self._calls.get(life)) is not None:
                dropped.is_dropped, dropped.exit_code = True, exit_code
        for call in [*self._calls.values()]:
            self._carry(call, now_s)

    def _hear(self, piece: Piece, connection: Connection, now_s: float) -> None:
        call = self._calls.get(piece.life)
        if call is None:
            if piece.is_over or len(self._calls) >= CALLERS_MAX:
                return
            if piece.life in self._over:  # It may not have heard that nobody listens any more.
                _, exit_code = self._over[piece.life]
                self._endpoint.send(connection, [Line(piece.life).last_word(exit_code)])
                return
            call = self._calls[piece.life] = _Call(piece.life, connection)
        call.connection = connection  # It may have been cut and made anew.
        call.line.hear(piece, now_s)

    def _carry(self, call: _Call, now_s: float) -> None:
        """Whatever there is to carry, both ways."""
        if call.socket is None and not self._welcome(call):
            return
        self._to_engine(call)
        self._from_engine(call, now_s)
        for message in call.line.messages(now_s):
            self._endpoint.send(call.connection, [message])  # What is not taken is said again.
        is_done = call.is_left and (call.line.is_quiet or now_s - call.left_s >= GOODBYE_S)
        has_ended = call.line.is_over or call.is_dropped
        if is_done or (has_ended and not call.pending):
            self._forget(call)

    def _welcome(self, call: _Call) -> bool:
        """Give a container to the engine once it has said whose it is; False if it has not."""
        if not (first := call.line.take()):
            return False
        try:
            hello = msgspec.msgpack.decode(first, type=Hello)
        except msgspec.DecodeError:
            self._forget(call)
            return False
        call.socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        for one in (call.socket, theirs):
            one.settimeout(0.0)
        self._endpoint.watch(call.socket.fileno())
        self._callers.append(Caller(hello, call.line.life, theirs))
        with suppress(BlockingIOError):
            os.write(self._told, b".")
        return True

    def _to_engine(self, call: _Call) -> None:
        assert call.socket is not None
        while len(call.pending) < PIECE_BYTES_MAX and (data := call.line.take()):
            call.pending += data
        if call.pending:
            try:
                del call.pending[: call.socket.send(call.pending)]
            except BlockingIOError:
                return
            except OSError:
                call.pending.clear()

    def _from_engine(self, call: _Call, now_s: float) -> None:
        assert call.socket is not None
        while not call.is_left and not call.line.is_full:
            try:
                data = call.socket.recv(PIECE_BYTES_MAX)
            except BlockingIOError:
                return
            except OSError:
                data = b""
            if data:
                call.line.put(data)
            else:
                call.is_left, call.left_s = True, now_s
                self._endpoint.unwatch(call.socket.fileno())

    def _forget(self, call: _Call) -> None:
        """Hang up, and let the engine notice."""
        if not call.line.is_over:
            self._endpoint.send(call.connection, [call.line.last_word(call.exit_code)])
        self._over[call.line.life] = call.line.exit_code, call.exit_code
        if len(self._over) > CALLERS_MAX:
            del self._over[next(iter(self._over))]
        del self._calls[call.line.life]
        if call.socket is not None:
            if not call.is_left:
                self._endpoint.unwatch(call.socket.fileno())
            call.socket.close()
