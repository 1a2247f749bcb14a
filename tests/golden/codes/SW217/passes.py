from __future__ import annotations

import threading

from swarmdsl import Swarm, Task


class Example(Swarm):
    def execute(self) -> Task:
        seed = 1

        def number() -> int:
            shared = {"lock": threading.Lock(), "seed": seed}
            return len(shared)

        return Task(number, "any")
