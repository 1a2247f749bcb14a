"""A stream of bytes in both directions that outlives the connection under it. No I/O.

The first process of a container that its engine cannot attach to dials the engine over a network.
A connection there may be cut and made anew, and what was queued on it is lost. So each end keeps
what it has said until the other end confirms it, and says it again when that takes too long. Pieces
are numbered, and one that comes twice, or too early, is passed over.

The first piece of the end that dialled is its `Hello`; all that follows is the stream.
"""

from __future__ import annotations

from collections import deque

import msgspec

from swarmdsl.errors import WireError

LIFE_BYTES = 8  # of the number of one life of a container: as good as never the same twice
PIECE_BYTES_MAX = 65_536
WINDOW_PIECES = 16  # said and not confirmed: at most 1 MiB waits at the other end
AGAIN_S = 1.0  # what is not confirmed after this time is said again, then after twice as long
AGAIN_MAX_S = 8.0


class Hello(msgspec.Struct, frozen=True, kw_only=True):
    """Whose container this is.

    Attributes:
        daemons: one of which it is for, the one on its node: their group and their number there,
            as in `worker#0`.
        node: where it runs, by the name that the cluster gives it.
        task: what the cluster calls this life of the container; empty where it has no name for it.
        service: what started it, likewise.
    """

    daemons: str
    node: str
    task: str = ""
    service: str = ""


class Piece(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """One message of either end.

    Attributes:
        life: which life of a container speaks, or is spoken to.
        number: of this piece, counted from 0.
        confirmed: all pieces of the other end before this one have been taken.
        data: of the stream; empty if this only confirms, and then it has no number of its own.
        is_over: this end has hung up: nothing comes any more, and nobody listens. Then the number
            is the exit code of a container, or the one with which it is to end.
    """

    life: bytes
    number: int
    confirmed: int
    data: bytes
    is_over: bool = False


_DECODER = msgspec.msgpack.Decoder(Piece)


def piece_of(message: bytes | memoryview) -> Piece:
    """What `Line.messages` has made.

    Raises:
        WireError: this is something else.
    """
    try:
        piece = _DECODER.decode(message)
    except msgspec.DecodeError as error:
        raise WireError(f"not a piece of a line: {error}") from error
    if len(piece.life) != LIFE_BYTES or len(piece.data) > PIECE_BYTES_MAX:
        raise WireError("a piece of a line whose parts are too long")
    return piece


class Line:
    """One end.

    Args:
        life: the number of the container's life.

    Attributes:
        life: that number.
        heard_s: when anything was heard last; whoever waits for it sets it at first.
        is_over: the other end has hung up.
        exit_code: that it has told then; None as long as it has not hung up.

    >>> here, there = Line(b"12345678"), Line(b"12345678")
    >>> here.put(b"good morning")
    >>> for message in here.messages(now_s=0.0):
    ...     there.hear(piece_of(message), now_s=0.0)
    >>> there.take()
    b'good morning'
    >>> here.messages(now_s=0.5), len(here.messages(now_s=1.5))  # not confirmed, so said again
    ([], 1)
    """

    def __init__(self, life: bytes) -> None:
        self.life = life
        self.heard_s = 0.0
        self.is_over = False
        self.exit_code: int | None = None
        self._waiting: deque[bytes] = deque()
        self._said: deque[bytes] = deque()
        self._first_said = 0  # the number of the first that is not confirmed
        self._said_s = 0.0
        self._patience_s = AGAIN_S
        self._arrived: deque[bytes] = deque()
        self._taken = 0
        self._owes_word = False

    @property
    def is_full(self) -> bool:
        """Whether so much waits to be said that its source had better wait too."""
        return len(self._waiting) >= WINDOW_PIECES

    @property
    def is_quiet(self) -> bool:
        """Whether all that was put has been confirmed."""
        return not (self._waiting or self._said)

    def put(self, data: bytes) -> None:
        """Have this said."""
        self._waiting += [
            data[begin : begin + PIECE_BYTES_MAX] for begin in range(0, len(data), PIECE_BYTES_MAX)
        ]

    def hear(self, piece: Piece, now_s: float) -> None:
        """A message has come from the other end."""
        self.heard_s = now_s
        while self._first_said < piece.confirmed and self._said:
            self._said.popleft()
            self._first_said += 1
            self._said_s, self._patience_s = now_s, AGAIN_S
        if piece.is_over and not self.is_over:  # Said again, it has no exit code any more.
            self.is_over, self.exit_code = True, piece.number
        if piece.data:
            self._owes_word = True
            expected = self._taken + len(self._arrived)
            if piece.number == expected and len(self._arrived) < WINDOW_PIECES:
                self._arrived.append(piece.data)

    def take(self) -> bytes:
        """The next piece that has arrived; empty if none has. It is confirmed now."""
        if not self._arrived:
            return b""
        self._taken += 1
        self._owes_word = True
        return self._arrived.popleft()

    def messages(self, now_s: float) -> list[bytes]:
        """What to send to the other end now."""
        again: list[tuple[int, bytes]] = []
        if self._said and now_s - self._said_s >= self._patience_s:
            again = [(self._first_said + i, data) for i, data in enumerate(self._said)]
            self._said_s, self._patience_s = now_s, min(2 * self._patience_s, AGAIN_MAX_S)
        while self._waiting and len(self._said) < WINDOW_PIECES:
            data = self._waiting.popleft()
            again.append((self._first_said + len(self._said), data))
            if not self._said:
                self._said_s = now_s
            self._said.append(data)
        if not again and self._owes_word:
            again = [(0, b"")]
        self._owes_word = False
        return [self._encoded(number, data) for number, data in again]

    def last_word(self, exit_code: int = 0) -> bytes:
        """What to send when this end hangs up; nobody confirms it."""
        return self._encoded(exit_code, b"", is_over=True)

    def due_s(self, now_s: float) -> float | None:
        """After how many seconds there is something to say again; None if there is not."""
        return max(0.0, self._said_s + self._patience_s - now_s) if self._said else None

    def _encoded(self, number: int, data: bytes, *, is_over: bool = False) -> bytes:
        return msgspec.msgpack.encode(
            Piece(life=self.life, number=number, confirmed=self._taken, data=data, is_over=is_over)
        )
