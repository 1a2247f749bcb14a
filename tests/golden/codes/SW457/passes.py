from __future__ import annotations

import subprocess

from swarmdsl import Swarm, Task


def count(line: str) -> int:
    command = ["./count", "--fast", line]
    return int(subprocess.check_output(command))


class Example(Swarm):
    def execute(self) -> Task:
        return Task(count, inputs={"line": "one two"})
