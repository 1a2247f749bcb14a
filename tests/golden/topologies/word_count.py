"""Counts words: mappers with a constant each, and a reducer that gathers."""

from __future__ import annotations

from collections import Counter

from swarmdsl import Swarm, Task, module

CHUNKS = [["a rose is", "a rose"], ["is a", "rose"]]


@module
def count(lines: list[str]) -> dict[str, int]:
    """Word counts of some lines."""
    return Counter(" ".join(lines).split())


@module
def merge(counts: list[dict[str, int]]) -> dict[str, int]:
    """All counts added up."""
    return sum((Counter(one) for one in counts), Counter())


class WordCount(Swarm):
    """Map, then reduce."""

    def execute(self) -> Task:
        """One mapper per chunk."""
        mappers = [
            Task(count, alias=f"mapper_{i}", inputs={"lines": chunk})
            for i, chunk in enumerate(CHUNKS)
        ]
        return Task(merge, method="any", alias="reducer")(mappers)
