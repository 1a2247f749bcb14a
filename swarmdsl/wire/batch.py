"""Values that leave together: each is encoded, and judged, when it is added."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

from swarmdsl.errors import EncodeError, ValueTooLarge, WireError
from swarmdsl.wire.appending import ENDED, Append, append_of
from swarmdsl.wire.codec import NOT_ENCODABLE, Payload, array_header, encoder_into
from swarmdsl.wire.frames import Buffer


class Judge(Protocol):
    """Tells what an encoded value holds wrongly.

    Attributes:
        seen: true of a value that is surely right, so that it need not be read; None if each must.
    """

    seen: Callable[[Any], bool] | None

    def append_of(self, kind: type) -> Append | None:
        """What appends values of a class from an iterator; None if each has to be read."""

    def judge(self, body: bytes, buffers: Sequence[Buffer]) -> None:
        """Look at a value of this MessagePack and these arrays.

        Raises:
            ContentsWrong: it is not of the type.
        """


_HEADERS = [array_header(count) for count in range(16)]  # of the batches that are frequent

LENT_WEIGHT = 32
"""Of what lies in an arena only a descriptor leaves: so many times as much fits a batch."""

Keep = Callable[[Buffer], Buffer]
"""Copies the data of an array, to where it stays until the batch is confirmed."""


class BatchEncoder:
    """Collects values, each as it is when it is added, until they leave together.

    A value may be altered afterwards, as a generator does with what it has yielded: its encoding is
    made at once, and arrays are copied. Their memory is the sender's until the batch is confirmed.

    Args:
        value_bytes_max: of one value, with its arrays.
        contents: judges what each value holds; None if its class says all.
        values_max: so many leave together at most.
        bytes_max: so many leave together; it is full as soon as it has them. What `keep` has put
            elsewhere than in bytes of its own counts by its `LENT_WEIGHT`th part.
        keep: copies the arrays.

    Attributes:
        count: of the values.

    >>> batch, counts = BatchEncoder(values_max=2), [0]
    >>> batch.add(counts)
    False
    >>> counts[0] = 7
    >>> batch.add(counts)
    True
    >>> from swarmdsl.wire.codec import Decoder
    >>> Decoder(list[int]).decode(batch.payload())
    [[0], [7]]
    """

    __slots__ = (
        "_body",
        "_buffers",
        "_buffers_kept",
        "_buffers_size",
        "_buffers_weight",
        "_bytes_max",
        "_contents",
        "_encode_into",
        "_is_right",
        "_keep",
        "_value_bytes_max",
        "_values_max",
        "count",
    )

    def __init__(
        self,
        value_bytes_max: int = sys.maxsize,
        contents: Judge | None = None,
        values_max: int = sys.maxsize,
        bytes_max: int = sys.maxsize,
        keep: Keep = bytes,
    ) -> None:
        self._keep = keep
        self.count = 0
        self._value_bytes_max = value_bytes_max
        self._contents = contents
        self._is_right = None if contents is None else contents.seen or _is_unknown
        self._values_max = values_max
        self._bytes_max = bytes_max
        self._body = bytearray()
        self._buffers: list[Buffer] = []
        self._buffers_kept = self._buffers_size = self._buffers_weight = 0
        self._encode_into = encoder_into(self._buffers)

    @property
    def size(self) -> int:
        """Bytes of the values so far, with their arrays."""
        return len(self._body) + self._buffers_size

    @property
    def full(self) -> bool:
        """Whether it is to leave before another value is added."""
        return self.count >= self._values_max or self._weight >= self._bytes_max

    @property
    def _weight(self) -> int:
        return len(self._body) + self._buffers_weight

    def add(self, value: object) -> bool:
        """Append a value; True if the batch is full.

        Raises:
            EncodeError: it has a type that cannot travel; the batch stays as it was.
            ValueTooLarge: it has more bytes than one may have; likewise.
            ContentsWrong: it holds something else than its type says; likewise.
        """
        # This runs once for each push, so what most values do not need is elsewhere.
        body, is_right = self._body, self._is_right
        before = len(body)
        try:
            self._encode_into(value, body, -1)
            size = len(body)
            unknown = is_right is not None and not is_right(value)
            if unknown or self._buffers or size - before > self._value_bytes_max:
                self._look_at(before, unknown=unknown)
                size += self._buffers_weight
        except (WireError, *NOT_ENCODABLE) as error:
            del body[before:], self._buffers[self._buffers_kept :]
            if isinstance(error, WireError):
                raise
            raise EncodeError(type(value).__qualname__, str(error)) from error
        self.count = count = self.count + 1
        return count >= self._values_max or size >= self._bytes_max

    def add_from(
        self, values: Iterator[object], kind: type, now_s: Callable[[], float], due_s: float
    ) -> object:
        """Append what an iterator gives, as long as there is nothing special about it.

        Args:
            values: that are of the type of this batch, if they are of the class `kind`.
            kind: the class of the values that can be appended just so.
            now_s: a clock.
            due_s: when the batch is to leave.

        Returns what ended it: `ENDED`, if there is no more; `DUE`, if the batch is to leave; or a
        value that was taken from the iterator and not appended, which needs a closer look.
        """
        append = self._append_of(kind)
        if append is None or self._buffers:
            return next(values, ENDED)
        bytes_max = min(self._bytes_max, self._value_bytes_max)
        return append(
            self,
            self._body,
            self._buffers,
            self._encode_into,
            values,
            now_s,
            due_s,
            self._values_max,
            bytes_max,
        )

    def _append_of(self, kind: type) -> Append | None:
        return _append_whole(kind) if self._contents is None else self._contents.append_of(kind)

    def _look_at(self, before: int, *, unknown: bool) -> None:
        """Look closely at the value that begins there, and keep its arrays as they are now."""
        size = len(self._body) - before
        for array in self._buffers[self._buffers_kept :]:
            size += memoryview(array).nbytes
        if size > self._value_bytes_max:
            raise ValueTooLarge(size, self._value_bytes_max)
        if unknown:
            assert self._contents is not None, "who else could not know"
            self._contents.judge(bytes(self._body[before:]), self._buffers)
        for index in range(self._buffers_kept, len(self._buffers)):
            copy = self._keep(self._buffers[index])
            self._buffers[index] = copy
            self._buffers_size += len(copy)
            self._buffers_weight += len(copy) if type(copy) is bytes else len(copy) // LENT_WEIGHT
        self._buffers_kept = len(self._buffers)

    def clear(self) -> None:
        """Begin anew; payloads that were made stay as they are."""
        self.count = self._buffers_kept = self._buffers_size = self._buffers_weight = 0
        del self._body[:], self._buffers[:]

    def payload(self) -> Payload:
        """The values collected, as one payload."""
        count = self.count
        head = _HEADERS[count] if count < len(_HEADERS) else array_header(count)
        return Payload(b"".join((head, self._body)), tuple(self._buffers))


@functools.lru_cache(maxsize=256)
def _append_whole(kind: type) -> Append | None:
    """Appends values whose class says all."""
    return append_of(kind)


def _is_unknown(_value: object) -> bool:
    """Where nothing is seen at a glance."""
    return False
