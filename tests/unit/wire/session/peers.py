"""Two ends of a session without a wire: what the tests of this folder say and hear."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from swarmdsl.topology.model import Limits
from swarmdsl.wire.codec import Payload
from swarmdsl.wire.messages import (
    PROTOCOL,
    AnyMessage,
    Carried,
    ChannelKey,
    Hello,
    Mark,
    decode,
    encode,
)
from swarmdsl.wire.session.events import Inlet, Outgoing, SessionEvent
from swarmdsl.wire.session.identity import Identity
from swarmdsl.wire.session.switchboard import Switchboard

KEY = ChannelKey(0, 1, 2)
OTHER = ChannelKey(3, 0, 0)
INLET, OTHER_INLET = Inlet("source", 0, KEY), Inlet("source", 0, OTHER)
ROUND = 0
CREDIT = 8
UNCONFIRMED = 16


def identity(
    peer: str = "sink", incarnation: int = 0, reads: Mapping[int, str] | None = None
) -> Identity:
    limits = Limits(inbox_messages=CREDIT, unconfirmed_messages=UNCONFIRMED)
    return Identity(
        run="r1",
        topology="hash",
        peer=peer,
        incarnation=incarnation,
        address=f"memory://{peer}",
        limits=limits,
        reads=reads or {},
    )


def mark(position: int, key: ChannelKey = KEY) -> Mark:
    return Mark(*key, position)


def hello(
    connection: int = 1,
    *marks: Mark,
    peer: str = "source",
    incarnation: int = 0,
    protocol: int = PROTOCOL,
    run: str = "r1",
    topology: str = "hash",
    carried: Sequence[Carried] = (),
) -> Hello:
    return Hello(
        protocol,
        run,
        topology,
        peer,
        incarnation,
        connection,
        f"memory://{peer}",
        [*marks],
        [*carried],
    )


def values(count: int, first: int = 0) -> Payload:
    """A payload whose body says which positions it holds."""
    return Payload(repr(list(range(first, first + count))).encode())


def hear(
    switchboard: Switchboard, connection: int, message: AnyMessage, *payload: bytes
) -> list[SessionEvent]:
    """Let a message arrive."""
    return switchboard.receive(connection, encode(message, payload))


def said(switchboard: Switchboard, *, lazily: bool = False) -> list[AnyMessage]:
    """The messages that the switchboard sends now."""
    return [message_of(outgoing) for outgoing in switchboard.take_outgoing(lazily=lazily)]


def message_of(outgoing: Outgoing) -> AnyMessage:
    return decode(outgoing.frames).message
