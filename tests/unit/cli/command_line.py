"""What the tests of the verbs share: a swarm to work on, and what a command line leaves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

WORDS = """
    from swarmdsl import Swarm, Task, module

    @module
    def count(text: str) -> int:
        return len(text.split())

    @module
    def add(counts: list[int]) -> int:
        return sum(counts)

    class WordCount(Swarm):
        def execute(self):
            mappers = [Task(count, alias=f"mapper_{i}", inputs={"text": "a b"}) for i in range(2)]
            return Task(add, method="any", alias="reducer")(mappers)
"""


@dataclass(frozen=True)
class Ended:
    """What a command line left."""

    code: int
    out: str
    err: str


CommandLine = Callable[..., Ended]


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(dedent(text), encoding="utf-8")
    return path
