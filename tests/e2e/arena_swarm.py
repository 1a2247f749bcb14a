"""Arrays from one process to others, which can be killed from outside.

Each array is full of its number. Who dies, and at which array, is said by the folder ARENA:
`NAME.dies` holds the number.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from swarmdsl import Daemon, Limits, Swarm, Task, on

Array = NDArray[np.int64]
ARRAYS = 200
ITEMS = 32 * 1024  # a quarter of a MiB
ROOM = 16  # arrays in the arena


def folder() -> Path:
    return Path(os.environ["ARENA"])


def die_once(name: str, number: int) -> None:
    """End this process as the kernel does when memory is short, if it is to, and has not yet."""
    told = folder() / f"{name}.dies"
    if told.exists() and int(told.read_text("utf-8")) == number:
        told.unlink()  # its next process lives
        os.kill(os.getpid(), signal.SIGKILL)


class Images(Daemon):
    """A source that can be asked again."""

    def __init__(self) -> None:
        self.next = 0

    def position(self) -> int:
        return self.next

    def seek(self, position: int) -> None:
        self.next = position

    def produce(self) -> Iterator[Array]:
        while self.next < ARRAYS:
            number = self.next
            die_once("images", number)
            self.next += 1
            yield np.full(ITEMS, number)


class Reader(Daemon):
    """Looks at each array; tells in the end how many it has seen, and whether all were whole."""

    keeps = 0

    def __init__(self) -> None:
        self.seen: set[int] = set()
        self.kept: list[Array] = []
        self.whole = self.in_arena = True
        self.shared = 0

    def snapshot(self) -> dict[str, object]:
        return {"seen": sorted(self.seen), "whole": self.whole, "shared": self.shared}

    def restore(self, state: dict[str, object]) -> None:
        self.seen = {*state["seen"]}  # type: ignore[misc]
        self.whole = bool(state["whole"])
        self.shared = int(state["shared"])  # type: ignore[call-overload]

    @on
    def look(self, array: Array) -> None:
        number = int(array[0])
        die_once(type(self).__name__, number)
        self.seen.add(number)
        self.kept.append(array)
        self.whole &= all(bool((one == one[0]).all()) for one in self.kept)
        self.whole &= not array.flags.writeable
        self.shared += "memfd:swarm-arena" in Path("/proc/self/maps").read_text("utf-8")
        del self.kept[: -self.keeps or None]

    def on_round_end(self) -> dict[str, int]:
        kept = len({int(one[0]) for one in self.kept})
        return {
            "seen": len(self.seen),
            "whole": int(self.whole),
            "shared": self.shared,
            "kept": kept,
        }


class Hoarder(Reader):
    """Keeps more than the arena holds."""

    keeps = 3 * ROOM


def told(reader: list[dict[str, int]], hoarder: list[dict[str, int]]) -> list[dict[str, int]]:
    return [reader[-1], hoarder[-1]]


class Arena(Swarm):
    """A source and two who read from it."""

    limits = Limits(arena_bytes=(ROOM + 1) * ITEMS * 8, snapshot_every_s=0.05)

    def execute(self) -> Task:
        images = Task(Images, method="any", alias="images")
        reader = Task(Reader, method="any", alias="reader")(images)
        hoarder = Task(Hoarder, method="any", alias="hoarder")(images)
        return Task(told, method="any")([reader, hoarder])
