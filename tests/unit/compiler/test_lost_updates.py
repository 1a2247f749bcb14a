"""Globals that several instances read and set anew."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from swarmdsl import Daemon, Module, on
from swarmdsl.compiler.diagnostics import Diagnostic
from swarmdsl.dsl import Inventory, Task
from swarmdsl.light import Globals, World
from tests.unit.compiler.building import compiled

TAG = "n"


def found(program: Any, nodes: int = 4, method: str = "all", **options: Any) -> list[Diagnostic]:
    task = Task(program, method, **options)
    diagnostics = compiled(task, Inventory.local(nodes=nodes, cores=4)).diagnostics
    return [one for one in diagnostics if one.code == "SW322"]


def adds(world: World) -> None:
    world.globals["n"] += 1  # type: ignore[operator]


def sets_anew(world: World) -> None:
    world.globals["n"] = world.globals["n"] + 1  # type: ignore[operator]


def sets_with_a_default(world: World) -> None:
    world.globals["n"] = 1 + world.globals.get("n", 0)  # type: ignore[operator]


def by_a_name(world: World) -> None:
    shared = world.globals
    shared[TAG] |= 1  # type: ignore[operator]


def by_a_parameter(shared: Globals) -> None:
    for tag in ("n", "m"):
        shared[f"all-{tag}"] += 1  # type: ignore[operator]


def by_a_global_of_its_own() -> None:
    name = "n"
    Globals()[name] += 1  # type: ignore[operator]


@pytest.mark.parametrize(
    "program",
    [adds, sets_anew, sets_with_a_default, by_a_name, by_a_parameter, by_a_global_of_its_own],
)
def test_what_several_nodes_read_and_set_anew_is_told_with_what_to_do(
    program: Callable[..., None],
) -> None:
    [one] = found(program)
    assert f"{program.__name__} runs on 4 nodes, and each reads " in one.message
    assert "what another one sets in between is lost" in one.message
    assert "one task that comes after" in one.hint
    assert "results.add" in one.hint
    assert one.primary is not None
    assert one.primary.line > program.__code__.co_firstlineno


class Counting(Daemon):
    """A daemon module."""

    @on
    def take(self, number: int, world: World) -> None:
        """Count."""
        world.globals["n"] += number  # type: ignore[operator]


def source() -> int:
    return 1


def test_handlers_of_a_daemon_module_are_looked_into() -> None:
    task = Task(Counting, "all")(Task(source, "any"))
    diagnostics = compiled(task, Inventory.local(nodes=2, cores=4)).diagnostics
    assert [one.message.split(",")[0] for one in diagnostics if one.code == "SW322"] == [
        "Counting runs on 2 nodes"
    ]


SCRIPT = """
from swarmdsl.light import World

def main():
    World().globals["n"] += 1
"""


def test_scripts_are_looked_into() -> None:
    [one] = found(Module(SCRIPT, name="script"))
    assert "script runs on 4 nodes" in one.message


@pytest.mark.parametrize(
    ("nodes", "method", "options"), [(1, "all", {}), (4, "any", {}), (4, "maximum", {"maximum": 1})]
)
def test_one_instance_loses_nothing(nodes: int, method: str, options: dict[str, Any]) -> None:
    assert found(adds, nodes, method, **options) == []


def of_one_node(world: World) -> None:
    world.globals[f"n-{world.node}"] += 1  # type: ignore[operator]


def of_one_node_by_name(world: World) -> None:
    tag = world.node
    world.globals[tag] += 1  # type: ignore[operator]


def only_set(world: World) -> None:
    world.globals["n"] = world.globals["m"]


def of_python() -> None:
    globals()["n"] += 1


def of_something_else(world: World) -> None:
    counts: dict[str, int] = {"n": 0}
    counts["n"] += world.iteration


@pytest.mark.parametrize(
    "program", [of_one_node, of_one_node_by_name, only_set, of_python, of_something_else]
)
def test_what_is_of_one_instance_or_no_update_is_left_alone(program: Callable[..., None]) -> None:
    assert found(program) == []


def test_what_a_pushed_value_names_may_be_dealt_out_and_is_left_alone() -> None:
    def by_word(word: str, world: World) -> None:
        world.globals[word] += 1  # type: ignore[operator]

    assert found(by_word, inputs={"word": "a"}) == []
