"""What a stranger may do to a daemon: bytes, frames and sessions that nobody should send."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable
from random import Random

from msgspec.structs import replace

from swarmdsl.transport.stream import GREETING, head
from swarmdsl.wire.arena.slot import Slot
from swarmdsl.wire.frames import Buffer
from swarmdsl.wire.messages import (
    AnyMessage,
    Beat,
    Bye,
    Call,
    Confirm,
    Credit,
    Data,
    End,
    Mark,
    Reply,
    Reset,
    RoundStart,
    Stop,
    Welcome,
    encode,
)
from tests.fuzz.victim import Connection, Victim

ZMTP = b"\xff" + bytes(8) + b"\x7f\x03\x00NULL" + bytes(48)
READY = b"\x04\x1c\x05READY\x0bSocket-Type\x00\x00\x00\x06DEALER"
GIANT_BYTES = 16 * 2**20
EDGES = (-(2**63), -1, 0, 1, 2, 255, 2**31, 2**62, 2**62 + 1, 2**63 - 1)

Attack = Callable[[Random, Victim], None]


def raw_bytes(random: Random, victim: Victim) -> None:
    """Connect, say something that is no handshake, and leave, several times."""
    known = GREETING if victim.scheme == "unix" else ZMTP
    for _ in range(random.randrange(1, 20)):
        greeting = bytearray(known[: random.randrange(len(known) + 1)])
        for _ in range(random.randrange(3)):
            if greeting:
                greeting[random.randrange(len(greeting))] = random.randrange(256)
        said = random.choice((b"", greeting, b"GET / HTTP/1.1\r\n\r\n", random.randbytes(300)))
        with socket.socket(socket.AF_UNIX) as raw:
            raw.connect(str(victim.path))
            victim.raw += not said.startswith(GREETING)
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # it heard enough
                raw.sendall(said)


def broken_frame(random: Random, victim: Victim) -> None:
    """Shake hands, announce a frame of any length, send a part of it, and leave."""
    with socket.socket(socket.AF_UNIX) as raw:
        raw.settimeout(30.0)
        raw.connect(str(victim.path))
        if victim.scheme == "unix":
            announced = GREETING + head([random.choice((2**20, 2**30, 2**30 + 1, 2**32 - 1))])
        else:
            raw.sendall(ZMTP)
            _await(raw, len(ZMTP))
            raw.sendall(READY)
            _await(raw, len(READY))
            announced = b"\x02" + random.choice((2**20, 2**30, 2**30 + 1, 2**63)).to_bytes(8)
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            raw.sendall(announced + random.randbytes(random.randrange(1_000)))


def _await(raw: socket.socket, length: int) -> None:
    got = b""
    while len(got) < length:
        got += raw.recv(length - len(got)) or bytes(length)


def garbage(random: Random, victim: Victim) -> None:
    """Messages of random bytes, of valid ones that were altered, and of deep nesting."""
    with Connection(victim) as stranger:
        for _ in range(random.randrange(1, 50)):
            stranger.send(random.choice((_random, _altered, _nested))(random, victim))


def _random(random: Random, _victim: Victim) -> list[Buffer]:
    return [random.randbytes(random.randrange(60)) for _ in range(random.randrange(1, 5))]


def _altered(random: Random, victim: Victim) -> list[Buffer]:
    frames: list[Buffer] = [bytearray(frame) for frame in encode(wild(random, victim, "stranger"))]
    first = frames[0]
    assert isinstance(first, bytearray)
    for _ in range(random.randrange(1, 4)):
        at = random.randrange(len(first))
        match random.randrange(3):
            case 0:
                first[at] = random.randrange(256)
            case 1:
                del first[at:]
                first += random.randbytes(1)
            case _:
                first[at:at] = random.randbytes(random.randrange(1, 9))
    return frames


def _nested(random: Random, _victim: Victim) -> list[Buffer]:
    return [random.choice((b"\x91", b"\x81\x00", b"\xdd\x7f\xff\xff\xff")) * 50_000]


def giants(random: Random, victim: Victim) -> None:
    """Messages as long as they get, in one frame or in many."""
    with Connection(victim) as stranger:
        size = random.randrange(GIANT_BYTES)
        stranger.send([bytes(size)])
        stranger.send(encode(Data(1, 0, 0, 0, 0, 1, 0), [bytes(size)]))
        stranger.send([b""] * 10_000)
        stranger.send(encode(victim.hello("stranger" * (size // 8))))


def churn(random: Random, victim: Victim) -> None:
    """Come and go under ever new names."""
    for number in range(random.randrange(1, 10)):
        with Connection(victim) as stranger:
            stranger.send(encode(victim.hello(f"stranger {number} {random.random()}")))


def wild_session(random: Random, victim: Victim) -> None:
    """Be welcome under a name that nobody else uses here, and say what must not be believed."""
    with Connection(victim) as stranger:
        for number in range(1, random.randrange(2, 4)):
            incarnation = random.randrange(5)
            marks = [_mark(random) for _ in range(random.randrange(100))]
            hello = victim.hello(victim.name, number, incarnation)
            stranger.send(encode(replace(hello, unconfirmed=marks)))
            for _ in range(random.randrange(50)):
                message = wild(random, victim, victim.name, number)
                body = [random.randbytes(random.randrange(40))] * isinstance(message, Data)
                stranger.send(encode(message, body))


def wild(random: Random, victim: Victim, peer: str, number: int | None = None) -> AnyMessage:
    """A message of any kind whose numbers are mostly beyond all that is sensible."""
    edge = [random.choice(EDGES) for _ in range(6)]
    position, most = [abs(one) % 2**62 for one in edge[:2]]
    number = edge[5] if number is None else number
    marks = [_mark(random) for _ in range(random.randrange(5))]
    messages: tuple[AnyMessage, ...] = (
        victim.hello(peer, most + 1, edge[2]),
        Welcome(number, peer, edge[0], marks, marks, marks),
        Reset(number, "no", final=True),
        Data(number, edge[2], edge[3], edge[4], position, most + 1, edge[0]),
        End(number, random.randrange(5), 0, 0, position, edge[4], most),
        Credit(number, marks),
        Confirm(number, marks),
        Confirm(number, marks, 0, marks, [Slot(position, most + 1, most)]),
        Bye(number, "bye"),
        Call(number, edge[0], "sink@node1#0", edge[1], "round.stop", b"\xc1", ""),
        Reply(number, edge[0], ok=True, payload=b"\xc1"),
        RoundStart(number, edge[0], edge[5], {edge[1]: edge[2:4]}, [], {"controller": "ipc:///x"}),
        Stop(number, "stop"),
        Beat(number),
    )
    return random.choice(messages)


def _mark(random: Random) -> Mark:
    link, source, destination, position = (random.choice(EDGES) for _ in range(4))
    return Mark(link, source, destination, abs(position) % 2**62)


FROM_ANYBODY: tuple[Attack, ...] = (raw_bytes, broken_frame, garbage, giants, churn)
