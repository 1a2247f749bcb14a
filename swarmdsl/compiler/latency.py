"""How long a push, and what comes of it, takes from its source to the end of its path: an estimate.

The latency of a path is the sum of its stages, each the mean wait (`queueing`) and the declared
service time. A path ends where a gather begins: what is gathered waits for its round. What is
not declared is not in it: the network, packing, bursts, and tasks without a service time.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from swarmdsl.compiler.capacity import Capacity, Load
from swarmdsl.compiler.queueing import mean_wait


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One task of a path: how long a push waits for it, and how long it is worked on."""

    alias: str
    wait: float = 0.0
    work: float = 0.0

    @property
    def seconds(self) -> float:
        """Both together."""
        return self.wait + self.work


def stage(load: Load) -> Stage:
    """What a task adds to the latency of each path through it; nothing if it declares no time.

    >>> stage(Load(alias="merge", instances=2, everywhere=5.0, service_time=0.1)).wait
    0.1
    """
    if not load.service_time or not load.total:
        return Stage(alias=load.alias)
    common = load.balanced
    wait = mean_wait(
        arrival=load.total if common else load.arrival,
        service_time=load.service_time,
        servers=load.instances if common else 1,
    )
    return Stage(alias=load.alias, wait=wait, work=load.service_time)


def slowest_path(capacity: Capacity) -> tuple[Stage, ...]:
    """The path with the largest latency, from its source; empty if no pushes come at a known rate.

    Of equally slow ones it is the longest, and of those the one declared first.
    """
    before: dict[str, str] = {}
    total: dict[str, tuple[float, int]] = {}  # seconds from a source to the end of a task; stages
    for alias, load in capacity.loads.items():
        sources = [one.source for one in capacity.into(alias)]
        if sources:
            before[alias] = max(sources, key=lambda name: total.get(name, (0.0, 1)))
            seconds, stages = total.get(before[alias], (0.0, 1))
            total[alias] = (seconds + stage(load).seconds, stages + 1)
    if not total:
        return ()
    aliases = [max(total, key=lambda name: total[name])]
    while aliases[-1] in before:
        aliases.append(before[aliases[-1]])
    return tuple(stage(capacity.loads[alias]) for alias in reversed(aliases))


def seconds_of(path: Sequence[Stage]) -> float:
    """The latency of a path."""
    return math.fsum(one.seconds for one in path)


def instances_for(load: Load, seconds: float) -> int | None:
    """The fewest instances with which a task adds no more than so many seconds, if any number does.

    More instances never make a push wait longer, so the answer is found by halving.
    """
    if load.service_time is None or not load.dealt or _wide(load, 2**16).seconds > seconds:
        return None
    low, high = 0, 1
    while _wide(load, high).seconds > seconds:
        low, high = high, high * 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if _wide(load, middle).seconds <= seconds else (middle, high)
    return high


def _wide(load: Load, instances: int) -> Stage:
    return stage(replace(load, instances=instances))
