"""What user's code pushed and was given, and what the run says of it: per link, in numbers."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

from swarmdsl.control.happenings import Happening, IrregularitiesCounted, RoundStarted
from swarmdsl.daemon.wiring import DEALT
from swarmdsl.topology.model import LinkSpec, Topology

NEVER = ("garbage", "unsent", "times_full", "handshakes_failed", "strangers_refused")
"""Irregularities that no fault of a simulation can cause."""


class Accounts:
    """The numbers of one simulation.

    Args:
        topology: as executed.

    Attributes:
        given: values that user's code was given, by link.
    """

    def __init__(self, topology: Topology) -> None:
        self.given: Counter[int] = Counter()
        self._topology = topology
        self._pushed: Counter[tuple[str, int]] = Counter()
        self._instances: dict[int, dict[str, int]] = defaultdict(dict)
        # Who takes part in a round may remain untold, if the controller dies.
        self._counts_of = {task.alias: task.count for task in topology.tasks}
        self._missed: dict[str, Counter[str]] = defaultdict(Counter)
        self._counts: Counter[str] = Counter()

    def push(self, alias: str, round_number: int) -> None:
        """A task's code has pushed a value."""
        self._pushed[alias, round_number] += 1

    def __call__(self, happening: Happening) -> None:
        """Hear what an observer of the run is told."""
        match happening:
            case RoundStarted(round=number, instances=instances):
                self._instances[number].update(instances)
            case IrregularitiesCounted(counts=counts, links=links):
                self._counts.update(counts)
                for name, of_link in links.items():
                    self._missed[name].update(of_link)
            case _:
                pass

    def pushed(self, link: LinkSpec) -> int:
        """How many pushes a link should have carried: one for each value and each receiver."""
        return sum(
            count * self._receivers(link, number)
            for (alias, number), count in self._pushed.items()
            if alias == link.source
        )

    def _receivers(self, link: LinkSpec, number: int) -> int:
        if link.policy in (*DEALT, "pair"):
            return 1
        return self._instances[number].get(link.destination, self._counts_of[link.destination])

    def missed(self, link: LinkSpec) -> int:
        """How many pushes of a link the run says were dropped or lost."""
        counts = self._missed[f"{link.source} -> {link.destination}"]
        return counts["dropped"] + counts["lost"] + counts["orphaned"]

    def spilled(self) -> int:
        """How many pushes the run says went to disk."""
        return sum(counts["spilled"] for counts in self._missed.values())

    def impossible(self) -> Iterator[str]:
        """Irregularities that were counted and cannot be."""
        for name in NEVER:
            if self._counts[name]:
                yield f"{self._counts[name]} times {name}"

    def countable(self) -> Iterator[tuple[int, LinkSpec]]:
        """The links that deliver at most once and of which each push can be told apart.

        What a function gathers comes as a list; and where a task pushes several types, only the
        product knows which link takes a value.
        """
        daemons = {one.name for one in self._topology.modules if one.kind == "daemon"}
        single = {task.alias for task in self._topology.tasks if task.module in daemons}
        for index, link in enumerate(self._topology.links):
            one_by_one = link.destination in single or link.condition == "result"
            if link.delivery == "at_most_once" and one_by_one and self._is_alone(link):
                yield index, link

    def _is_alone(self, link: LinkSpec) -> bool:
        others = [one for one in self._topology.links if one.source == link.source and one.type]
        ways = [(one.source, one.destination) for one in others]
        return {one.type for one in others} == {link.type} and len(set(ways)) == len(ways)
