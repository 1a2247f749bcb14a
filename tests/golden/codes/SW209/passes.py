from __future__ import annotations

from dataclasses import dataclass

from swarmdsl import Daemon, Swarm, Task, on


@dataclass
class Circle:
    radius: float


@dataclass
class Square:
    side: float


def draw() -> Circle | Square:
    return Circle(1.0)


class Show(Daemon):
    @on
    def circle(self, shape: Circle) -> None:
        assert shape.radius

    @on
    def square(self, shape: Square) -> None:
        assert shape.side


class Example(Swarm):
    def execute(self) -> Task:
        return Task(Show, "any")(Task(draw, "any"))
