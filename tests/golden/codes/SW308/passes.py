from __future__ import annotations

from swarmdsl import Module, Swarm, Task

CODE = """
def main():
    return 1
"""
TRAINER = Module(CODE, name="trainer", resources={"cpu": 2, "gpu": 0})


class Example(Swarm):
    def execute(self) -> Task:
        return Task(TRAINER, resources={"cpu": 1})
