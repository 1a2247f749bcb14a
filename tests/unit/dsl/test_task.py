from __future__ import annotations

from typing import Any

import pytest

from swarmdsl.dsl import Task
from swarmdsl.dsl.task import recorded


def one() -> int:
    return 1


def test_method_is_all_unless_inputs_are_bound() -> None:
    assert Task(one).method == "all"
    assert Task(one, inputs={}).method == "any"
    assert Task(one, "all", inputs={}).method == "all"


def test_positions_are_those_of_manta() -> None:
    task = Task(one, "maximum", True, ["b"], ["a"], 0.5)
    assert (task.method, task.fixed, task.maximum) == ("maximum", True, 0.5)
    assert (task.excepted_ids, task.specified_ids) == (["b"], ["a"])


def test_calls_accumulate_and_return_the_task() -> None:
    first, second, third, last = (Task(one) for _ in range(4))
    assert last(first)([second, third]) is last
    assert [edge.source for edge in last.edges] == [first, second, third]


def test_call_with_nothing_draws_no_edge() -> None:
    assert Task(one)().edges == []
    assert Task(one)([]).edges == []


def test_any_iterable_of_tasks_is_taken() -> None:
    assert len(Task(one)(Task(one) for _ in range(3)).edges) == 3


@pytest.mark.parametrize("value", [3, "text", one, 1.5])
def test_wrong_value_is_recorded_for_the_compiler(value: Any) -> None:
    assert Task(one)(value).edges[0].source == value
    assert Task(one, value, value, value, value, value).maximum == value


def test_tasks_are_recorded_only_inside_the_block() -> None:
    with recorded() as made:
        inside = Task(one)
    Task(one)
    assert made == [inside]


def test_name_is_the_alias_or_that_of_the_module() -> None:
    assert repr(Task(one)) == "<Task one>"
    assert repr(Task(one, alias="first")) == "<Task first>"
