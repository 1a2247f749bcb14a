"""A program that asks for what the round before brought."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import count
from typing import Any

import numpy as np
import pytest

from swarmdsl.daemon.loop_pages import LoopPage, arrays_of, page_answer
from swarmdsl.daemon.looped import UNSEEN_MAX, LoopedProgram
from swarmdsl.daemon.program import Push
from swarmdsl.daemon.sheet import SeenSheets, SheetPlace, Sheets
from swarmdsl.daemon.wiring import Wiring
from swarmdsl.daemon.work import Handle, Run, Runnable
from swarmdsl.errors import DecodeError
from swarmdsl.light.context import TaskContext, entered
from swarmdsl.wire.codec import Decoder, encode_values
from swarmdsl.wire.frames import Buffer
from tests.handmade import link, task, topology


class Noted:
    """A program that notes what it is given, and then alters it."""

    def __init__(self) -> None:
        self.given: list[dict[str, Any]] = []

    def run(self, work: Runnable, push: Push) -> None:
        self.given.append({name: list(values) for name, values in work.arguments.items()})
        for values in work.arguments.values():
            values.append("altered")

    def handle(self, work: Handle, push: Push) -> None:
        raise AssertionError


class Pages:
    """The run, as the task calls it: hands out values page by page."""

    def __init__(self, *values: object, page: int = 2, sheets: Sheets | None = None) -> None:
        self.values = [encode_values([value]) for value in values]
        self.asked: list[int] = []
        self.sees: list[object] = []
        self._page = page
        self._sheets = sheets

    def __call__(self, method: str, arguments: Mapping[str, object], /) -> object:
        first = arguments["first"]
        assert isinstance(first, int)
        self.asked.append(first)
        self.sees.append(arguments["sees"])
        values = self.values[first : first + self._page]
        page = LoopPage(values, first + len(values) < len(self.values))
        place = self._sheets.write(arrays_of(page)) if self._sheets and self.sees[-1] else None
        return page_answer(page, place)


def looped(
    noted: Noted, kind: Any = int, sheets: SeenSheets | None = None
) -> tuple[LoopedProgram, Run]:
    loop = replace(link("b", "a", "before", kind, gather=True), loop=True)
    wiring = Wiring(topology([task("a"), task("b")], [link("a", "b"), loop]), "worker@n1#0")
    hosted = wiring.hosted[0, 0]
    program = LoopedProgram(hosted, wiring, {1: Decoder(kind)}, noted, sheets=sheets)
    return program, Run(hosted, 1, {}, {})


def called(program: LoopedProgram, work: Run, run: Pages) -> None:
    context = TaskContext(
        run="r", instance="a@n1#0", alias="a", node="n1", iteration=work.round, call=run
    )
    with entered(context):
        program.run(work, lambda value: None)


def test_all_pages_are_asked_for() -> None:
    noted, run = Noted(), Pages(1, 2, 3, 4, 5)
    called(*looped(noted), run)
    assert noted.given == [{"before": [1, 2, 3, 4, 5]}]
    assert run.asked == [0, 2, 4]


def test_where_nothing_came_the_default_stays() -> None:
    noted = Noted()
    called(*looped(noted), Pages())
    assert noted.given == [{}]


def test_it_is_asked_once_in_a_round_and_each_run_has_its_own() -> None:
    noted, run = Noted(), Pages(1)
    program, work = looped(noted)
    for _ in range(2):
        called(program, work, run)
    assert noted.given == [{"before": [1]}] * 2
    assert run.asked == [0]
    called(program, Run(work.hosted, 2, {}, {}), run)
    assert run.asked == [0, 0]


def test_a_value_of_another_type_is_refused() -> None:
    with pytest.raises(DecodeError):
        called(*looped(Noted()), Pages("text"))


ARRAY = np.arange(1_000.0)


def test_arrays_are_read_from_the_sheet_on_which_they_lie() -> None:
    noted = Noted()
    program, work = looped(noted, np.ndarray, SeenSheets())
    with Sheets(1_000_000, lambda: bytes(16)) as sheets:
        run = Pages(ARRAY, sheets=sheets)
        called(program, work, run)
    assert run.sees == [True]
    np.testing.assert_array_equal(noted.given[0]["before"][0], ARRAY)


def test_what_lies_on_a_sheet_that_is_not_seen_is_asked_for_anew_and_soon_at_once() -> None:
    noted = Noted()
    program, work = looped(noted, np.ndarray, SeenSheets())
    run = Pages(*[ARRAY] * (UNSEEN_MAX + 2), page=1, sheets=Vanishing(1_000_000, lambda: bytes(16)))
    called(program, work, run)
    assert run.sees == [*[True, False] * UNSEEN_MAX, False, False]
    for found in noted.given[0]["before"]:
        np.testing.assert_array_equal(found, ARRAY)
    run.sees.clear()
    called(program, Run(work.hosted, 2, {}, {}), run)
    assert run.sees[0] is True, "in another round it is tried again"


class Vanishing(Sheets):
    """Each sheet is taken away before anybody can look at it."""

    def write(self, buffers: Sequence[Buffer]) -> SheetPlace | None:
        place = super().write(buffers)
        assert place is not None
        self.take_away(place)
        return place


class Hoarder(Noted):
    """Keeps all that it is given."""

    def run(self, work: Runnable, push: Push) -> None:
        self.given.append(dict(work.arguments))


def test_who_keeps_many_is_sent_further_ones_until_it_lets_go() -> None:
    noted = Hoarder()
    program, work = looped(noted, np.ndarray, SeenSheets(3))
    ids = count(1)
    with Sheets(1_000_000, lambda: next(ids).to_bytes(16)) as sheets:
        run = Pages(ARRAY, sheets=sheets)
        for number in range(5):
            called(program, Run(work.hosted, number, {}, {}), run)
        assert run.sees == [True] * 3 + [False] * 2
        for given in noted.given:
            np.testing.assert_array_equal(given["before"][0], ARRAY)
        noted.given.clear()
        called(program, Run(work.hosted, 5, {}, {}), run)
        assert run.sees[-1] is True
