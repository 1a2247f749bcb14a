from __future__ import annotations

import threading

from swarmdsl import Swarm, Task


class Example(Swarm):
    def execute(self) -> Task:
        shared = {"lock": threading.Lock(), "seed": 1}

        def number() -> int:
            return len(shared)

        return Task(number, "any")
