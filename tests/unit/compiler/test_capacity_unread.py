"""Rates and times of which nothing can come: one finding for one thing that is missing."""

from __future__ import annotations

from collections.abc import Iterator

from swarmdsl.compiler.diagnostics import Diagnostic
from swarmdsl.dsl import Condition, Rate, Task
from tests.unit.compiler.building import compiled


def slices() -> Iterator[int]:
    yield from range(10)


def transform(number: int) -> int:
    return number + 1


def one() -> int:
    return 1


def chain(source: Task, *middle: Task) -> list[Diagnostic]:
    """What is found about tasks that each work on what the one before pushes."""
    for task in middle:
        source = task(source, Condition.RESULT)
    return list(compiled(source).diagnostics)


def working(alias: str, **options: float) -> Task:
    return Task(transform, "any", alias=alias, **options)  # type: ignore[arg-type]


def test_a_rate_that_several_tasks_wait_for_is_missed_once() -> None:
    workers = [working(f"worker_{number}", service_time=0.1) for number in range(5)]
    [found] = chain(Task(slices, "any"), *workers)
    assert found.code == "SW706"
    assert found.message.startswith("worker_0 has service_time=0.1, worker_1 has service_time=0.1")
    assert found.message.endswith(", and so on 2 more, but nobody says how fast slices pushes")
    assert found.related[0].text == "slices has no rate="
    assert "rate=10" in found.hint


def test_two_sources_that_say_nothing_are_two_findings() -> None:
    workers = [
        working(f"worker_{name}", service_time=0.1)(
            Task(slices, "any", alias=name), Condition.RESULT
        )
        for name in "ab"
    ]
    assert [one.code for one in compiled(workers).diagnostics] == ["SW706"] * 2


def test_a_rate_at_the_wrong_task_is_told_once_and_where_it_belongs() -> None:
    first, second = working("first", rate=7.5, service_time=1.0), working("second", service_time=1)
    [found] = chain(Task(slices, "any"), first, second)
    assert found.message.startswith("first has rate=7.5, but it is no source")
    assert found.hint == "give rate=7.5 to slices instead"


def test_remedy_makes_the_finding_go() -> None:
    workers = [working(name, service_time=0.01) for name in ("a", "b")]
    assert chain(Task(slices, "any", rate=Rate(10)), *workers) == []


def test_what_comes_of_one_value_a_round_has_no_rate_to_ask_for() -> None:
    [found] = chain(Task(one, "any"), working("worker", service_time=0.1))
    assert "one pushes one value in a round" in found.message
    assert found.hint == "leave service_time= out"


def test_what_nothing_comes_to_is_not_blamed_on_the_source() -> None:
    silent = working("silent", yields_per_input=0)
    [found] = chain(Task(slices, "any", rate=1), silent, working("worker", service_time=0.1))
    assert found.message.endswith("nothing comes to it: silent has yields_per_input=0")
