from __future__ import annotations

from swarmdsl import Swarm, Task
from swarmdsl.light import secret


def fetch() -> int:
    return len(secret("hospital_token"))


class Example(Swarm):
    def execute(self) -> Task:
        return Task(fetch, "any", secrets=["hospital_token"])
