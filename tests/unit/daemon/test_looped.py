"""A program that asks for what the round before brought."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from swarmdsl.daemon.loop_pages import LoopPage
from swarmdsl.daemon.looped import LoopedProgram
from swarmdsl.daemon.program import Push
from swarmdsl.daemon.wiring import Wiring
from swarmdsl.daemon.work import Handle, Run, Runnable
from swarmdsl.errors import DecodeError
from swarmdsl.light.context import TaskContext, entered
from swarmdsl.wire.codec import Decoder, encode_values
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

    def __init__(self, *values: object, page: int = 2) -> None:
        self.values = [encode_values([value]) for value in values]
        self.asked: list[int] = []
        self._page = page

    def __call__(self, method: str, arguments: Mapping[str, object], /) -> object:
        first = arguments["first"]
        assert isinstance(first, int)
        self.asked.append(first)
        page = self.values[first : first + self._page]
        return LoopPage(page, first + len(page) < len(self.values))


def looped(noted: Noted, kind: Any = int) -> tuple[LoopedProgram, Run]:
    loop = replace(link("b", "a", "before", kind, gather=True), loop=True)
    wiring = Wiring(topology([task("a"), task("b")], [link("a", "b"), loop]), "worker@n1#0")
    hosted = wiring.hosted[0, 0]
    return LoopedProgram(hosted, wiring, {1: Decoder(kind)}, noted), Run(hosted, 1, {}, {})


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
