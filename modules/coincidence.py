"""Event building: what several sources saw at the same time, put together.

A plain class without a clock, so it can be tested without a swarm: the time at which something
arrives is handed in. Put one into a `Daemon` behind your sources, call `add` in its handler,
`expire` in a timer, and `close` in `on_round_end`.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

__all__ = ["Builder", "Event", "Saved", "Trigger"]

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Event(Generic[Value]):
    """What was seen within one window.

    Attributes:
        time: of its first trigger, in the unit of the triggers.
        values: of each source that took part, by source, in the order of their triggers.
        whole: whether every source has been heard of beyond the window; False if a time-out closed
            it, so that some may be missing.
    """

    time: int
    values: Mapping[int, Value]
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Trigger(Generic[Value]):
    """Something that a source saw at a time."""

    time: int
    source: int
    value: Value


@dataclass(frozen=True, slots=True)
class Saved(Generic[Value]):
    """What a builder must know to go on in another process: a value for `snapshot`.

    Attributes:
        last: the time of the last trigger of each source.
        horizon: up to here events have been built.
        waiting: the triggers that no event has yet.
        counts: `repeated`, `late` and `small`, as in `Builder`.
    """

    last: list[int | None]
    horizon: int | None
    waiting: list[Trigger[Value]]
    counts: tuple[int, int, int]


@dataclass(order=True, slots=True)
class _Waiting(Generic[Value]):
    time: int
    source: int
    arrived_s: float = field(compare=False)
    value: Value = field(compare=False)


class Builder(Generic[Value]):
    """Builds events by a coincidence window, with a time-out for sources that stay silent.

    The earliest trigger that no event has opens a window; everything within it, its end included,
    is one event: of each source the first trigger, and what a source saw again in the same window
    opens none of its own. An event is built as soon as every source has been heard of beyond its
    window, whatever the order in which they are heard. Each source tells its triggers in
    increasing time; one that it tells again is recognised by that, so whoever delivers at least
    once spoils nothing.

    Args:
        sources: how many there are; they are numbered from 0.
        window: length of the window, in the unit of the triggers.
        timeout_s: how long a trigger waits for silent sources.
        smallest: how many sources an event needs; smaller ones are counted, and not built.

    Attributes:
        repeated: triggers that came again, and were passed over.
        late: triggers that came after a time-out had closed their window, and are lost.
        small: windows with fewer sources than an event needs.

    >>> builder = Builder[str](sources=2, window=10, timeout_s=1.0)
    >>> [list(builder.add(time, source, "seen", now_s=0.0))
    ...  for time, source in ((100, 0), (104, 1), (300, 0))]
    [[], [], []]
    >>> [event.values for event in builder.add(400, 1, "seen", now_s=0.0)]
    [{0: 'seen', 1: 'seen'}]
    """

    def __init__(self, sources: int, window: int, timeout_s: float, smallest: int = 2) -> None:
        self.repeated = self.late = self.small = 0
        self._last: list[float] = [-math.inf] * sources
        self._window = window
        self._timeout_s = timeout_s
        self._smallest = smallest
        self._waiting: list[_Waiting[Value]] = []
        self._horizon = -math.inf

    def add(self, time: int, source: int, value: Value, now_s: float) -> Iterator[Event[Value]]:
        """A source saw something; yields the events that are whole by that.

        Args:
            time: of the trigger; of each source greater than the one before.
            source: its number.
            value: what it saw.
            now_s: when it arrived, by the clock that `expire` goes by.
        """
        if time <= self._last[source]:
            self.repeated += 1
            return
        self._last[source] = time
        if time <= self._horizon:
            self.late += 1
            return
        heapq.heappush(self._waiting, _Waiting(time, source, now_s, value))
        yield from self._build(min(self._last), whole=True)

    def expire(self, now_s: float) -> Iterator[Event[Value]]:
        """Let time pass; yields the events whose first trigger has waited too long."""
        while self._waiting and now_s - self._waiting[0].arrived_s >= self._timeout_s:
            yield from self._next(whole=False)

    def close(self) -> Iterator[Event[Value]]:
        """All sources have ended; yields what is left, all of it whole."""
        yield from self._build(math.inf, whole=True)

    @property
    def waiting(self) -> int:
        """How many triggers no event has yet."""
        return len(self._waiting)

    def _build(self, heard_to: float, *, whole: bool) -> Iterator[Event[Value]]:
        while self._waiting and self._waiting[0].time + self._window < heard_to:
            yield from self._next(whole=whole)

    def _next(self, *, whole: bool) -> Iterator[Event[Value]]:
        """The event of the earliest trigger, unless it is too small."""
        first = self._waiting[0].time
        self._horizon = first + self._window
        values: dict[int, Value] = {}
        while self._waiting and self._waiting[0].time <= self._horizon:
            one = heapq.heappop(self._waiting)
            values.setdefault(one.source, one.value)
        if len(values) < self._smallest:
            self.small += 1
        else:
            yield Event(first, values, whole)

    def saved(self) -> Saved[Value]:
        """What `restored` goes on from."""
        waiting = [Trigger(one.time, one.source, one.value) for one in sorted(self._waiting)]
        last = [None if math.isinf(one) else int(one) for one in self._last]
        horizon = None if math.isinf(self._horizon) else int(self._horizon)
        return Saved(last, horizon, waiting, (self.repeated, self.late, self.small))

    def restore(self, saved: Saved[Value], now_s: float) -> None:
        """Go on from there; what waits has arrived just now."""
        self._last = [-math.inf if one is None else one for one in saved.last]
        self._horizon = -math.inf if saved.horizon is None else saved.horizon
        self._waiting = [_Waiting(one.time, one.source, now_s, one.value) for one in saved.waiting]
        self.repeated, self.late, self.small = saved.counts


def expected(
    triggers: Iterable[tuple[int, int]], window: int, smallest: int = 2
) -> list[tuple[int, Sequence[int]]]:
    """The events that a builder must build of these triggers, found by a plain loop.

    Args:
        triggers: time and source of each, in any order.
        window: as for `Builder`.
        smallest: likewise.

    Returns:
        of each event its time and its sources, in the order of their triggers.

    >>> expected([(104, 1), (100, 0), (300, 0)], window=10)
    [(100, [0, 1])]
    """
    events: list[tuple[int, list[int]]] = []
    for time, source in sorted(triggers):
        if not events or time > events[-1][0] + window:
            events.append((time, [source]))
        elif source not in events[-1][1]:
            events[-1][1].append(source)
    return [(time, sources) for time, sources in events if len(sources) >= smallest]
