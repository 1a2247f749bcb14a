"""A round that uses up the credit of its channel, and a connection that breaks at any moment of it.

What is lost with the connection may be the word that gives credit for the next round.
"""

from __future__ import annotations

from collections.abc import Iterator

from swarmdsl import Limits, Swarm, Task
from swarmdsl.testing import Fault, FaultKind, simulate

CREDIT = 8
EACH = 4  # moments of the trace, one of which is tried


def numbers() -> Iterator[int]:
    yield from range(CREDIT)


def total(numbers: list[int]) -> int:
    return sum(numbers)


class FullRounds(Swarm):
    """From node to node, all that may be under way at once in each round."""

    limits = Limits(inbox_messages=CREDIT, steal_after_s=0.0)
    max_iteration = 4

    def execute(self) -> Task:
        source = Task(numbers, method="fixed", specified_ids=["node1"], alias="numbers")
        return Task(total, method="fixed", specified_ids=["node2"], alias="total")(source)


def test_no_round_waits_for_credit_that_was_lost_with_a_connection() -> None:
    quiet = simulate(FullRounds(), seed=3, nodes=2, faults=[])
    moments = sorted({float(line.split()[0]) for line in quiet.trace.lines()})
    cut = 0
    for at_s in moments[::EACH]:
        fault = Fault(
            at_s=at_s + 1e-6,
            kind=FaultKind.CUT,
            target="worker@node1#0",
            other="worker@node2#0",
        )
        cut += simulate(FullRounds(), seed=3, nodes=2, faults=[fault]).injected.total()
    assert cut > 10
