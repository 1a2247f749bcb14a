from __future__ import annotations

from collections.abc import AsyncIterator

from swarmdsl import Daemon, Swarm, Task, on


def numbers() -> int:  # type: ignore[misc]
    yield 1


async def pages() -> list[str]:  # type: ignore[misc]
    yield "a"


class Double(Daemon):
    @on
    def double(self, number: int) -> dict[str, int]:  # type: ignore[misc]
        yield {"double": 2 * number}

    @on
    async def show(self, page: str) -> AsyncIterator[str]:
        yield page


class Example(Swarm):
    def execute(self) -> Task:
        return Task(Double, "any")([Task(numbers, "any"), Task(pages, "any")])
