from __future__ import annotations

from swarmdsl import Swarm, Task


def number() -> int:
    return 1


class Example(Swarm):
    def __init__(self) -> None:
        super().__init__(
            limits={
                "inbox_mesages": 64,
                "inbox_messages": 0,
                "unconfirmed_bytes": 1.5,
                "push_timeout_s": -1.0,
                "call_timeout_s": float("inf"),
            }
        )

    def execute(self) -> Task:
        return Task(number, method="any")
