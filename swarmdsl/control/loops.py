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


class _Shown(NamedTuple):
    """What was made of a loop for those who look for sheets: in a round, by the first value."""

    iteration: int
    answers: dict[int, Answer]
    sheets: list[SheetPlace]


class _Sent(NamedTuple):
    """The page of a loop that was sent last: for which round, from where on; is it for all?"""

    place: tuple[int, int]
    answer: Answer
    for_all: bool


class LoopPages:
    """Hands out what the round before brought; each page is the same for all that ask for it.

    The instances of a task ask for it at nearly the same time. Of what is sent, the last page of
    each loop is remembered. Sheets stay until the loop is asked for in another round: one instance
    may look at the first when another one is told of the next.

    Args:
        store: holds the values.
        sheets: on which the arrays of a page lie for those that see them; by default on none.
    """

    def __init__(self, store: Store, sheets: Sheets | None = None) -> None:
        self._store = store
        self._sheets = sheets
        self._sent: dict[int, _Sent] = {}
        self._shown: dict[int, _Shown] = {}

    def answer(self, call: Call) -> Answer:
        """Values of the last round before that of the call in which the source ran.

        They are those behind the first few, which the task has already.

        Raises:
            CallFailed: a value is too large.
            DecodeError: the arguments are wrong.
        """
        asked = decode_blob(call.arguments, LoopAsked)
        shown = self._shown_in(call.iteration, asked) if asked.sees else None
        if shown is not None and asked.first in shown.answers:
            return shown.answers[asked.first]
        place, sent = (call.iteration, asked.first), self._sent.get(asked.link)
        if sent is not None and sent.place == place and (shown is None or sent.for_all):
            return sent.answer
        self._sent.pop(asked.link, None)  # before there is more: values may be large
        page = self._page(call.iteration, asked)
        answer = fitting(call, page_answer(page))  # however it travels
        sheet = None if shown is None else self._sheet(page)
        if shown is None or sheet is None:
            self._sent[asked.link] = _Sent(place, answer, for_all=shown is not None)
            return answer
        shown.sheets.append(sheet)
        shown.answers[asked.first] = page_answer(page, sheet)
        return shown.answers[asked.first]

    def _shown_in(self, iteration: int, asked: LoopAsked) -> _Shown | None:
        """What is shown of a loop in a round; that of earlier ones is taken away."""
        if self._sheets is None:
            return None
        shown = self._shown.get(asked.link)
        if shown is None or shown.iteration < iteration:
            for sheet in () if shown is None else shown.sheets:
                self._sheets.take_away(sheet)
            shown = self._shown[asked.link] = _Shown(iteration, {}, [])
        return shown if shown.iteration == iteration else None

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
