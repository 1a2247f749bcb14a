"""A part of an arena, as it travels: where a large buffer lies, instead of the buffer."""

from __future__ import annotations

from typing import Annotated, NamedTuple

from msgspec import Meta

_POSITION_MAX = 2**62

LENT_BYTES_MIN = 64 * 1_024
"""Smaller buffers travel in their frame: to write a descriptor and to give it back costs more."""


class Slot(NamedTuple):
    """So many bytes of an arena, from an offset on.

    Attributes:
        offset: from the beginning of the arena, in bytes.
        size: in bytes.
        generation: counts the slots of the arena, so one that was used before is told apart.
    """

    offset: Annotated[int, Meta(ge=0, le=_POSITION_MAX)]
    size: Annotated[int, Meta(ge=1, le=_POSITION_MAX)]
    generation: Annotated[int, Meta(ge=1, le=_POSITION_MAX)]


ArenaId = Annotated[bytes, Meta(min_length=16, max_length=16)]
"""Random: at the beginning of an arena's memory, so that nobody takes another's for it."""
