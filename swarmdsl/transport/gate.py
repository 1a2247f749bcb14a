"""Who is let in by an endpoint that encrypts: the keys of the run, and nobody else.

libzmq asks for each connection, over a socket within the process (ZAP, ZeroMQ's RFC 27), and the
connection waits for the answer. So a thread answers: the one that uses the endpoint may be at work
for minutes. It knows the keys and nothing else, and takes no signal.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Set as AbstractSet

import zmq

from swarmdsl.transport import sockets
from swarmdsl.transport.base import NO_STRANGERS, Strangers
from swarmdsl.transport.sockets import READABLE, Context

ADDRESS = "inproc://zeromq.zap.01"
ADMITTED, REFUSED = b"200", b"400"
LOOK_MS = 60_000  # no single wait is longer
END_S = 5.0  # for the thread to end, which only ever answers

_BELL = "inproc://gate"


def answer(request: list[bytes], admitted: AbstractSet[bytes]) -> list[bytes]:
    """What libzmq is told of a connection: its request says with which key, and from where.

    >>> request = [b"1.0", b"7", b"swarm", b"10.0.0.9", b"", b"CURVE", b"k" * 32]
    >>> answer(request, {b"k" * 32})
    [b'1.0', b'7', b'200', b'', b'', b'']
    >>> answer(request, set())[2]
    b'400'
    """
    version, number, _domain, _origin, _identity, mechanism, *credentials = request
    is_ours = mechanism == b"CURVE" and len(credentials) == 1 and credentials[0] in admitted
    return [version, number, ADMITTED if is_ours else REFUSED, b"", b"", b""]


class Gate:
    """Answers for one context, from before anybody listens there until it is closed.

    Args:
        context: of the endpoint.
        admitted: the public keys of those who may come in.

    Attributes:
        strangers: who had another key; replaced as a whole, so any thread may read it.
    """

    def __init__(self, context: Context, admitted: AbstractSet[bytes]) -> None:
        self.strangers = NO_STRANGERS
        self._admitted = admitted
        self._requests = context.socket(zmq.REP)
        self._requests.bind(ADDRESS)
        self._bell = context.socket(zmq.PAIR)
        self._bell.bind(_BELL)
        self._ringer = context.socket(zmq.PAIR)
        self._ringer.connect(_BELL)
        self._thread = threading.Thread(target=self._serve, name="gate", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Let in nobody any more, and end the thread. A second call does nothing."""
        if self._ringer.closed:
            return
        self._ringer.send(b"", sockets.AT_ONCE)
        self._thread.join(END_S)
        self._ringer.close(linger=0)

    def _serve(self) -> None:
        # Else a signal might be delivered here, and not end the wait of the main thread.
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        both = [(self._requests, READABLE), (self._bell, READABLE)]
        try:
            while not any(one is self._bell for one, _ in zmq.zmq_poll(both, LOOK_MS)):
                while sockets.has_message(self._requests):
                    self._let_in(self._requests.recv_multipart(sockets.AT_ONCE))
        finally:
            self._requests.close(linger=0)
            self._bell.close(linger=0)

    def _let_in(self, request: list[bytes]) -> None:
        told = answer(request, self._admitted)
        if told[2] == REFUSED:
            refused, first_from = self.strangers
            first_from = first_from or request[3].decode("ascii", "replace")
            self.strangers = Strangers(refused + 1, first_from)
        self._requests.send_multipart(told, sockets.AT_ONCE)
