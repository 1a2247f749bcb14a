"""Swarms for containers of Compose: one loses a container, one is never done, one has a secret."""

from __future__ import annotations

import signal
from pathlib import Path

from swarmdsl import Module, Swarm, Task
from swarmdsl.light import secret

MARK = Path("/tmp/begun")  # stays when the container is started again


def outlives(number: int) -> int:
    """Be at work until the container is killed, and be done at once in its next life."""
    if not MARK.exists():
        MARK.write_text("once", "utf-8")
        while True:
            signal.pause()
    return number


def increased(number: int) -> int:
    return number + 1


class Outlives(Swarm):
    """A task whose container must be killed for its run to end."""

    def execute(self) -> Task:
        source = Task(
            outlives, method="any", specified_ids=["node1"], inputs={"number": 41}, retries=3
        )
        return Task(increased, method="any", specified_ids=["node2"])(source)


def endless() -> int:
    """Be at work for longer than any test looks."""
    MARK.write_text("once", "utf-8")
    while True:
        signal.pause()


class Endless(Swarm):
    """A run that goes on until somebody ends it."""

    def execute(self) -> Task:
        return Task(endless, method="any")


def copied() -> list[str]:
    """The secret a thousand times, so that it would be seen on its way."""
    return [secret("token")] * 1_000


def counted(copied: list[str]) -> tuple[int, int]:
    return len(copied), len(copied[0])


class Whispers(Swarm):
    """A secret is pushed from one node to another."""

    def execute(self) -> Task:
        source = Task(Module(copied, secrets=["token"]), method="any", specified_ids=["node1"])
        return Task(counted, method="any", specified_ids=["node2"])(source)
