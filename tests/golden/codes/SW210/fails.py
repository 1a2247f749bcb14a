from __future__ import annotations

from pathlib import Path

from swarmdsl import Swarm, Task


def find() -> Path:
    return Path("notes.txt")


def show(name: Path) -> None:
    assert name is not None


class Example(Swarm):
    def execute(self) -> Task:
        return Task(show, "any")(Task(find, "any"))
