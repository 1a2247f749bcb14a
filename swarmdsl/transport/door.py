"""The listening side of a ZeroMQ endpoint: who came, who never shook hands, and how many may.

libzmq accepts connections in a thread of its own, as fast as they come, and libzmq 4.3.5 aborts the
process when that needs one more file than it may open. So the socket's monitor reports here, over
a queue of `REPORTS_MAX`. That queue is a brake too: libzmq waits when it is full, hence never
accepts more than that between two looks. At `connections_max` everybody is shown out, for libzmq
cannot tell one from another, and the door opens again: who belongs here dials again.
"""

from __future__ import annotations

import struct

import zmq

from swarmdsl.transport.crowd import ACCEPTED_MAX
from swarmdsl.transport.sockets import AT_ONCE, Context, Socket, has_message

REPORTS_MAX = ACCEPTED_MAX
"""What libzmq's own end of the queue holds (1,000, which cannot be changed), and ours (1)."""

_ENDPOINT = "inproc://door"
_EVENTS = (
    zmq.EVENT_ACCEPTED
    | zmq.EVENT_HANDSHAKE_SUCCEEDED
    | zmq.EVENT_DISCONNECTED
    | zmq.EVENT_CLOSED  # the door itself, in libzmq's own time
)
_REPORT = struct.Struct("=HI")  # what happened, and a number of no interest


class Door:
    """Where an endpoint listens, and the count of those who came.

    Attributes:
        endpoint: where it is, as ZeroMQ writes it, with the port that the kernel chose.
        times_full: how often everybody was shown out because too many were in.
        is_shut: whether nobody listens, so that it is to be looked at.
    """

    def __init__(self, context: Context, router: Socket, address: str, most: int) -> None:
        self.times_full = 0
        self._router, self._most = router, most
        self._accepted = self._shaken = self._inside = 0
        self._is_open, self.is_shut = True, False
        router.monitor(_ENDPOINT, _EVENTS)
        self.reports: Socket = context.socket(zmq.PAIR)
        self.reports.setsockopt(zmq.RCVHWM, 1)
        self.reports.connect(_ENDPOINT)
        router.bind(address)
        bound = router.getsockopt(zmq.LAST_ENDPOINT)
        assert isinstance(bound, bytes)
        self.endpoint = bound.rstrip(b"\0").decode()

    @property
    def handshakes_failed(self) -> int:
        """Connections that came and have not shaken hands; those that are at it are among them."""
        return self._accepted - self._shaken

    def look(self) -> bool:
        """Take in what was reported; whether the door was just opened again, with a new file."""
        heard = 0
        while heard < 2 * REPORTS_MAX and self._hear():
            heard += 1
        if self._is_open and self._inside >= self._most:
            self._is_open = False
            self.times_full += 1
            self._router.unbind(self.endpoint)  # this ends what it has accepted, too
        elif self.is_shut and not heard:
            # Binding reports as well, and would wait for us if the queue were full. It is empty,
            # and nobody is left inside to fill it.
            return self._open_again()
        return False

    def _open_again(self) -> bool:
        try:
            self._router.bind(self.endpoint)
        except zmq.ZMQError as error:
            if error.errno != zmq.EADDRINUSE:
                raise
            return False  # Somebody has the port meanwhile. It is tried again with each look.
        self._is_open, self.is_shut = True, False
        return True

    def _hear(self) -> bool:
        """Take in one report, if there is one."""
        if not has_message(self.reports):
            return False
        event, _ = _REPORT.unpack(self.reports.recv(AT_ONCE))
        self.reports.recv(AT_ONCE)  # the address
        match event:
            case zmq.EVENT_ACCEPTED:
                self._accepted += 1
                self._inside += 1
            case zmq.EVENT_HANDSHAKE_SUCCEEDED:
                self._shaken += 1
            case zmq.EVENT_DISCONNECTED:
                self._inside = max(0, self._inside - 1)
            case _:
                self.is_shut, self._inside = True, 0
        return True
