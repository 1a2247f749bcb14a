from __future__ import annotations

from dataclasses import dataclass

from swarmdsl import Swarm, Task


@dataclass
class Circle:
    radius: float


@dataclass
class Square:
    side: float


def draw() -> Circle | Square:
    return Circle(1.0)


def show(shape: Circle | Square) -> None:
    assert shape is not None


class Example(Swarm):
    def execute(self) -> Task:
        return Task(show, "any")(Task(draw, "any"))
