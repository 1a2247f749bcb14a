from __future__ import annotations

from swarmdsl import Swarm, Task


def number() -> int:
    return 1


def show(value: int) -> None:
    assert value


class Example(Swarm):
    def execute(self) -> list[Task]:
        tasks = [Task(number, "maximum", maximum=given) for given in (1.5, 0, True, -2, None)]
        return [*tasks, Task(number, maximum="3")]  # type: ignore[arg-type]
