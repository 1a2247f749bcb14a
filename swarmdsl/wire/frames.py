"""What a message is made of before anyone reads it."""

from __future__ import annotations

from collections.abc import Sequence

Buffer = bytes | bytearray | memoryview
Frames = Sequence[Buffer]
