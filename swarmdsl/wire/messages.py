"""The messages of the protocol: one frame each, with more behind it for `Data` and `Reply`.

A message is a tagged MessagePack array. Everything but `Hello` carries the number of the
connection it belongs to, so what an earlier connection left behind can be told apart.
"""

from __future__ import annotations

from typing import Annotated, NamedTuple

import msgspec
from msgspec import Meta

from swarmdsl.errors import WireError
from swarmdsl.wire.arena.slot import ArenaId, Slot
from swarmdsl.wire.frames import Buffer, Frames

PROTOCOL = 5
CONTROL_BYTES_MAX = 64 * 1024 * 1024  # a roster of thousands, or an array set as a global

# Checked on arrival, so that no session ever sees a position that cannot be.
POSITION_MAX = 2**62  # a credit limit behind it still fits in 64 bits
Position = Annotated[int, Meta(ge=0, le=POSITION_MAX)]
Number = Annotated[int, Meta(ge=1, le=POSITION_MAX)]
LINGER_US_MAX = 1_000_000
Linger = Annotated[int, Meta(ge=0, le=LINGER_US_MAX)]


class ChannelKey(NamedTuple):
    """One source instance to one destination instance along one link, by position."""

    link: int
    source: int
    destination: int


class Mark(NamedTuple):
    """A position on a channel: a credit limit or a cumulative confirmation."""

    link: int
    source: int
    destination: int
    position: Position

    @property
    def channel(self) -> ChannelKey:
        """The channel that the position is on."""
        return ChannelKey(self.link, self.source, self.destination)


class Carried(NamedTuple):
    """The schema, as its canonical text, of what the dialling side pushes on a link."""

    link: int
    schema: str


