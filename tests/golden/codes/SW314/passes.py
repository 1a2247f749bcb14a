from __future__ import annotations

from swarmdsl import Swarm, Task


def square(number: int) -> int:
    return number**2


class Example(Swarm):
    def execute(self) -> Task:
        return Task(square, method="any", inputs={"number": 3})
