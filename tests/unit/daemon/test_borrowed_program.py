"""A function that is run for another worker is called with what had come there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from swarmdsl.daemon.program import Program
from swarmdsl.daemon.programs import Code
from swarmdsl.daemon.wiring import Wiring
from swarmdsl.daemon.work import Borrowed, PackedInputs
from swarmdsl.errors import CannotStart
from swarmdsl.topology.model import ModuleSpec
from swarmdsl.wire.codec import encode_values, pack_payload
from tests.handmade import link, task, topology

OWN, LENDER = "worker@n1#0", "worker@n2#0"
PLACE = (1, 0)


def add(values: list[int], factor: int = 1) -> int:
    return factor * sum(values)


def number() -> int:
    return 1


def wiring() -> Wiring:
    tasks = [task("source"), task("add", nodes=["n2"]), task("own")]
    links = [link("source", "add", "values", gather=True), link("add")]
    return Wiring(topology(tasks, links), OWN)


def code(tmp_path: Path, function: Any = add, *, others: Any = number) -> Code:
    def load(module: ModuleSpec, _folder: Path) -> Any:
        if isinstance(function, Exception) and module.name == "add":
            raise function
        return others if module.name != "add" else function

    def none(_hosted: object) -> Any:
        raise AssertionError("there are no scripts")

    return Code(wiring(), tmp_path, none, load=load)


def pushed(code: Code, inputs: PackedInputs) -> list[object]:
    hosted = wiring().hosted_by(LENDER, PLACE)
    assert hosted is not None
    code.borrow(hosted)
    found: list[object] = []
    code.programs[PLACE].run(Borrowed(hosted, 0, {}, {}, inputs=inputs), found.append)
    return found


def packed(*values: int, skip: int = 0) -> tuple[bytes, int, int]:
    return pack_payload(encode_values(values)), len(values), skip


def test_it_is_given_all_that_came_but_for_what_had_come_before(tmp_path: Path) -> None:
    inputs = ((0, (packed(1, 2), packed(2, 3, skip=1))),)
    assert pushed(code(tmp_path), inputs) == [6]


def test_code_that_is_borrowed_is_loaded_once_and_is_none_of_its_own(tmp_path: Path) -> None:
    mine = code(tmp_path)
    pushed(mine, ((0, ()),))
    first = mine.programs[PLACE]
    pushed(mine, ((0, ()),))
    assert mine.programs[PLACE] is first
    assert PLACE not in {*mine.programs}


def test_of_what_code_gives_only_its_own_links_are_told_however_many_a_worker_has(
    tmp_path: Path,
) -> None:
    mine = code(tmp_path)
    hosted = wiring().hosted_by(LENDER, PLACE)
    assert hosted is not None
    assert mine.borrow(hosted) == {1: int}
    assert {*mine.annotations} == {0, 1}


def test_what_is_put_around_programs_is_around_borrowed_ones_too(tmp_path: Path) -> None:
    mine, seen = code(tmp_path), list[Program]()

    def dress(program: Program) -> Program:
        seen.append(program)
        return program

    mine.programs.dress(dress)
    assert len(seen) == 2
    pushed(mine, ((0, ()),))
    assert seen[-1] is mine.programs[PLACE]


def test_code_that_cannot_be_loaded_fails_when_it_is_run(tmp_path: Path) -> None:
    mine = code(tmp_path, ImportError("no module named 'there'"))
    with pytest.raises(CannotStart, match="no module named 'there'"):
        pushed(mine, ())


def test_only_functions_that_give_one_value_are_lent(tmp_path: Path) -> None:
    def stream() -> Iterator[int]:
        yield 1

    assert code(tmp_path).gives_one((0, 0))
    assert not code(tmp_path, others=stream).gives_one((0, 0))
