"""Daemon modules that answer calls, as the compiler sees them."""

from __future__ import annotations

from swarmdsl import Daemon, Swarm, Task, call, every, on
from swarmdsl.light import World


class Asked(Daemon):
    """Nothing is pushed to it."""

    @call
    def get(self, world: World, key: str) -> int:
        return len(key)


class Idle(Daemon):
    def get(self, key: str) -> int:
        return len(key)


class Both(Daemon):
    @call
    @on
    def add(self, value: int) -> int:
        return value

    @every(seconds=1)
    @call
    def flush(self) -> int:
        return 1


def number() -> int:
    return 1


def codes(task: Task) -> list[str]:
    class Made(Swarm):
        def execute(self) -> Task:
            return task

    return [one.code for one in Made().check()]


def test_a_daemon_that_answers_calls_needs_no_pushes() -> None:
    assert codes(Task(Asked, "any")) == []
    assert codes(Task(Idle, "any")) == ["SW107"]


def test_a_method_is_pushed_to_or_called_and_not_both() -> None:
    assert codes(Task(Both, "any")(Task(number, "any"))) == ["SW208", "SW208"]
