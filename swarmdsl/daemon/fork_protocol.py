"""What an engine and its fork server say to each other, and how it is framed. No I/O.

A frame is a length of 4 bytes (big endian) and a MessagePack body. The engine sends one `Prepare`
and then any number of the other commands; the server answers each `Start` with `Started` or
`Failed`, and each end of a started daemon with one `Exited`. Before that `Suspended` and
`Continued` come in turn. Either side takes the end of the stream as the death of the other.

A server that is stopped or hangs keeps the stream open. So the engine says `Ping` when it has heard
nothing for a while, and the server answers `Pong` in its turn, as it does nothing that takes long.

With a `Lease` the server outlives its engine for a while, and listens for another one. That one
connects, says `Attach`, and hears `Refused`, which ends the connection, or `State`: then it is the
engine, and all goes on as above.
"""

from __future__ import annotations

import struct
from typing import Generic, TypeVar

import msgspec

from swarmdsl.daemon.arguments import DaemonArguments
from swarmdsl.errors import WireError

FRAME_BYTES_MAX = 64 * 1024 * 1024  # a topology of 100,000 tasks is half of that
DEFAULT_ENTRY = "swarmdsl.daemon.life:daemons_of"
ENTRY_OF_ONE = "swarmdsl.daemon.life:daemon_of"
"""The same where one daemon alone is forked, as in a container."""

_LENGTH = struct.Struct(">I")
MessageT = TypeVar("MessageT")


class Lease(msgspec.Struct, frozen=True, kw_only=True):
    """That the daemons survive their owner, and how another may take them over.

    Attributes:
        owner_grace_s: for how long they wait for one.
        door: the socket to listen at.
        token: what the next owner must say.
        key_file: holds the token; removed when the server ends.
    """

    owner_grace_s: float
    door: str
    token: str
    key_file: str


class Prepare(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Load what all daemons share, so that starting one is a fork and no more.

    Attributes:
        topology_json: handed to the entry unread.
        entry: `module:function`, called once in the server with `topology_json` and `run_folder`;
            returns what each child calls with its `DaemonArguments`, and which returns the exit
            code.
        run_folder: handed to the entry; empty if there is nothing to read in it yet.
        socket_folder: removed when the server ends; empty if there is none.
        lease: without one the server ends with its owner.
        admitted: the public keys of all processes of the run, handed to each daemon.
        will: what the owner leaves to the next; the server does not read it.
    """

    topology_json: bytes
    entry: str = DEFAULT_ENTRY
    run_folder: str = ""
    socket_folder: str = ""
    lease: Lease | None = None
    admitted: bytes = b""
    will: bytes = b""


class Start(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Fork a daemon."""

    arguments: DaemonArguments
    cause: str


class Signal(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Send a signal to a daemon; nothing happens if it has ended, as its `Exited` is on the way."""

    name: str
    signum: int
    cause: str


class Shutdown(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """End all daemons, killing those that are left after the grace, and then yourself."""

    grace_s: float


class Ping(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Say that you are there."""


class Started(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A daemon's process exists."""

    name: str
    pid: int


class Suspended(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A daemon's process was stopped by a signal; it lives and does nothing."""

    name: str
    pid: int


class Continued(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A suspended daemon's process runs again."""

    name: str
    pid: int


class Exited(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A daemon's process ended: exactly one of exit code and signal is set."""

    name: str
    pid: int
    incarnation: int
    exit_code: int | None
    signal: int | None


class Failed(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A daemon was not started; without a name, the server itself cannot go on."""

    name: str | None
    problem: str


class Pong(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The server is there."""


class Attach(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Take me for your owner; when I die, wait that long for the next."""

    token: str
    owner_grace_s: float


class Refused(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Whoever connected will not be the owner."""

    problem: str


class Running(msgspec.Struct, frozen=True, kw_only=True):
    """A daemon that lives."""

    name: str
    pid: int
    incarnation: int
    is_suspended: bool


class State(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """All that a new owner must know.

    Attributes:
        running: every daemon that lives.
        ended: how every other ended at last, though an owner before may have heard of it.
        will: what the first owner left for those that follow.
    """

    running: list[Running]
    ended: list[Exited]
    will: bytes = b""


Command = Prepare | Start | Signal | Shutdown | Ping
Answer = Started | Suspended | Continued | Exited | Failed | Pong | State | Refused


def frame(message: msgspec.Struct) -> bytes:
    """A message as the bytes that carry it.

    Raises:
        WireError: it is larger than any frame may be.
    """
    body = msgspec.msgpack.encode(message)
    if len(body) > FRAME_BYTES_MAX:
        raise WireError(f"a frame of {len(body)} bytes; at most {FRAME_BYTES_MAX} are allowed")
    return _LENGTH.pack(len(body)) + body


class FrameReader(Generic[MessageT]):
    """Turns a stream of bytes back into messages, however it was cut."""

    def __init__(self, decoder: msgspec.msgpack.Decoder[MessageT]) -> None:
        self._decoder = decoder
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[MessageT]:
        """The messages that are complete with these bytes.

        Raises:
            WireError: a frame is too long, or is not one of the messages.
        """
        self._buffer += data
        messages: list[MessageT] = []
        while (body := self._take()) is not None:
            try:
                messages.append(self._decoder.decode(body))
            except msgspec.DecodeError as error:
                raise WireError(f"not a message of the fork server: {error}") from error
        return messages

    def _take(self) -> bytes | None:
        if len(self._buffer) < _LENGTH.size:
            return None
        (length,) = _LENGTH.unpack_from(self._buffer)
        if length > FRAME_BYTES_MAX:
            raise WireError(f"a frame of {length} bytes; at most {FRAME_BYTES_MAX} are allowed")
        end = _LENGTH.size + length
        if len(self._buffer) < end:
            return None
        body = bytes(self._buffer[_LENGTH.size : end])
        del self._buffer[:end]
        return body


def command_reader() -> FrameReader[Command]:
    """What a fork server reads with."""
    return FrameReader(msgspec.msgpack.Decoder(Command))


def answer_reader() -> FrameReader[Answer]:
    """What an engine reads with."""
    return FrameReader(msgspec.msgpack.Decoder(Answer))
