"""A task that does not say what it pushes, and pushes what its receiver cannot read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from swarmdsl import Condition, Daemon, Module, Run, Task, on
from swarmdsl.control.state import ReasonKind
from tests.contracts.rules_case import swarm


@dataclass
class Dose:
    grams: float

    def __post_init__(self) -> None:
        if self.grams < 0:
            raise ValueError("negative " * 1_000)


def read():  # type: ignore[no-untyped-def]
    return "text"


def read_each():  # type: ignore[no-untyped-def]
    yield from (1.0, 2.0, "three")


def read_list():  # type: ignore[no-untyped-def]
    return [1.0, "two"]


def read_doses():  # type: ignore[no-untyped-def]
    return {"grams": -1.0}


def halve(x: float) -> float:
    return x / 2


def mean(values: list[float]) -> float:
    return sum(values) / len(values)


def spread(values: list[float]) -> float:
    return max(values) - min(values)


def administer(dose: Dose) -> float:
    return dose.grams


class Scale(Daemon):
    @on
    def weigh(self, grams: float) -> Iterator[float]:
        yield grams


NESTED = (
    "list[float], which spread@node1#0 takes as its parameter values: at [1] the type is str, not "
    "float"
)
SCRIPT = "def main(): return 'text'"
REMEDY = (
    "; annotate what {0} pushes with its type, and a value that is something else is told with "
    "the line that pushes it"
)


def here(home: Path, make: Callable[[], Any]) -> Run:
    """Run a graph in this process."""
    run = swarm(make).run(home=home, immediate=True)
    assert run.reason.kind is ReasonKind.LINK_REFUSED
    return run


@pytest.mark.parametrize(
    ("source", "taker", "told"),
    [
        (read, halve, "float, which halve@node1#0 takes as its parameter x: it is of type str"),
        (read, Scale, "float, which Scale@node1#0 takes in its handler weigh: it is of type str"),
        (
            read_each,
            mean,
            "float, which mean@node1#0 takes in its list values: it is of type str",
        ),
        (read_list, spread, NESTED),
    ],
)
def test_the_run_tells_who_pushed_what_to_whom(
    tmp_path: Path, source: Any, taker: Any, told: str
) -> None:
    run = here(tmp_path, lambda: Task(taker, "any")(Task(source, "any")))
    name = source.__name__
    assert run.reason.text == f"what came from {name}@node1#0 is no {told}{REMEDY.format(name)}"


def test_it_is_so_with_processes_too(tmp_path: Path) -> None:
    run = swarm(lambda: Task(halve, "any")(Task(read, "any"))).run(home=tmp_path)
    assert run.reason.text.startswith("what came from read@node1#0 is no float")


def test_of_many_values_the_one_that_is_wrong_is_told_without_its_number(tmp_path: Path) -> None:
    run = here(
        tmp_path,
        lambda: Task(halve, "any")(Task(read_each, "any"), condition=Condition.RESULT),
    )
    assert "halve@node1#0 takes as its parameter x: it is of type str" in run.reason.text


def test_what_a_class_says_of_a_value_is_told_and_bounded(tmp_path: Path) -> None:
    run = here(tmp_path, lambda: Task(administer, "any")(Task(read_doses, "any")))
    assert "is no Dose, which administer@node1#0 takes as its parameter dose: " in run.reason.text
    assert "negative negative" in run.reason.text
    assert len(run.reason.text) < 1_000


def test_a_script_has_no_annotation_to_write(tmp_path: Path) -> None:
    file = tmp_path / "script.py"
    file.write_text(SCRIPT, "utf-8")

    def graph() -> Task:
        script = Module(str(file), name="script")
        return Task(halve, "any")(Task(script, "any"))

    run = swarm(graph).run(home=tmp_path)
    assert run.reason.text.endswith("; let script push float, or let halve take what it pushes")
