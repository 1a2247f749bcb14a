"""A swarm whose network is made worse: what it comes to tells whether each push came once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from swarmdsl import Daemon, Limits, Swarm, Task, on

PUSHES = 3_000
PUSH_BYTES = 1_000


class Pages(Daemon):
    """Pushes pages, no two of which are alike."""

    def produce(self) -> Iterator[bytes]:
        for number in range(PUSHES):
            yield hashlib.shake_128(number.to_bytes(4, "big")).digest(PUSH_BYTES)


class Binder(Daemon):
    """Takes pages: its result depends on each of them, and on their order."""

    def on_start(self) -> None:
        self.book = hashlib.sha256()
        self.pages = 0

    @on
    def bind(self, page: bytes) -> None:
        self.book.update(page)
        self.pages += 1

    def on_round_end(self) -> str:
        return f"{self.pages} {self.book.hexdigest()}"


class Printing(Swarm):
    """Pages are pushed from one node to another."""

    limits = Limits(inbox_messages=256, batch_messages=16, statistics_every_s=0.2)

    def execute(self) -> Task:
        pages = Task(Pages, method="fixed", specified_ids=["node1"], alias="pages")
        return Task(Binder, method="fixed", specified_ids=["node2"], alias="binder")(pages)


class Impatient(Printing):
    """Its daemons do not go on for long without their controller."""

    limits = Limits(inbox_messages=256, batch_messages=16, statistics_every_s=0.2, lease_s=2.0)
