"""Whether a swarm can keep up with its sources: rates along the graph, and what they ask for.

Everything here is arithmetic on what the author declared; nothing is measured. Rates are those of
the long run: several sources add, `broadcast` gives each instance all of it, `balance` and `key` a
share, `pair` that of the instance beside it, and a gather ends a stream. An instance works on one
push at a time.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from swarmdsl.compiler.draft import Draft
from swarmdsl.compiler.flow import (
    NOTHING,
    Channel,
    Flow,
    Width,
    channel,
    is_source,
    pushed_by_handler,
    pushed_by_source,
    width_of,
)
from swarmdsl.compiler.place import eligibility

ROUNDING = 1e-9  # 0.1/s at 30 s each is 3 instances, not the 4 of its binary rounding


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What one task has to bear.

    Attributes:
        alias: of the task.
        instances: how many it has.
        hosts: the nodes of the inventory that may host one.
        everywhere: pushes per second that each instance gets, however many there are.
        distinct: pushes per second, each counted once, whoever gets it.
        dealt: pushes per second that the instances share.
        balanced: whether all of them are dealt to the instance with the least to do.
        service_time: seconds for one push; None if it was not declared.
        pushed: what one instance pushes.

    >>> slices = Load(alias="transform", instances=30, dealt=7.5, service_time=30.0)
    >>> slices.utilisation, slices.needed
    (7.5, 225)
    """

    alias: str
    instances: int
    hosts: tuple[str, ...] = ()
    everywhere: float = 0.0
    dealt: float = 0.0
    distinct: float = 0.0
    balanced: bool = False
    service_time: float | None = None
    pushed: Flow = NOTHING

    @property
    def arrival(self) -> float:
        """Pushes per second that one instance gets."""
        return self.everywhere + self.dealt / self.instances

    @property
    def total(self) -> float:
        """Pushes per second that all instances get together; one that all get counts for each."""
        return self.everywhere * self.instances + self.dealt

    @property
    def utilisation(self) -> float | None:
        """How much of its time an instance has to work: 1.0 is all; None if nobody can tell."""
        return None if self.service_time is None else self.arrival * self.service_time

    @property
    def overloaded(self) -> bool:
        """Whether more comes than it can ever work on."""
        return self.utilisation is not None and self.utilisation > 1 + ROUNDING

    @property
    def needed(self) -> int | None:
        """The fewest instances that keep up; None if no number of them does."""
        service_time = self.service_time or 0.0
        left = 1 - self.everywhere * service_time
        if left < -ROUNDING or (left <= ROUNDING and self.dealt):
            return None
        return whole(self.dealt * service_time / left) if self.dealt else 1

    @property
    def needed_if_dealt(self) -> int:
        """The fewest instances that keep up if every push went to only one of them."""
        return whole(self.distinct * (self.service_time or 0.0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Capacity:
    """What a swarm's declarations come to.

    Attributes:
        loads: of each task by alias, in the order of the graph.
        channels: what each edge carries, by the alias of its destination.
    """

    loads: Mapping[str, Load]
    channels: Mapping[str, tuple[Channel, ...]]

    @property
    def bottleneck(self) -> Load | None:
        """The task with the least time to spare; None if no load is known."""
        known = [load for load in self.loads.values() if load.utilisation]
        return max(known, key=lambda load: load.utilisation or 0.0, default=None)

    def into(self, alias: str) -> list[Channel]:
        """What reaches a task one by one at a known rate."""
        return [one for one in self.channels[alias] if one.streams]


def whole(instances: float) -> int:
    """So many instances, rounded up, and at least one.

    >>> whole(7.5 * 30), whole(510_000 * 20e-6), whole(3 * 0.1 / 0.1)
    (225, 11, 3)
    """
    return max(1, math.ceil(instances * (1 - ROUNDING)))


def capacity_of(draft: Draft) -> Capacity:
    """Work out the load of every task of a graph in which nothing is wrong.

    It takes the tasks in the order of the graph, in which what comes before stands before.
    """
    eligible_for = eligibility(draft.inventory)
    loads: dict[str, Load] = {}
    channels: dict[str, tuple[Channel, ...]] = {}
    for alias in draft.graph:
        width = width_of(draft, alias, eligible_for)
        into = tuple(
            channel(
                draft,
                (before.alias, alias),
                before.pushed,
                (before.instances, width.instances),
            )
            for before in map(loads.__getitem__, draft.graph.predecessors(alias))
        )
        channels[alias] = into
        if is_source(draft, alias):
            pushed = pushed_by_source(draft, alias)
        else:
            pushed = pushed_by_handler(draft, alias, into)
        loads[alias] = _load(draft, alias, width, into, pushed)
    return Capacity(loads=loads, channels=channels)


def _load(draft: Draft, alias: str, width: Width, into: Iterable[Channel], pushed: Flow) -> Load:
    streams = [one for one in into if one.streams]
    service_time = draft.task(alias).service_time
    return Load(
        alias=alias,
        instances=width.instances,
        hosts=width.hosts,
        everywhere=sum(one.into_one for one in streams if not one.dealt),
        dealt=sum(one.distinct for one in streams if one.dealt),
        distinct=sum(one.distinct for one in streams),
        balanced=bool(streams) and all(one.balanced for one in streams),
        service_time=None if service_time is None else float(service_time),
        pushed=pushed,
    )
