"""What one round pushes for the next: kept in the store beside the values of the run."""

from __future__ import annotations

import msgspec

from swarmdsl.control.store import Store
from swarmdsl.daemon.loop_pages import LoopPage, page_answer
from swarmdsl.wire.answers import Answer
from swarmdsl.wire.codec import Payload, decode_blob, unpack_payload
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


class LoopPages:
    """Hands out what the round before brought; each page is the same for all that ask for it.

    The last page of each loop is remembered, for the instances of a task ask for it one after the
    other.

    Args:
        store: holds the values.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._last: dict[int, tuple[tuple[int, int], Answer]] = {}

    def answer(self, call: Call) -> Answer:
        """Values of the last round before that of the call in which the source ran.

        They are those behind the first few, which the task has already.

        Raises:
            DecodeError: the arguments are wrong.
        """
        asked = decode_blob(call.arguments, LoopAsked)
        place = (call.iteration, asked.first)
        known = self._last.get(asked.link)
        if known is None or known[0] != place:
            answer = page_answer(self._page(call.iteration, asked))
            known = self._last[asked.link] = (place, answer)
        return known[1]

    def _page(self, iteration: int, asked: LoopAsked) -> LoopPage:
        values: list[Payload] = []
        size, more = 0, False
        for value in self._store.earlier_values(loop_name(asked.link), iteration, asked.first):
            more = bool(values) and size + len(value) > PAGE_BYTES
            if more:
                break
            values.append(unpack_payload(value))
            size += len(value)
        return LoopPage(values, more)
