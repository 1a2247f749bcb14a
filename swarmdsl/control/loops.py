"""What one round pushes for the next: kept in the store beside the values of the run."""

from __future__ import annotations

import msgspec

from swarmdsl.control.store import Store
from swarmdsl.daemon.reports import LoopPage
from swarmdsl.wire.codec import decode_blob
from swarmdsl.wire.messages import Call

PAGE_BYTES = 8_388_608  # of one answer; a larger value travels alone


class LoopAsked(msgspec.Struct, frozen=True):
    """Arguments of `loop.values`: the link, and how many of its values the task has already."""

    link: int
    first: int


def loop_name(link: int) -> str:
    """Under which name the pushes of a loop are kept: no alias, for it has a space.

    >>> loop_name(3)
    'loop 3'
    """
    return f"loop {link}"


def loop_page(store: Store, call: Call) -> dict[str, object]:
    """Values of the last round before this one in which the source ran, from the first asked for.

    Raises:
        DecodeError: the arguments are wrong.
    """
    asked = decode_blob(call.arguments, LoopAsked)
    values: list[bytes] = []
    size, more = 0, False
    for value in store.earlier_values(loop_name(asked.link), call.iteration, asked.first):
        more = bool(values) and size + len(value) > PAGE_BYTES
        if more:
            break
        values.append(value)
        size += len(value)
    return msgspec.structs.asdict(LoopPage(values=values, more=more))
