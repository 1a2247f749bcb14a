"""The inputs of a daemon module: each batch is handled as it comes, round by round. Pure state."""

from __future__ import annotations

import math
from collections import Counter
from heapq import heapify, heappop, heapreplace
from typing import Any

from swarmdsl.daemon.instance import NO_METHODS, Batch, Instance, Methods
from swarmdsl.daemon.timers import Timers
from swarmdsl.daemon.wiring import Hosted, Wiring
from swarmdsl.daemon.work import Finish, Handle, Invoke, Part, Work
from swarmdsl.wire.messages import ChannelKey
from swarmdsl.wire.session.events import Inlet


class Streaming(Instance):
    """A daemon's instance: handles each batch as it arrives, and aligns its inputs at END.

    A channel that has ended its round is not read further until all have: what comes after
    END(r) belongs to r+1.

    Args:
        hosted: the instance.
        wiring: of its daemon.
        methods: those that are called without a push.
    """

    def __init__(self, hosted: Hosted, wiring: Wiring, methods: Methods = NO_METHODS) -> None:
        super().__init__(hosted, wiring)
        self._timers = Timers(methods.periods_s)
        self._last_method = methods.round_end
        self._closed = -1  # the round in which it has been called
        self._called: set[str] = set()  # the timers, since other work was done
        self._handed: Counter[ChannelKey] = Counter()  # pushes of the round, by channel
        self._most = wiring.topology.limits.batch_messages
        self._handlers = {link: wiring.link(link).port or "" for link in hosted.inputs}

    def tick(self, now_s: float) -> float:
        """Let time pass for its timers, while a round is at work."""
        if self.running and self._closed < self.round:
            return self._timers.tick(now_s)
        self._timers.rest()
        return math.inf

    def worked(self, work: Work, seconds: float) -> None:
        """Pushes that take long are handled few at a time, or its timers would wait.

        So would all that comes of them.
        """
        if isinstance(work, Handle):
            self._timers.worked(len(work.values), seconds)

    @property
    def rests(self) -> bool:
        """Whether no timer is due, nothing waits to be handled, and the round is not over."""
        if not self.running:
            return True
        return not (self._timers.due or self._heads() or self._all_ended())

    def _heads(self) -> list[tuple[int, ChannelKey]]:
        """Of each channel that has pushes to be handled, when the oldest came, and its name."""
        heads, queues = [], self._queues
        for key in self._awaited:
            queue = queues.get(key)
            if queue and queue[0].decode is not None:
                heads.append((queue[0].arrival, key))
        return heads

    def next_work(self) -> Work | None:
        """What its timers want; the oldest batch that may be handled; then the round's end.

        A timer that takes longer than its period is always due, so each has one turn only before
        something else is done, if there is something.
        """
        if not self.running:
            return None
        work = self._timer() if self._timers.due else None
        if work is None:
            self._called.clear()
            heads = self._heads()
            if not heads:
                return self._end()
            work = (self._alone(heads[0][1]) if len(heads) == 1 else None) or self._handle(heads)
        return work

    def _timer(self) -> Work | None:
        due = self._timers.take(self._called)
        if due is None:
            return None
        self._called.add(due.name)
        return Invoke(self.hosted, self.round, due.name, {})

    def _end(self) -> Work | None:
        """The end of the round, if nothing more comes; else a timer that has had its turn."""
        return (self._finish() if self._all_ended() else None) or self._timer()

    def _close(self) -> Work | None:
        """The last method of the round, once."""
        if not self._last_method or self._closed == self.round:
            return None
        self._closed = self.round
        self._timers.rest()
        return Invoke(self.hosted, self.round, self._last_method, {})

    def _finish(self) -> Work:
        if (last := self._close()) is not None:
            return last
        self.running = False
        self._handed.clear()
        ends = [self._queues[key].popleft() for key in self._awaited]
        return Finish(self.hosted, self.round, {end.inlet: end.upto for end in ends})

    def _alone(self, key: ChannelKey) -> Handle | None:
        """What came together on the only channel that has something; None if there is more.

        As `_handle` would give it, in less time: most pushes come alone.
        """
        queue = self._queues[key]
        batch = queue[0]
        count, most = len(batch.values), self._timers.values_max
        if len(queue) > 1 or (most and count > most) or count > self._most:
            return None
        queue.popleft()
        first = self._handed[key] + 1
        self._handed[key] += count
        part = Part(batch.inlet, count, first, batch.came_s)
        consumed, handler = {batch.inlet: batch.upto}, self._handlers[key.link]
        return Handle(self.hosted, self.round, handler, batch.values, consumed, (part,))

    def _handle(self, heads: list[tuple[int, ChannelKey]]) -> Handle:
        """The oldest pushes for one handler, of all channels in the order in which they came.

        Args:
            heads: of each channel that has some, when the oldest came, and its name.
        """
        heapify(heads)
        handler = self._handlers[heads[0][1].link]
        most = min(self._most, self._timers.values_max or self._most)
        values: list[Any] = []
        consumed: dict[Inlet, int] = {}
        parts: list[Part] = []
        while True:
            key = heads[0][1]
            parts.append(self._take_part(key, most - len(values), values, consumed))
            queue = self._queues[key]
            if queue and _goes_on(queue[0], parts[-1].inlet):
                heapreplace(heads, (queue[0].arrival, key))
            else:
                heappop(heads)
            if not heads or len(values) >= most or self._handlers[heads[0][1].link] != handler:
                break
        return Handle(self.hosted, self.round, handler, values, consumed, tuple(parts))

    def _take_part(
        self, key: ChannelKey, room: int, values: list[Any], consumed: dict[Inlet, int]
    ) -> Part:
        """Take what came first on a channel, as much as there is room for."""
        queue = self._queues[key]
        batch = queue[0]
        taken = batch.values[:room]
        values += taken
        if len(taken) == len(batch.values):
            queue.popleft()
            consumed[batch.inlet] = batch.upto
        else:
            batch.values = batch.values[room:]
            consumed[batch.inlet] = batch.upto - len(batch.values)
        first = self._handed[key] + 1
        self._handed[key] += len(taken)
        return Part(batch.inlet, len(taken), first, batch.came_s)


def _goes_on(batch: Batch, inlet: Inlet) -> bool:
    """Whether what comes next on a channel may be handled along with what came before."""
    return batch.decode is not None and batch.inlet == inlet
