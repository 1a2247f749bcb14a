from __future__ import annotations

from swarmdsl import Inventory, Node, Swarm, Task
from swarmdsl.light import Daemon, on

INVENTORY = Inventory(nodes=(Node(name="a", gpus=1), Node(name="b", gpus=1)))


def images() -> int:
    return 1


class Detector(Daemon):
    @on
    def detect(self, image: int) -> int:
        return image


class Example(Swarm):
    def execute(self) -> list[Task]:
        source = Task(images, "any")
        wide = Task(Detector, alias="wide", gpu=True)(source)
        near = Task(Detector, "any", alias="near", gpu=False)(source)
        return [wide, near]