class Message(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """The base of all messages."""


class Hello(Message, frozen=True, gc=False, array_like=True, tag=1):
    """The dialling side introduces itself; nothing else may come first.

    `unconfirmed` is, per channel in use, the first position that it still keeps: where a receiver
    that knows nothing of the channel starts. `carried` is what its code pushes on the links to this
    peer. Fields behind `unconfirmed` may be absent: a peer of an earlier protocol must be told why
    it is refused.
    """

    protocol: int
    run: str
    topology: str
    peer: str
    incarnation: int
    connection: Number
    address: str
    unconfirmed: list[Mark]
    carried: list[Carried] = []


class Welcome(Message, frozen=True, gc=False, array_like=True, tag=2):
    """The accepting side agrees: what it expects next and what it has confirmed, per channel."""

    connection: int
    peer: str
    incarnation: int
    expected: list[Mark]
    confirmed: list[Mark]
    credit: list[Mark]


class Reset(Message, frozen=True, gc=False, array_like=True, tag=3):
    """The accepting side refuses; with `final` the peer must not try again."""

    connection: int
    reason: str
    final: bool


class Data(Message, frozen=True, gc=False, array_like=True, tag=4):
    """A batch of `count` pushes of one round, the first at `first`; the values are behind it.

    `slots` says, for each buffer of the values, where it lies in the sender's arena, or None of one
    that comes in a frame. It is empty if all come in frames.
    """

    connection: int
    link: int
    source: int
    destination: int
    first: Position
    count: Number
    round: int
    slots: list[Slot | None] = []


class End(Message, frozen=True, gc=False, array_like=True, tag=5):
    """The source pushes nothing more in `round`; it takes a place in the sequence as a push does.

    `count` is how many pushes of the round came before it.
    """

    connection: int
    link: int
    source: int
    destination: int
    first: Position
    round: int
    count: Position


class Credit(Message, frozen=True, gc=False, array_like=True, tag=6):
    """Per channel: the position below which the sender may send."""

    connection: int
    limits: list[Mark]


class Confirm(Message, frozen=True, gc=False, array_like=True, tag=7):
    """Per channel: everything below the position may be forgotten.

    `linger_us` asks the peer to wait so long with what it pushes, in microseconds, so that more of
    it shares a frame. It waits no longer than the budget of its link. `limits` and `slots` say what
    CREDIT and RETURNED would: each message costs both sides more than what is in it. All three may
    be absent.
    """

    connection: int
    upto: list[Mark]
    linger_us: Linger = 0
    limits: list[Mark] = []
    slots: list[Slot] = []


class Bye(Message, frozen=True, gc=False, array_like=True, tag=8):
    """This side leaves and will not answer again."""

    connection: int
    reason: str


class Call(Message, frozen=True, gc=False, array_like=True, tag=9):
    """A question to the controller; its answer is the `Reply` of the same number.

    `effect` names the call within its instance and round: one that was answered before is answered
    as it was then, and changes nothing again. It is empty where a handler only reads.
    """

    connection: int
    number: int
    instance: str
    iteration: int
    method: str
    arguments: bytes
    effect: str


class Reply(Message, frozen=True, gc=False, array_like=True, tag=10):
    """The answer to a `Call`; `payload` is the answer, or a sentence when `ok` is false.

    Large arrays of the answer are in frames behind it.
    """

    connection: int
    number: int
    ok: bool
    payload: bytes


class RoundStart(Message, frozen=True, gc=False, array_like=True, tag=11):
    """The roster of a round: per task its chosen candidates, and where the daemons listen.

    A roster may change within its round, and then has a higher revision. `done` lists those of the
    receiver's instances, as (task, candidate), that are done with the round: what an earlier
    process of its name has confirmed.

    The members of a task keep their order when one of them is replaced. `first` tells, for each
    task in which that has happened, the members that the round began with; `absent` those, as
    (task, candidate), that are gone for good: done with the round, or else the round does without.
    `last` says that no round comes after it: a source that has no end of its own ends now.
    `failures` counts how often tasks have failed in the round whose retries go elsewhere: with each
    the members may be others, and whoever failed has dropped its part. `gone` lists the daemons
    that are lost for good, whatever they had to do. `heirs` are the instances, as (task,
    candidate), that joined the round in the place of one that is gone: a daemon module begins with
    what that one had saved.
    """

    connection: int
    round: int
    revision: int
    members: dict[int, list[int]]
    done: list[tuple[int, int]]
    addresses: dict[str, str]
    first: dict[int, list[int]] = {}
    absent: list[tuple[int, int]] = []
    last: bool = False
    failures: dict[int, int] = {}
    gone: list[str] = []
    heirs: list[tuple[int, int]] = []


class Stop(Message, frozen=True, gc=False, array_like=True, tag=12):
    """The controller asks the daemon to finish what it does and leave.

    `done` says that the run has all it wanted: whatever functions have pushed was used.
    """

    connection: int
    reason: str
    done: bool = False


class Beat(Message, frozen=True, gc=False, array_like=True, tag=13):
    """Are you there? Its answer is another one, with all credit and confirmations once more."""

    connection: int


class Share(Message, frozen=True, gc=False, array_like=True, tag=14):
    """The dialling side has an arena: memory where it puts large buffers, for the peer to read.

    It is that of the descriptor, in that process, and begins with the bytes of `arena`.
    """

    connection: int
    arena: ArenaId
    process: Number
    descriptor: Position
    size: Number


class Mapped(Message, frozen=True, gc=False, array_like=True, tag=15):
    """The answer to `Share`: who reads, 0 if it does not see the arena, and what it still holds."""

    connection: int
    process: Position
    held: list[Slot]


class Returned(Message, frozen=True, gc=False, array_like=True, tag=16):
    """The accepting side reads these slots no longer, each as often as it is named."""

    connection: int
    slots: list[Slot]


AnyMessage = (
    Hello
    | Welcome
    | Reset
    | Data
    | End
    | Credit
    | Confirm
    | Bye
    | Call
    | Reply
    | RoundStart
    | Stop
    | Beat
    | Share
    | Mapped
    | Returned
)

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(AnyMessage)


class Received(msgspec.Struct, frozen=True, gc=False):
    """A decoded message and the frames behind its header."""

    message: AnyMessage
    payload: Frames


encode_head = _encoder.encode
"""The first frame of a message, with nothing behind it."""


def encode(message: AnyMessage, payload: Frames = ()) -> list[Buffer]:
    """The frames of a message.

    >>> decode(encode(Bye(connection=3, reason="done"))).message
    Bye(connection=3, reason='done')
    """
    return [_encoder.encode(message), *payload]


def decode(frames: Frames, header_bytes_max: int = CONTROL_BYTES_MAX) -> Received:
    """The message in these frames.

    Raises:
        WireError: they are not a message of this protocol.
    """
    if not frames:
        raise WireError("a message without a frame")
    header = frames[0]
    if len(header) > header_bytes_max:
        raise WireError(f"a header of {len(header)} bytes; the limit is {header_bytes_max}")
    try:
        message = _decoder.decode(header)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise WireError(f"not a message: {error}") from error
    if len(frames) > 1 and not isinstance(message, Data | Reply):
        raise WireError(f"{type(message).__name__} came with {len(frames) - 1} frames behind it")
    return Received(message, frames[1:])
