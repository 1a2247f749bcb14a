"""What one round pushes for the next: kept in the store beside the values of the run."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from swarmdsl.control.fitting import fitting
from swarmdsl.control.store import Store
from swarmdsl.daemon.loop_pages import LoopPage, arrays_of, page_answer
from swarmdsl.daemon.sheet import SheetPlace, Sheets
from swarmdsl.wire.answers import APART_BYTES_MIN, Answer
from swarmdsl.wire.codec import Payload, decode_blob, unpack_payload
from swarmdsl.wire.messages import Call

PAGE_BYTES = 8_388_608  # of one answer; a larger value travels alone


class LoopAsked(msgspec.Struct, frozen=True):
    """Arguments of `loop.values`.

    Attributes:
        link: the loop.
        first: how many of its values the task has already.
        sees: whether it looks for arrays on a sheet, if they lie on one.
    """

    link: int
    first: int
    sees: bool = False


def loop_name(link: int) -> str:
    """Under which name the pushes of a loop are kept: no alias, for it has a space.

    >>> loop_name(3)
    'loop 3'
    """
    return f"loop {link}"


class _Made(NamedTuple):
    """A page of a loop, as it was made for the first that asked: for which round, from where on."""

    place: tuple[int, int]
    answer: Answer
    sheet: SheetPlace | None


class LoopPages:
    """Hands out what the round before brought; each page is the same for all that ask for it.

    The last page of each loop is remembered, for the instances of a task ask for it one after the
    other.

    Args:
        store: holds the values.
        sheets: on which the arrays of a page lie for those that see them; by default on none.
    """

    def __init__(self, store: Store, sheets: Sheets | None = None) -> None:
        self._store = store
        self._sheets = sheets
        self._last: dict[tuple[int, bool], _Made] = {}  # by loop, and whether a sheet is looked for

    def answer(self, call: Call) -> Answer:
        """Values of the last round before that of the call in which the source ran.

        They are those behind the first few, which the task has already.

        Raises:
            CallFailed: a value is too large.
            DecodeError: the arguments are wrong.
        """
        asked = decode_blob(call.arguments, LoopAsked)
        which, place = (asked.link, asked.sees), (call.iteration, asked.first)
        known = self._last.get(which)
        if known is None or known.place != place:
            self._drop(which)  # before there is more: values may be large
            known = self._last[which] = self._made(call, asked)
        return known.answer

    def _drop(self, which: tuple[int, bool]) -> None:
        old = self._last.pop(which, None)
        if old is not None and old.sheet is not None and self._sheets is not None:
            self._sheets.take_away(old.sheet)

    def _made(self, call: Call, asked: LoopAsked) -> _Made:
        page = self._page(call.iteration, asked)
        answer = fitting(call, page_answer(page))  # however it travels
        sheet = self._sheet(page) if asked.sees else None
        if sheet is not None:
            answer = page_answer(page, sheet)
        return _Made((call.iteration, asked.first), answer, sheet)

    def _sheet(self, page: LoopPage) -> SheetPlace | None:
        """Where the arrays of a page lie once; None if they are few, or that cannot be done."""
        arrays = arrays_of(page)
        if self._sheets is None or sum(memoryview(one).nbytes for one in arrays) < APART_BYTES_MIN:
            return None
        return self._sheets.write(arrays)

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
