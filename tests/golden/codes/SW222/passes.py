from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

from swarmdsl import Daemon, Swarm, Task, on


def numbers() -> Iterator[int]:
    yield 1


async def pages() -> AsyncIterator[str]:
    yield "a"


class Double(Daemon):
    @on
    def double(self, number: int) -> Iterator[dict[str, int]]:
        yield {"double": 2 * number}

    @on
    async def show(self, page: str) -> AsyncIterator[str]:
        yield page


class Example(Swarm):
    def execute(self) -> Task:
        return Task(Double, "any")([Task(numbers, "any"), Task(pages, "any")])
