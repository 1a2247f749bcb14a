"""MapReduce over real text: the words of the Python standard library's own sources.

Some hundred files are shared out among mappers, each of which reads its own; a reducer adds up what
they counted. The same is then counted by a plain loop in this process, and the two must agree.

python examples/wordcount.py
swarm run examples/wordcount.py --nodes 2
"""

from __future__ import annotations

import re
import sys
import sysconfig
import time
from collections import Counter
from pathlib import Path

from swarmdsl import Swarm, Task, module

MAPPERS = 4
WORD = re.compile(r"[a-z_]{2,}")


def sources() -> list[Path]:
    """The modules at the top of the standard library, the same list in every process."""
    return sorted(Path(sysconfig.get_path("stdlib")).glob("*.py"))


def words_of(files: list[Path]) -> dict[str, int]:
    """How often each word occurs in these files."""
    counts: Counter[str] = Counter()
    for file in files:
        counts.update(WORD.findall(file.read_text("utf-8", errors="replace").lower()))
    return dict(counts)


@module
def count(mapper: int) -> dict[str, int]:
    """The words of one mapper's share of the files."""
    return words_of(sources()[mapper::MAPPERS])


@module
def merge(counts: list[dict[str, int]]) -> dict[str, int]:
    """The sum of several counts."""
    total: Counter[str] = Counter()
    for each in counts:
        total.update(each)
    return dict(total)


class StandardLibrary(Swarm):
    """Count the words of the standard library, a share of its files per mapper."""

    def execute(self) -> Task:
        mappers = [
            Task(count, alias=f"mapper_{i}", inputs={"mapper": i}, retries=1, timeout=300.0)
            for i in range(MAPPERS)
        ]
        return Task(merge, method="any", alias="reducer")(mappers)


def main() -> None:
    """Count twice, compare, and show the words that are there most often."""
    began_s = time.perf_counter()
    words = StandardLibrary().run().value
    took_s = time.perf_counter() - began_s
    plain = words_of(sources())
    if words != plain:
        sys.exit("the swarm and the plain loop have counted differently")
    for word in sorted(words, key=lambda each: (-words[each], each))[:5]:
        print(f"{words[word]:7,} {word}")
    print(
        f"{sum(words.values()):,} words in {len(sources())} files, as the plain loop counts them; "
        f"the swarm took {took_s:.1f} s"
    )


if __name__ == "__main__":
    main()
