"""Tasks behind sources that never end: told where the source leaves no doubt, and nowhere else."""

from __future__ import annotations

from pathlib import Path

import pytest

from swarmdsl.compiler import compile_swarm, load_target
from tests.unit.compiler.building import TWO

ENDLESS = {
    "a loop": "def produce(self) -> Iterator[int]:\n  while True:\n    yield 1",
    "a loop in a block": (
        "def produce(self) -> Iterator[int]:\n  with open('x'):\n    while 1:\n      yield 1"
    ),
    "a loop whose inner loop ends": (
        "def produce(self) -> Iterator[int]:\n"
        "  while True:\n    for _ in 'ab':\n      break\n    yield 1"
    ),
    "a loop with a function inside": (
        "def produce(self) -> Iterator[int]:\n"
        "  while True:\n    def least():\n      return 0\n    yield least()"
    ),
    "a coroutine": "async def produce(self) -> AsyncIterator[int]:\n  while True:\n    yield 1",
    "all numbers": "def produce(self) -> Iterator[int]:\n  for one in count():\n    yield one",
    "all numbers at once": "def produce(self) -> Iterator[int]:\n  yield from itertools.count()",
    "a clock": "@every(seconds=1)\ndef tick(self) -> int:\n  return 1",
}
ENDING = {
    "a loop that breaks": (
        "def produce(self) -> Iterator[int]:\n  while True:\n    yield 1\n    if x:\n      break"
    ),
    "a way out before it": (
        "def produce(self) -> Iterator[int]:\n  if x:\n    return\n  while True:\n    yield 1"
    ),
    "a way out within": (
        "def produce(self) -> Iterator[int]:\n"
        "  while True:\n    yield 1\n    for _ in 'ab':\n      raise OSError"
    ),
    "an exit": "def produce(self) -> Iterator[int]:\n  while True:\n    yield 1\n    sys.exit(0)",
    "a condition": "def produce(self) -> Iterator[int]:\n  while x:\n    yield 1",
    "some numbers": "def produce(self) -> Iterator[int]:\n  yield from range(3)",
    "a clock that ends": "@every(seconds=1)\ndef tick(self) -> int:\n  self.finish()\n  return 1",
}
FILE = """\
import itertools, sys
from collections.abc import AsyncIterator, Iterator
from itertools import count
from swarmdsl import Condition, Daemon, Swarm, Task, every, on
x = True

class Source(Daemon):
{source}

class Same(Source):
    pass

class Handles(Daemon):
    @on
    def take(self, number: int) -> int:
        return number

def total(numbers: list[int]) -> int:
    return sum(numbers)

def one(number: int) -> int:
    return number

{more}

class Example(Swarm):
    def execute(self) -> Task:
        return {graph}
"""
TOTAL = "Task(total, 'any')(Task(Source, 'any', alias='source'))"
SAID = "total begins when source has ended, which it never does by itself"
CLOCK = ENDLESS["a clock"]


def found(folder: Path, source: str, graph: str = TOTAL, more: str = "") -> list[str]:
    """What is told of such a swarm, in a file by itself: rules look at all that travels."""
    method = "\n".join(f"    {line}" for line in source.splitlines())
    file = folder / "unending.py"
    file.write_text(FILE.format(source=method, more=more, graph=graph), "utf-8")
    compilation = compile_swarm(load_target(f"{file}:Example"), TWO)
    assert all(one.code == "SW115" for one in compilation.diagnostics), compilation.diagnostics
    return [one.message for one in compilation.diagnostics]


@pytest.mark.parametrize("source", ENDLESS.values(), ids=ENDLESS)
def test_a_function_that_waits_for_the_end_of_such_a_source_is_told(
    tmp_path: Path, source: str
) -> None:
    assert found(tmp_path, source) == [SAID]


@pytest.mark.parametrize("source", ENDING.values(), ids=ENDING)
def test_a_source_that_may_end_is_not_told(tmp_path: Path, source: str) -> None:
    assert found(tmp_path, source) == []


@pytest.mark.parametrize("name", ["a clock", "a clock that ends"])
def test_a_class_is_as_the_one_that_it_is_made_from(tmp_path: Path, name: str) -> None:
    told = found(tmp_path, (ENDLESS | ENDING)[name], TOTAL.replace("Source", "Same"))
    assert told == ([SAID] if name in ENDLESS else [])


@pytest.mark.parametrize(
    "graph",
    [
        "Task(Handles, 'any')(Task(Source, 'any'))",
        "Task(one, 'any')(Task(Source, 'any'), condition=Condition.RESULT)",
    ],
)
def test_what_takes_pushes_as_they_come_waits_for_no_end(tmp_path: Path, graph: str) -> None:
    assert found(tmp_path, CLOCK, graph) == []


def test_a_swarm_in_which_something_may_stop_the_run_is_not_told(tmp_path: Path) -> None:
    assert found(tmp_path, CLOCK, more="def done(world):\n    world.stop_swarm()") == []


DAMMED = """\
from collections.abc import Iterator
from swarmdsl import Condition, Daemon, Module, Swarm, Task, every, on

class Source(Daemon):
    def produce(self) -> Iterator[int]:
        yield 1

def given() -> Iterator[int]:
    yield 1

class Sink(Daemon):
    @on
    def take(self, number: int) -> None: ...
    def on_round_end(self) -> int:
        return 1

def total(numbers: list[int]) -> int:
    return sum(numbers)

class Example(Swarm):
    def execute(self):
        program = Task(Module(command=["cat"], takes=int, yields=int), "any")
        program(Task({source}, "any"){condition})
        return Task({after}, "any")(program)
"""


@pytest.mark.parametrize(
    ("source", "after", "condition", "codes"),
    [
        ("Source", "Sink", "", ["SW116"]),
        ("given", "Sink", "", []),
        ("Source", "total", "", []),
        ("Source", "Sink", ", condition=Condition.RESULT", []),
    ],
    ids=["in a stream", "after a function", "before a function", "for each push"],
)
def test_a_program_that_holds_up_a_stream_is_told(
    tmp_path: Path, source: str, after: str, condition: str, codes: list[str]
) -> None:
    file = tmp_path / "dammed.py"
    file.write_text(DAMMED.format(source=source, after=after, condition=condition))
    found = compile_swarm(load_target(str(file)), TWO).diagnostics
    assert [one.code for one in found] == codes
