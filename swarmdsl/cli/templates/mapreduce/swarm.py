"""MapReduce: which words are the most frequent in the files of a folder?

Each file is read by a task of its own, wherever there is room. The words are dealt to the
reducers by their first letter, so that each word is added up in one place.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from swarmdsl import Swarm, Task

FOLDER = Path(__file__).with_name("texts")
REDUCERS = 2
TOP = 5


@dataclass(frozen=True)
class Counted:
    """How often a word is in a file, or in all of them."""

    letter: str
    word: str
    count: int


def words(path: str) -> Iterator[Counted]:
    """Map: each word of a file, once, with how often it is there."""
    counts = Counter(Path(path).read_text(encoding="utf-8").lower().split())
    for word, count in sorted(counts.items()):
        yield Counted(word[0], word, count)


def add_up(counted: list[Counted]) -> Iterator[Counted]:
    """Reduce: all that was dealt to this instance, each word once.

    A function gets its inputs whole. If a process dies they come again, and no word counts twice.
    """
    sums = Counter[str]()
    for one in counted:
        sums[one.word] += one.count
    for word, count in sorted(sums.items()):
        yield Counted(word[0], word, count)


def best(counted: list[Counted]) -> list[tuple[str, int]]:
    """The most frequent words of all reducers; of equal ones the first in the alphabet."""
    ordered = sorted(counted, key=lambda one: (-one.count, one.word))
    return [(one.word, one.count) for one in ordered[:TOP]]


class WordCount(Swarm):
    """A task for each file, some reducers, and one that asks them for the best."""

    def execute(self) -> Task:
        """The graph."""
        files = sorted(FOLDER.glob("*.txt"))
        mappers = [Task(words, alias=one.stem, inputs={"path": str(one)}) for one in files]
        reducers = Task(add_up, method="maximum", maximum=REDUCERS, alias="reducers")
        return Task(best, method="any")(reducers(mappers, key="letter"))
