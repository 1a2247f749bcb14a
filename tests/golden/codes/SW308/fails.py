from __future__ import annotations

from swarmdsl import Module, Swarm, Task

CODE = """
def main():
    return 1
"""
TRAINER = Module(CODE, name="trainer", resources={"cpus": 2, "gpu": -1})


class Example(Swarm):
    def execute(self) -> Task:
        return Task(TRAINER, resources={"cpu": "4 cores"})
