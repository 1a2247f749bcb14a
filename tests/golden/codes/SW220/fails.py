from __future__ import annotations

from dataclasses import dataclass

from swarmdsl import Swarm, Task


@dataclass
class Point:
    x: int


def find() -> Point:
    return Point(1)


def show(point: object) -> None:
    assert point


class Example(Swarm):
    def execute(self) -> Task:
        return Task(show, "any")(Task(find, "any"))
