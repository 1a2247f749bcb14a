"""Swarms for containers: one looks around, one loses processes, one takes memory."""

from __future__ import annotations

import mmap
import os
import signal
from pathlib import Path

from swarmdsl import Swarm, Task

SCRATCH = Path("/tmp")
MIB = 2**20
PAGE = b"x" * 4_096


def seen() -> dict[str, str]:
    """What a task can see of its container."""
    return {
        "user": str(os.getuid()),
        "environment": " ".join(sorted(os.environ)),
        "root": _written_to(Path("/swarm/here")),
        "scratch": _written_to(SCRATCH / "here"),
        "keys": oct(Path("/run/secrets/swarm-keys").stat().st_mode & 0o777),
    }


def _written_to(path: Path) -> str:
    try:
        path.write_text("here", "utf-8")
    except OSError as error:
        return type(error).__name__ + f" {error.errno}"
    return "written"


def tell(seen: list[dict[str, str]]) -> dict[str, str]:
    """What the other one saw."""
    return seen[0]


class LooksAround(Swarm):
    """On two nodes: what one sees is told by the other."""

    def execute(self) -> Task:
        source = Task(seen, method="fixed", specified_ids=["node1"])
        return Task(tell, method="fixed", specified_ids=["node2"])(source)


def planted(marker: str) -> list[str]:
    """A value that is known when it is seen."""
    return [marker] * 1_000


def counted(planted: list[str]) -> int:
    return len(planted)


class Plants(Swarm):
    """A marker is pushed from one node to another."""

    def execute(self) -> Task:
        given = {"marker": "a marker that nobody else writes"}
        source = Task(planted, method="any", specified_ids=["node1"], inputs=given)
        return Task(counted, method="any", specified_ids=["node2"])(source)


def falls(number: int) -> int:
    """End this process the first time; its container stays, and so does what it has written."""
    mark = SCRATCH / "fallen"
    if not mark.exists():
        mark.write_text("once", "utf-8")
        os.kill(os.getpid(), signal.SIGKILL)
    return number + 1


class Falls(Swarm):
    """A daemon that is killed in the midst of its work."""

    def execute(self) -> Task:
        return Task(falls, method="any", inputs={"number": 41}, retries=3)


def takes(mebibytes: int) -> int:
    """Take memory that no limit of a process counts: it may be shared with others."""
    memory = mmap.mmap(-1, mebibytes * MIB)
    for offset in range(0, len(memory), len(PAGE)):
        memory[offset : offset + len(PAGE)] = PAGE
    return len(memory)


class Takes(Swarm):
    """A task that takes more than its container may."""

    def execute(self) -> Task:
        given = {"mebibytes": 1_024}
        return Task(takes, method="any", inputs=given, resources={"memory": "64MiB"})


def waits() -> int:
    """Be at work for longer than any test looks."""
    print("at work", flush=True)
    while True:
        signal.pause()


class Waits(Swarm):
    """A run that goes on until somebody ends it."""

    def execute(self) -> Task:
        return Task(waits, method="any")
