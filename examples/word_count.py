"""MapReduce over the Zen of Python: four mappers count words, a reducer adds up what they counted.

python examples/word_count.py
swarm run examples/word_count.py
"""

from __future__ import annotations

import re
from collections import Counter

from swarmdsl import Swarm, Task, module

MAPPERS = 4
TEXT = """\
Beautiful is better than ugly.
Explicit is better than implicit.
Simple is better than complex.
Complex is better than complicated.
Flat is better than nested.
Sparse is better than dense.
Readability counts.
Special cases aren't special enough to break the rules.
Although practicality beats purity.
Errors should never pass silently.
Unless explicitly silenced.
In the face of ambiguity, refuse the temptation to guess.
There should be one-- and preferably only one --obvious way to do it.
Although that way may not be obvious at first unless you're Dutch.
Now is better than never.
Although never is often better than *right* now.
If the implementation is hard to explain, it's a bad idea.
If the implementation is easy to explain, it may be a good idea.
Namespaces are one honking great idea -- let's do more of those!
"""


@module
def count(lines: list[str]) -> dict[str, int]:
    """How often each word occurs in these lines."""
    return dict(Counter(word for line in lines for word in re.findall(r"[a-z']+", line.lower())))


@module
def merge(counts: list[dict[str, int]]) -> dict[str, int]:
    """The sum of several counts."""
    total: Counter[str] = Counter()
    for each in counts:
        total.update(each)
    return dict(total)


class WordCount(Swarm):
    """Count the words of a text, a few lines per mapper."""

    def execute(self) -> Task:
        lines = TEXT.splitlines()
        mappers = [
            Task(count, alias=f"mapper_{i}", inputs={"lines": lines[i::MAPPERS]})
            for i in range(MAPPERS)
        ]
        return Task(merge, method="any", alias="reducer")(mappers)


if __name__ == "__main__":
    words = WordCount().run().value
    for word in sorted(words, key=lambda each: (-words[each], each))[:5]:
        print(f"{words[word]:3} {word}")
