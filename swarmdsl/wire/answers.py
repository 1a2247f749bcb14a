"""What a REPLY carries: one value, whose large arrays come in frames of their own behind it.

So an array is neither copied into a message nor out of it, as with DATA. A value without large
arrays is one piece of bytes, which can be stored as it is.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from swarmdsl.errors import DecodeError
from swarmdsl.wire.codec import Decoder, Payload, pack_payload, unpack_payload
from swarmdsl.wire.frames import Frames

APART_BYTES_MIN = 65_536  # of all arrays together; below, copies cost less than frames


class Answer(NamedTuple):
    """The bytes of the message, and the frames behind it.

    Without frames the bytes are a packed payload; else they are its body, and the frames its
    buffers.
    """

    payload: bytes
    behind: Frames = ()

    @property
    def size(self) -> int:
        """Bytes altogether."""
        return len(self.payload) + sum(memoryview(frame).nbytes for frame in self.behind)


def answer_of(payload: Payload) -> Answer:
    """The answer that carries a payload.

    >>> from swarmdsl.wire.codec import encode_values
    >>> value_of(answer_of(encode_values([[1, 2]])))
    [1, 2]
    """
    if payload.size - len(payload.body) < APART_BYTES_MIN:
        return Answer(pack_payload(payload))
    return Answer(bytes(payload.body), payload.buffers)


def value_of(answer: Answer) -> Any:
    """The one value of an answer.

    Raises:
        DecodeError: it is something else.
    """
    behind = tuple(answer.behind)
    payload = Payload(answer.payload, behind) if behind else unpack_payload(answer.payload)
    values = Decoder(Any).decode(payload)
    if len(values) != 1:
        raise DecodeError("answer", f"it holds {len(values)} values where one was expected")
    return values[0]
