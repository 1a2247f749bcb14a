"""A swarm that stops at gates: how tests hold a daemon in a phase for as long as they like.

A gate is a pair of named pipes in the folder that the environment calls GATES. Code that reaches
the gate writes its process id to `<name>.arrived`, and goes on once somebody has opened `<name>`.
A gate that is not there, or no longer, stops nobody.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from swarmdsl import Daemon, Swarm, Task, module, on


def pass_gate(name: str) -> None:
    """Announce this process at a gate, and wait until it is opened."""
    folder = os.environ.get("GATES")
    if folder and Path(folder, name).exists():
        Path(folder, f"{name}.arrived").write_text(f"{os.getpid()}\n", "utf-8")
        with suppress(FileNotFoundError):  # It was taken away just now.
            Path(folder, name).read_bytes()


def note(name: str) -> None:
    """Leave this process's id where the test finds it."""
    folder = os.environ.get("GATES")
    if folder:
        Path(folder, f"{name}.{os.getpid()}.pid").touch()


note("imported")


@module
def first() -> int:
    """Push one number."""
    note("first")
    pass_gate("first")
    return 1


class Slow(Daemon):
    """Takes its time to start and to handle."""

    def __init__(self) -> None:
        pass_gate("starting")

    @on
    def take(self, value: int) -> int:
        """Pass a number on."""
        pass_gate("take")
        return value


@module
def apart() -> None:
    """Keep the round open."""
    pass_gate("apart")


class Gated(Swarm):
    """Three tasks on three nodes: one pushes to the second, the third has nothing to do with them.

    Where there is no environment of that name, nothing is held.
    """

    def execute(self) -> list[Task]:
        """The graph."""
        pushes = Task(first, method="any", specified_ids=["node1"], alias="first")
        takes = Task(Slow, method="any", specified_ids=["node2"], alias="slow")
        stays = Task(apart, method="any", specified_ids=["node3"], alias="apart")
        return [takes(pushes), stays]
