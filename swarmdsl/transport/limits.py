"""The bounds that every transport keeps, so that code tested on one holds on the others."""

from __future__ import annotations

from swarmdsl.errors import TransportError
from swarmdsl.wire.frames import Frames

FRAME_BYTES_MAX = 1 << 30
"""A longer frame is refused with an error: a receiver guards itself by dropping the connection,
and a sender that then replays would do so for ever."""

QUEUE_MESSAGES_MAX = 1_000
"""Messages waiting at one end of a connection before `send` refuses; flow control of whoever
uses the connection keeps well below."""

MESSAGES_PER_RECEIVE_MAX = 256
"""Messages handed out by one `receive`, so that timers and sends get their turn between."""


def measure(address: str, frames: Frames) -> list[int]:
    """The size of each frame in bytes, once all are known to be fit to travel.

    Raises:
        TransportError: a frame is longer than `FRAME_BYTES_MAX`.

    >>> measure("memory://a", [b"header", b""])
    [6, 0]
    """
    assert frames, "a message has at least one frame"
    sizes = []
    for one in frames:  # The length of a view counts items, which may be wider than a byte.
        sizes.append(one.nbytes if isinstance(one, memoryview) else len(one))
    if max(sizes) > FRAME_BYTES_MAX:
        raise TransportError(
            address,
            f"a frame of {max(sizes)} bytes is longer than the {FRAME_BYTES_MAX} bytes "
            "that a frame may have; send it in parts",
        )
    return sizes
