"""Word count: mappers of their own inputs, and a reducer."""

from __future__ import annotations

from collections import Counter

from swarmdsl import Swarm, Task

LINES = ["to be or not to be", "that is the question", "to sleep", "to dream"]


def count(line: str) -> dict[str, int]:
    return dict(sorted(Counter(line.split()).items()))


def merge(counts: list[dict[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for one in counts:
        total.update(one)
    return dict(sorted(total.items()))


class Words(Swarm):
    def execute(self) -> Task:
        mappers = [
            Task(count, alias=f"mapper_{number}", inputs={"line": line})
            for number, line in enumerate(LINES)
        ]
        return Task(merge, method="any", alias="reducer")(mappers)
