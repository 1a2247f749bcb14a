"""Rounds that nothing ends: told where the source leaves no doubt, and nowhere else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from swarmdsl.compiler import compile_swarm
from swarmdsl.dsl import Module, Swarm, Task
from tests.unit.compiler.building import TWO

CERTAIN = [
    "world.schedule_next_iter()",
    "x = 1; world.schedule_next_iter(); return x",
    "return world.schedule_next_iter()",
    "with open('x'):\n    world.schedule_next_iter()",
    "print(world.schedule_next_iter())",
    "self.world.schedule_next_iter()",
    "if x:\n    print(x)\nworld.schedule_next_iter()",
]
OPEN = [
    "if x:\n    world.schedule_next_iter()",
    "if x:\n    return 1\nworld.schedule_next_iter()",
    "for one in x:\n    world.schedule_next_iter()",
    "while x:\n    world.schedule_next_iter()",
    "try:\n    world.schedule_next_iter()\nexcept OSError:\n    pass",
    "x and world.schedule_next_iter()",
    "world.schedule_next_iter() if x else None",
    "later = lambda: world.schedule_next_iter()",
    "def later():\n    world.schedule_next_iter()",
    "[world.schedule_next_iter() for one in x]",
    "raise ValueError\nworld.schedule_next_iter()",
    "with open('x'):\n    if x:\n        return 1\nworld.schedule_next_iter()",
    "sys.exit(0)\nworld.schedule_next_iter()",
    "world.schedule_next_iter(task_to_schedule_alias='other')",
    "world.schedule_next_iter(['node1'])",
    "schedule_next_iter",
]


def script(folder: Path, body: str) -> Module:
    lines = "\n".join(f"    {line}" for line in body.splitlines())
    (folder / "again.py").write_text(f"import sys\n\ndef main():\n{lines}\n")
    return Module(folder / "again.py")


def found(module: Any, rounds: int | None = None) -> list[tuple[str, int]]:
    """The codes and lines of what is found in a swarm of one task."""

    class Example(Swarm):
        def execute(self) -> Task:
            return Task(module, "any")

    swarm = Example()
    swarm.max_iteration = rounds
    diagnostics = compile_swarm(swarm, TWO).diagnostics
    return [(one.code, one.primary.line) for one in diagnostics if one.primary is not None]


@pytest.mark.parametrize("body", CERTAIN)
def test_a_request_that_nothing_keeps_from_being_made_is_told(tmp_path: Path, body: str) -> None:
    lines = [number for number, line in enumerate(body.splitlines()) if "next_iter" in line]
    assert found(script(tmp_path, body)) == [("SW114", 4 + lines[0])]


@pytest.mark.parametrize("body", OPEN)
def test_a_request_that_may_not_be_made_is_not(tmp_path: Path, body: str) -> None:
    assert found(script(tmp_path, body)) == []


def test_a_number_of_rounds_is_an_end(tmp_path: Path) -> None:
    assert found(script(tmp_path, CERTAIN[0]), rounds=3) == []


def test_whoever_may_stop_the_swarm_is_an_end(tmp_path: Path) -> None:
    body = f"{CERTAIN[0]}\nif x:\n    world.stop_swarm()"
    assert found(script(tmp_path, body)) == []


def test_a_function_is_shown_at_its_own_line() -> None:
    def again(world: Any = None) -> None:
        """It never has enough."""
        world.schedule_next_iter()

    line = again.__code__.co_firstlineno + 2
    assert found(again) == [("SW114", line)]


def test_source_text_is_told_where_the_module_is_made() -> None:
    text = "def main():\n    world.schedule_next_iter()\n"
    module = Module(text, name="text")
    assert module.span is not None
    assert found(module) == [("SW114", module.span.line)]


def test_code_without_source_is_left_alone() -> None:
    space: dict[str, Any] = {}
    exec("def main():\n    world.schedule_next_iter()\n", space)
    assert found(Module(space["main"], name="bare")) == []
