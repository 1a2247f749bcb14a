"""Which tasks are tried on another node after each failure."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from swarmdsl import Condition, Daemon, Swarm, Task, on


def read() -> Iterator[int]:
    yield from range(3)


def ask(read: list[int]) -> int:
    return sum(read)


def ask_one(read: int) -> int:
    return read


class Handle(Daemon):
    @on
    def take(self, read: int) -> int:
        return read


def is_retried_elsewhere(make: Callable[[], Task]) -> bool:
    class Made(Swarm):
        def execute(self) -> Task:
            return make()

    return Made().compile(3).require().tasks[-1].retries_elsewhere


def after_read(task: Task) -> Callable[[], Task]:
    return lambda: task(Task(read, "any"))


def test_one_with_retries_that_may_be_tried_on_several_nodes() -> None:
    assert is_retried_elsewhere(after_read(Task(ask, "any", maximum=2, retries=1)))


@pytest.mark.parametrize(
    "task",
    [
        Task(ask, "any", maximum=2),
        Task(ask, "any", retries=1),
        Task(ask, "any", maximum=1, retries=1),
        Task(ask, "any", maximum=2, retries=1, fixed=True),
        Task(ask, "any", maximum=2, retries=1, specified_ids=["node2"]),
        Task(ask, "maximum", maximum=2, retries=1),
        Task(Handle, "any", maximum=2),
    ],
    ids=["no retries", "no maximum", "one node", "fixed", "one candidate", "several", "daemon"],
)
def test_any_other_task_stays_where_it_is(task: Task) -> None:
    assert not is_retried_elsewhere(after_read(task))


def test_nor_one_whose_inputs_are_gone_when_they_have_been_used() -> None:
    def once() -> Task:
        return Task(ask, "any", maximum=2, retries=1)(Task(read, "any"), delivery="at_most_once")

    def for_each() -> Task:
        return Task(ask_one, "any", maximum=2, retries=1)(
            Task(read, "any"), condition=Condition.RESULT
        )

    assert not is_retried_elsewhere(once)
    assert not is_retried_elsewhere(for_each)
