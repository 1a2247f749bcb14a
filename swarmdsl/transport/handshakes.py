"""Whether whoever was dialled will ever shake hands: libzmq tries again for ever, and says nothing.

Its monitor tells each failure. Some can only mean that one side has another key than the other
believes. Others are also seen where a process dies or begins: those count when they go on.
"""

from __future__ import annotations

import errno
import struct
import time

import zmq

from swarmdsl.transport import sockets
from swarmdsl.transport.sockets import Context, Socket

FAILING_MAX_S = 5.0
"""For so long may every handshake be cut short. Whoever dies is not there any more then, and where
somebody else has its port, the address of its successor has come."""

WATCHED = (
    zmq.EVENT_HANDSHAKE_SUCCEEDED
    | zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL
    | zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL
    | zmq.EVENT_HANDSHAKE_FAILED_AUTH
)

UNKNOWN_HERE = (
    "refused us: whoever listens there does not know our key; the keys of both must be of one run"
)
NOT_ENCRYPTED = "answers without encryption, or is no process of a run; dial one that encrypts"
OTHER_KEY = (
    "has cut short {} handshakes in a row: whoever listens there does not have the key that the "
    "address names; take the address that it says itself"
)

_REPORT = struct.Struct("=HI")  # what happened, and a number


class Handshakes:
    """Counts what became of one connection's handshakes. Pure.

    Attributes:
        succeeded: there is nothing more to watch.
        problem: why there will be none; empty as long as there may.

    >>> handshakes = Handshakes()
    >>> handshakes.heard(zmq.EVENT_HANDSHAKE_FAILED_AUTH, 400, now_s=0.0)
    >>> handshakes.problem.partition(":")[0]
    'refused us'
    """

    def __init__(self) -> None:
        self.succeeded = False
        self.problem = ""
        self._failed = 0
        self._failing_since_s = 0.0

    def heard(self, event: int, number: int, now_s: float) -> None:
        """Take in one event of the monitor, and the number that came with it."""
        match event:
            case zmq.EVENT_HANDSHAKE_SUCCEEDED:
                self.succeeded = True
            case zmq.EVENT_HANDSHAKE_FAILED_AUTH:
                self.problem = UNKNOWN_HERE
            case zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL:
                self.problem = NOT_ENCRYPTED
            case zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL if number != errno.EAGAIN:
                # EAGAIN: nobody answered in time, as a process that is stopped.
                self._failed += 1
                if self._failed == 1:
                    self._failing_since_s = now_s
                if now_s - self._failing_since_s >= FAILING_MAX_S:
                    self.problem = OTHER_KEY.format(self._failed)


class Watch:
    """The monitor of a socket that has dialled and not shaken hands yet.

    Attributes:
        reports: readable when something happened.
        handshakes: what became of them so far.
    """

    def __init__(self, context: Context, dealer: Socket, name: str) -> None:
        endpoint = f"inproc://dialled-{name}"
        self.handshakes = Handshakes()
        dealer.monitor(endpoint, WATCHED)
        self.reports: Socket = context.socket(zmq.PAIR)
        self.reports.connect(endpoint)
        self._dealer = dealer

    def look(self) -> None:
        """Take in all that was reported."""
        while sockets.has_message(self.reports):
            event, number = _REPORT.unpack(self.reports.recv(sockets.AT_ONCE))
            self.reports.recv(sockets.AT_ONCE)  # the address
            self.handshakes.heard(event, number, time.monotonic())

    def close(self) -> None:
        """Watch no more."""
        self._dealer.disable_monitor()
        self.reports.close(linger=0)
