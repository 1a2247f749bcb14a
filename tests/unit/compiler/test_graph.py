"""The graph that the passes share."""

from __future__ import annotations

from typing import Any

import pytest

from swarmdsl.compiler.graph import TaskGraph, levels
from swarmdsl.dsl import Condition, Task, module
from swarmdsl.dsl.task import options_of
from tests.unit.compiler.building import compiled


def one(value: int = 0) -> int:
    return value


@module
def other(value: int = 0) -> int:
    return value


def graph(*ends: Task) -> TaskGraph:
    return compiled(list(ends)).graph


def test_neighbours_stand_in_the_order_of_their_declaration() -> None:
    a, b, c = (Task(one, alias=name) for name in "abc")
    found = graph(c([b, a]), b(a))
    assert list(found.predecessors("c")) == ["b", "a"]
    assert list(found.successors("a")) == ["b", "c"]
    assert found.has_edge("a", "c")
    assert not found.has_edge("c", "a")
    assert list(found.successors("c")) == []


@pytest.mark.parametrize(
    "options",
    [
        {"policy": "balance"},
        {"key": 0},
        {"condition": Condition.RESULT},
        {"delivery": "at_most_once"},
        {"overflow": "block"},
        {"response_timeout": 1.0},
        {"wait": "spin"},
        {"linger": 0.0},
    ],
)
def test_an_edge_that_says_something_is_outspoken(options: dict[str, Any]) -> None:
    assert list(graph(Task(other)(Task(one), **options)).outspoken) == [("one", "other")]


def test_an_edge_that_says_nothing_is_not() -> None:
    assert not graph(Task(other)(Task(one))).outspoken


def test_an_edge_that_is_there_twice_is_outspoken() -> None:
    source = Task(one)
    [edges] = graph(Task(other)(source)(source)).outspoken.values()
    assert len(edges) == 2


def test_tasks_of_one_module_and_the_same_options_are_alike() -> None:
    found = graph(
        Task(one, "any", alias="a"),
        Task(other, "any", alias="b"),
        Task(one, "any", alias="c"),
        Task(one, "all", alias="d"),
        Task(one, "any", maximum=1, alias="e"),
        Task(one, "any", maximum=1.0, alias="f"),
        Task(one, "any", maximum=True, alias="g"),
    )
    assert [list(group) for group in found.alike] == [["a", "c"], ["b"], ["d"], ["e"], ["f"], ["g"]]


def test_every_option_of_a_task_tells_it_apart() -> None:
    plain, value = Task(one), object()
    for number in range(len(options_of(plain))):
        changed = Task(one)
        vars(changed).update(dict.fromkeys(_names(changed, number), value))
        assert options_of(changed) != options_of(plain)


def _names(task: Task, number: int) -> list[str]:
    """The attribute that stands at this place among the options of a task."""
    kept = {"module", "alias", "edges", "call"}
    return [[name for name in vars(task) if name not in kept][number]]


def test_levels_are_the_longest_ways() -> None:
    a, b, c, d = (Task(one, alias=name) for name in "abcd")
    found = graph(d([a, c(b(a))]), Task(other, alias="e"))
    assert levels(found) == [["a", "e"], ["b"], ["c"], ["d"]]
