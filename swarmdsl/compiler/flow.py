"""How pushes spread over a graph: in the long run, and in one round."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from swarmdsl.compiler.declared_capacity import rate_of
from swarmdsl.compiler.draft import Draft
from swarmdsl.compiler.multiplicity import is_each
from swarmdsl.compiler.place import Eligible, count_of
from swarmdsl.dsl import Module, Task


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """Pushes of one instance, or on one channel.

    Attributes:
        per_second: in the long run.
        per_round: in one round; infinite if nobody said how long the source pushes.
        burst: the most at once.
    """

    per_second: float = 0.0
    per_round: float = 0.0
    burst: float = 0.0

    def shared_by(self, instances: int) -> Flow:
        """The even share of one of so many instances."""
        return Flow(
            per_second=self.per_second / instances,
            per_round=self.per_round / instances,
            burst=self.burst / instances,
        )


NOTHING = Flow()


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """What goes from each instance of one task to each of another.

    Attributes:
        source: alias of the task that pushes.
        destination: alias of the task that receives.
        dealt: whether the instances share the pushes, by `balance` or `key`, so that more of them
            get less each.
        balanced: whether the one with the least to do gets the next push.
        paired: whether each instance gets what the one beside it pushes.
        gathered: whether they are gathered until the round ends, instead of worked on one by one.
        flow: on one channel.
        senders: how many channels lead to one instance of the destination.
        receivers: how many instances the destination has.
    """

    source: str
    destination: str
    dealt: bool
    balanced: bool
    paired: bool
    gathered: bool
    flow: Flow
    senders: int
    receivers: int

    @property
    def into_one(self) -> float:
        """Pushes per second that one instance of the destination gets over all its channels."""
        return self.flow.per_second * self.senders

    @property
    def distinct(self) -> float:
        """Pushes per second, each counted once, however many instances get it."""
        each_its_own = self.receivers if self.dealt or self.paired else 1
        return self.into_one * each_its_own

    @property
    def streams(self) -> bool:
        """Whether its pushes are worked on one by one, at a known rate."""
        return not self.gathered and self.flow.per_second > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Width:
    """How many instances a task has, and the nodes that may host one each."""

    instances: int
    hosts: tuple[str, ...]


def width_of(draft: Draft, alias: str, eligible_for: Callable[[Task, Module], Eligible]) -> Width:
    """How wide a well declared task is: one instance on each of its nodes."""
    task = draft.task(alias)
    nodes, _ = eligible_for(task, draft.module(alias))
    hosts = tuple(node.name for node in nodes)
    return Width(instances=count_of(task, len(hosts)), hosts=hosts)


def streams_into(draft: Draft, alias: str) -> list[str]:
    """The sources whose pushes a task works on one by one."""
    return [one for one in draft.graph.predecessors(alias) if is_one_by_one(draft, one, alias)]


def is_one_by_one(draft: Draft, source: str, destination: str) -> bool:
    """Whether the pushes of an edge are worked on as they come: a gather ends a stream."""
    if not draft.interfaces[source].yields:
        return False
    each = is_each(draft.edge(source, destination))
    return each or draft.module(destination).kind == "daemon"


def is_source(draft: Draft, alias: str) -> bool:
    """Whether a task begins a stream: it pushes many values in a round, and gets none of them."""
    interface = draft.interfaces[alias]
    return interface.stream and bool(interface.yields) and not streams_into(draft, alias)


def pushed_by_source(draft: Draft, alias: str) -> Flow:
    """What one instance of a source pushes; nothing if no rate is declared."""
    rate = rate_of(draft.task(alias))
    if rate is None:
        return NOTHING
    per_round = math.inf if rate.lasts is None else rate.per_second * rate.lasts
    return Flow(per_second=float(rate.per_second), per_round=per_round, burst=float(rate.burst))


def pushed_by_handler(draft: Draft, alias: str, channels: Iterable[Channel]) -> Flow:
    """What one instance pushes for what comes to it on these channels.

    Work spreads a burst out, so what comes at once is what one push gives.
    """
    task = draft.task(alias)
    if not draft.interfaces[alias].yields:
        return NOTHING
    ratio = 1.0 if task.yields_per_input is None else float(task.yields_per_input)
    streams = [one for one in channels if one.streams]
    if not streams or not ratio:
        return NOTHING
    return Flow(
        per_second=ratio * sum(one.into_one for one in streams),
        per_round=ratio * sum(one.flow.per_round * one.senders for one in streams),
        burst=math.ceil(ratio),
    )


def channel(draft: Draft, ends: tuple[str, str], pushed: Flow, widths: tuple[int, int]) -> Channel:
    """What an edge carries, if each instance of its source pushes this; `widths` are of its ends.

    Every instance gets every push (`broadcast`), its share (`balance`, and `key`, whose keys are
    taken to be spread evenly), or what the instance beside it pushes (`pair`).
    """
    source, destination = ends
    policy = draft.edge(source, destination).policy
    dealt = policy in ("balance", "key")
    senders, receivers = widths
    return Channel(
        source=source,
        destination=destination,
        dealt=dealt,
        balanced=policy == "balance",
        paired=policy == "pair",
        gathered=not is_one_by_one(draft, source, destination),
        flow=pushed.shared_by(receivers) if dealt else pushed,
        senders=1 if policy == "pair" else senders,
        receivers=receivers,
    )
