from __future__ import annotations

from swarmdsl import Limits, Swarm, Task


def number() -> int:
    return 1


class Example(Swarm):
    limits = Limits(inbox_messages=64, call_timeout_s=120)

    def execute(self) -> Task:
        return Task(number, method="any")
