"""ZeroMQ sockets with our options, and whole messages written to and read from them.

Identities are never set: a second connection with a known identity is ignored silently, and all
that is sent on it is lost. ZeroMQ's own heartbeats stay off: with them libzmq 4.3.5 aborts the
process when a peer dies whose messages we were too slow to receive (libzmq issues 4364 and 4767).
The end of a process closes its Unix sockets, and a stopped one is for the session to notice.
Nothing here waits.
"""

from __future__ import annotations

from typing import TypeAlias

import zmq

from swarmdsl.transport.limits import FRAME_BYTES_MAX, QUEUE_MESSAGES_MAX
from swarmdsl.wire.frames import Frames

Context: TypeAlias = "zmq.Context[zmq.Socket[bytes]]"
Socket: TypeAlias = "zmq.Socket[bytes]"
Options: TypeAlias = dict[zmq.SocketOption, int | bytes]

# Plain numbers: to combine pyzmq's own takes longer than to send a frame.
AT_ONCE = int(zmq.NOBLOCK)
AT_ONCE_WITH_MORE = int(zmq.NOBLOCK | zmq.SNDMORE)
READABLE = int(zmq.POLLIN)
WRITABLE = int(zmq.POLLOUT)

COPY_BYTES_MAX = 65_535
"""Longer frames are sent from where they are: then a copy costs more than the book-keeping."""

LINGER_MS = 1_000
"""How long a closing socket may take to hand its queue to the kernel."""

BACKLOG = 1_024
"""Connections that may wait to be accepted: a whole swarm can start in one instant."""

HANDSHAKE_MS = 10_000
"""A connection that has not shaken hands by then is closed."""

RECONNECT_FIRST_MS = 2
RECONNECT_MAX_MS = 100
"""Doubling from first to max: a peer restarted soon is found soon, a missing one costs little."""

_OPTIONS: Options = {
    zmq.SNDHWM: QUEUE_MESSAGES_MAX,
    zmq.RCVHWM: QUEUE_MESSAGES_MAX,
    zmq.MAXMSGSIZE: FRAME_BYTES_MAX,
    zmq.LINGER: LINGER_MS,
}
# Mandatory: a message for a peer that is gone is reported, not dropped.
# A domain for authentication, for which nobody is asked: with one, libzmq closes connections that
# do not begin like ZMTP 3. Else any bytes would pass for its first version, without a handshake.
_ROUTER_OPTIONS: Options = {
    **_OPTIONS,
    zmq.ROUTER_MANDATORY: 1,
    zmq.BACKLOG: BACKLOG,
    zmq.HANDSHAKE_IVL: HANDSHAKE_MS,
    zmq.ZAP_DOMAIN: b"swarm",
}
# Immediate: nothing is queued for a peer that is not there, else leftovers of an old session
# would be the first thing that its next incarnation sees.
_DEALER_OPTIONS: Options = {
    **_OPTIONS,
    zmq.IMMEDIATE: 1,
    zmq.RECONNECT_IVL: RECONNECT_FIRST_MS,
    zmq.RECONNECT_IVL_MAX: RECONNECT_MAX_MS,
}
NO_OPTIONS: Options = {}
"""What all sockets have is enough."""


def router(context: Context, more: Options = NO_OPTIONS) -> Socket:
    """A socket for all incoming connections, not bound yet, with more options than all have."""
    return _socket(context, zmq.ROUTER, _ROUTER_OPTIONS | more)


def dealer(context: Context, more: Options = NO_OPTIONS) -> Socket:
    """A socket for one outgoing connection, not connected yet, with more options than all have."""
    return _socket(context, zmq.DEALER, _DEALER_OPTIONS | more)


def _socket(context: Context, kind: zmq.SocketType, options: Options) -> Socket:
    socket = context.socket(kind)
    for option, value in options.items():
        socket.setsockopt(option, value)
    return socket


def start_threads(context: Context) -> None:
    """Start the threads that carry frames, as the first socket would.

    They have the priority that their maker has now. Whoever lets others go first from here on does
    so with its own code, and not with what it has pushed already.
    """
    context.socket(zmq.DEALER).close()


def write(socket: Socket, frames: Frames, sizes: list[int]) -> bool:
    """Queue a whole message; False if it was not taken, and then none of it was."""
    last = len(frames) - 1
    taken = True
    for index, frame in enumerate(frames):
        flags = AT_ONCE if index == last else AT_ONCE_WITH_MORE
        try:
            socket.send(frame, flags, copy=sizes[index] <= COPY_BYTES_MAX)
        except zmq.Again:
            if index == 0:
                return False
            # The peer left amid the message. The socket took back the first frames and now
            # swallows up to the last; stop here, and it would swallow the next message instead.
            taken = False
    return taken


def read(socket: Socket) -> list[memoryview]:
    """The frames of the message that has begun to arrive; it is all there."""
    frames: list[memoryview] = []
    more = True
    while more:
        frame = socket.recv(AT_ONCE, copy=False)
        frames.append(frame.buffer.toreadonly())
        more = frame.more
    return frames


def ready(wanted: list[tuple[Socket, int]]) -> list[tuple[Socket, int]]:
    """Which of these sockets can do now what is wanted of them, and what."""
    return zmq.zmq_poll(wanted, 0)  # type: ignore[return-value]  # what it is given, it gives


def has_message(socket: Socket) -> bool:
    """Whether a message can be read now; asking is cheaper than catching an exception."""
    return bool(zmq.zmq_poll([(socket, READABLE)], 0))
