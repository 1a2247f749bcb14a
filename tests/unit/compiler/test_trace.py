from __future__ import annotations

from typing import Any

import pytest

from swarmdsl.compiler import compile_swarm, report
from swarmdsl.dsl import Module, Swarm, Task, module
from tests.unit.compiler.building import TWO, codes, compiled


def one() -> int:
    return 1


def total(numbers: list[int]) -> int:
    return sum(numbers)


@module
def spare() -> int:
    return 2


def aliases(ends: Any) -> list[str]:
    return list(compiled(ends).graph)


def test_task_without_alias_is_called_after_its_module() -> None:
    assert aliases([Task(one), Task(spare)]) == ["one", "spare"]


def test_unnamed_tasks_of_one_module_are_numbered_from_zero() -> None:
    assert aliases(Task(total)([Task(one) for _ in range(3)])) == [
        "one_0",
        "one_1",
        "one_2",
        "total",
    ]


def test_numbering_leaves_explicit_aliases_alone() -> None:
    assert aliases([Task(one), Task(one, alias="one_0"), Task(one)]) == ["one_1", "one_0", "one_2"]


def test_unnamed_task_gives_way_to_an_explicit_alias() -> None:
    assert aliases([Task(one), Task(spare, alias="one")]) == ["one_0", "one"]


def test_predecessors_come_along_and_come_first() -> None:
    chain = Task(total, alias="c")(Task(total, alias="b")(Task(one, alias="a")))
    assert aliases(chain) == ["a", "b", "c"]


def test_diamond_keeps_both_branches() -> None:
    start = Task(one)
    sides = [Task(total, alias=name)(start) for name in ("left", "right")]
    assert aliases(Task(total, alias="end")(sides)) == ["one", "left", "right", "end"]


def test_long_chain_needs_no_recursion() -> None:
    last = Task(one, alias="t0")
    for index in range(1, 3_000):
        last = Task(total, alias=f"t{index}")(last)
    assert len(aliases(last)) == 3_000


def test_tasks_of_one_function_share_a_module() -> None:
    graph = compiled([Task(one), Task(one)]).graph
    assert graph.modules["one_0"] is graph.modules["one_1"]


def test_edge_carries_the_line_that_drew_it() -> None:
    [edge] = compiled(Task(total)(Task(one))).graph.into["total"]["one"]
    assert edge.span is not None
    assert edge.span.file == __file__


@pytest.mark.parametrize("returned", [None, 3, "text", [], [1], ["a"], [None]])
def test_anything_but_tasks_is_refused(returned: Any) -> None:
    assert codes(lambda: returned) == ["SW103"]


def test_an_execute_that_returns_nothing_is_found_at_its_name() -> None:
    class Silent(Swarm):
        def execute(self) -> Any:
            Task(len)

    (found,) = compile_swarm(Silent(), TWO).diagnostics
    assert found.code == "SW103"
    assert "def execute(self) -> Any:\n" in report.full([found])
    assert report.full([found]).splitlines()[2].strip() == "^" * len("execute")


def test_error_in_execute_is_found_at_the_users_line() -> None:
    class Broken(Swarm):
        def execute(self) -> Task:
            raise LookupError("no such thing")

    (found,) = compile_swarm(Broken(), TWO).diagnostics
    assert found.code == "SW001"
    assert "no such thing" in found.message
    assert found.primary is not None
    assert found.primary.file == __file__


def test_swarm_without_execute_is_told_to_define_it() -> None:
    class Empty(Swarm):
        pass

    (found,) = compile_swarm(Empty(), TWO).diagnostics
    assert "must define execute()" in found.message
    assert found.primary is not None
    assert found.primary.file == __file__


def test_value_that_is_no_program_is_refused_once() -> None:
    assert codes([Task(42), Task(42)]) == ["SW204"]
    assert codes(Task(Module())) == ["SW204"]
