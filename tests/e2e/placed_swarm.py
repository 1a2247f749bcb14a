"""A swarm that tells where its tasks are."""

from __future__ import annotations

from swarmdsl import Swarm, Task
from swarmdsl.light import Local


def everywhere(local: Local) -> str:
    return local.node


def packed(local: Local) -> str:
    return local.node


def told(everywhere: list[str], packed: list[str]) -> dict[str, list[str]]:
    """Where they are, by task."""
    return {"everywhere": sorted(everywhere), "packed": packed}


class Placed(Swarm):
    """One task on all nodes, and two that are packed."""

    def execute(self) -> Task:
        both = [Task(packed, "any", alias=f"packed{i}", strategy="vertical") for i in range(2)]
        return Task(told, "any")([Task(everywhere, "all"), *both])
