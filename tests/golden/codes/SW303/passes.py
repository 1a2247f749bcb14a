from __future__ import annotations

from swarmdsl import Swarm, Task


def number() -> int:
    return 1


def show(value: int) -> None:
    assert value


class Example(Swarm):
    def execute(self) -> list[Task]:
        tasks = [Task(number, "maximum", maximum=given) for given in (0.5, 1.0, 1)]
        return [*tasks, Task(number, maximum=-1)]
