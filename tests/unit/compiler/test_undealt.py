"""Pushes that are dealt out to nobody, or go to all where a share was meant."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from swarmdsl import Condition, Daemon, Swarm, Task, module, on
from swarmdsl.compiler import compile_swarm
from swarmdsl.light import Local
from tests.unit.compiler.building import TWO

EACH = Condition.RESULT


def words() -> Iterator[tuple[str, int]]:
    yield "a", 1


def count(words: list[tuple[str, int]]) -> int:
    return len(words)


def other_count(words: list[tuple[str, int]]) -> int:
    return len(words)


def work(word: tuple[str, int]) -> int:
    return word[1]


@module
def work_here(word: tuple[str, int], local: Local) -> int:
    return len(local.node)


class Handles(Daemon):
    @on
    def take(self, word: tuple[str, int]) -> int:
        return word[1]


def total(numbers: list[int]) -> int:
    return sum(numbers)


def told(graph: Any) -> list[str]:
    """The codes of what is found, and of nothing else than what this file is about."""

    class Example(Swarm):
        def execute(self) -> Task:
            made: Task = graph(Task(words, "any"))
            return made

    found = compile_swarm(Example(), TWO).diagnostics
    return [one.code for one in found if one.code in {"SW507", "SW508", "SW509"}]


@pytest.mark.parametrize("option", [{"key": 0}, {"policy": "balance"}])
def test_tasks_of_one_module_among_which_nothing_is_dealt_are_told_once(
    option: dict[str, Any],
) -> None:
    def several(source: Task) -> Task:
        return Task(total, "any")([Task(count, "any")(source, **option) for _ in range(3)])

    assert told(several) == ["SW507"]


def test_tasks_of_several_modules_may_each_want_all_dealt_by_key() -> None:
    def both(source: Task) -> Task:
        return Task(total, "any")(
            [Task(count, "all")(source, key=0), Task(other_count, "all")(source, key=0)]
        )

    assert told(both) == []


@pytest.mark.parametrize("option", [{"key": 0}, {"policy": "balance"}])
def test_a_single_instance_is_nobody_to_deal_among(option: dict[str, Any]) -> None:
    assert told(lambda source: Task(count, "any")(source, **option)) == ["SW508"]
    assert told(lambda source: Task(count, "all")(source, **option)) == []
    assert told(lambda source: Task(count, "maximum", maximum=2)(source, **option)) == []


def test_each_result_on_every_node_is_told() -> None:
    assert told(lambda source: Task(work, "all")(source, condition=EACH)) == ["SW509"]


@pytest.mark.parametrize("policy", ["balance", "broadcast"])
def test_who_says_where_each_result_goes_is_not_told(policy: str) -> None:
    assert told(lambda source: Task(work, "all")(source, condition=EACH, policy=policy)) == []


def test_results_that_nodes_see_differently_or_one_instance_alone_are_not_told() -> None:
    assert told(lambda source: Task(work_here, "all")(source, condition=EACH)) == []
    assert told(lambda source: Task(work, "any")(source, condition=EACH)) == []
    assert told(lambda source: Task(Handles, "all")(source)) == []
