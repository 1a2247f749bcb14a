"""A worker with many instances looks for garbage less often, and one with few as Python does."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest

from swarmdsl import Inventory, Node, Swarm, Task
from swarmdsl.daemon.garbage import CONTAINERS_PER_INSTANCE

pytestmark = pytest.mark.e2e

ONE_WORKER = Inventory(nodes=(Node(name="node1", slots=1),))


def threshold() -> int:
    """After how many new containers this process looks for garbage."""
    return gc.get_threshold()[0]


def told(tasks: list[int]) -> list[int]:
    """What all said, each once."""
    return sorted({*tasks})


class Many(Swarm):
    """So many tasks, and one that gathers what they say."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self._count = count

    def execute(self) -> Task:
        tasks = [Task(threshold, method="any", alias=f"t{one}") for one in range(self._count)]
        return Task(told, method="any")(tasks)


@pytest.mark.parametrize("count", [3, 300])
def test_it_looks_after_some_containers_for_each_instance(count: int, tmp_path: Path) -> None:
    run = Many(count).run(ONE_WORKER, home=tmp_path)
    assert run.value == [max(gc.get_threshold()[0], CONTAINERS_PER_INSTANCE * (count + 1))]
