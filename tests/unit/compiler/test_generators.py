"""Generators whose annotation is no iterator, as the compiler tells them."""

from __future__ import annotations

from collections.abc import Iterator

from swarmdsl.dsl import Module, Task
from swarmdsl.light import Daemon, on
from tests.unit.compiler.building import codes, compiled


def numbers() -> int:  # type: ignore[misc]
    yield 1


def rows() -> list[int]:  # type: ignore[misc]
    yield 1


def total(numbers: list[int]) -> int:
    return sum(numbers)


class Ticks(Daemon):
    def produce(self) -> int:  # type: ignore[misc]
        yield 1


class Silent(Daemon):
    @on
    def take(self, number: int) -> None:
        """Pushes nothing."""

    def helper(self) -> int:  # type: ignore[misc]
        yield 1


def test_a_generator_that_says_it_gives_a_number_is_told_at_its_def() -> None:
    [found] = compiled(Task(total, "any")(Task(numbers, "any"))).diagnostics
    assert (found.code, found.severity) == ("SW222", "error")
    assert found.message == "numbers yields, but says -> int"
    assert found.hint == "write -> Iterator[int]"
    assert found.primary is not None
    assert found.primary.line == numbers.__code__.co_firstlineno


def test_a_generator_that_says_it_gives_a_list_is_told_both_ways_to_mean_it() -> None:
    [found] = compiled(Task(total, "any")(Task(rows, "any"))).diagnostics
    assert found.hint == "write -> Iterator[int]; or -> Iterator[list[int]], if each value is such"


def test_what_a_source_produces_is_told_with_its_method() -> None:
    [found] = compiled(Task(total, "any")(Task(Ticks, "any"))).diagnostics
    assert found.message == "Ticks.produce yields, but says -> int"


def test_a_function_of_several_tasks_is_told_once() -> None:
    sources = [Task(Module(numbers, name=f"n{n}"), "any") for n in range(2)]
    assert codes(Task(total, "any")(sources)) == ["SW222"]


def test_a_method_that_pushes_nothing_may_say_what_it_likes() -> None:
    def counted() -> Iterator[int]:
        yield 1

    assert codes(Task(Silent, "any")(Task(counted, "any"))) == []
