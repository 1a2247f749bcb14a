"""How many bytes lie in a receiver's inbox, as its sender knows it."""

from __future__ import annotations

from collections import deque


class Flight:
    """The batches of a channel that have gone out and that the receiver has not taken yet.

    Credit counts messages and says what was taken; the sender knows what they weigh. So the inbox
    is bounded in bytes without a word of the receiver: nothing goes out while `room` is not
    positive. One batch may exceed the bound, else a large value could never travel.

    Attributes:
        room: the bytes that may still go out; not positive if none may.
    """

    __slots__ = ("_batches", "room")

    def __init__(self, bytes_max: int) -> None:
        self.room = bytes_max
        self._batches: deque[tuple[int, int]] = deque()

    def depart(self, upto: int, size: int) -> None:
        """A batch that ends at a position goes out."""
        self._batches.append((upto, size))
        self.room -= size

    def taken(self, upto: int) -> None:
        """The receiver has taken everything below a position."""
        while self._batches and self._batches[0][0] <= upto:
            self.room += self._batches.popleft()[1]

    def recall(self, position: int) -> None:
        """What ends behind a position has not arrived, and goes out anew."""
        while self._batches and self._batches[-1][0] > position:
            self.room += self._batches.pop()[1]
