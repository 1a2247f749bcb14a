"""How many words some lines have: two tasks that count, and one that adds up."""

from swarmdsl import Swarm, Task

LINES = ["to be or not to be", "that is the question"]


def count(line: str) -> int:
    """How many words a line has."""
    return len(line.split())


def add(counts: list[int]) -> int:
    """The sum: a list, since it comes after several tasks."""
    return sum(counts)


class Words(Swarm):
    """A task for each line, and one after them all."""

    def execute(self) -> Task:
        """The graph: called once, when the swarm is compiled."""
        counters = [Task(count, inputs={"line": line}) for line in LINES]
        return Task(add, method="any")(counters)
