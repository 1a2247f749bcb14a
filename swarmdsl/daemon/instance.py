"""An instance's inputs: what has come, what is complete, what may run. Pure state."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import msgspec

from swarmdsl.daemon.packed import Packed, bind
from swarmdsl.daemon.wiring import (
    DEALT,
    UNMOVED,
    Hosted,
    Members,
    Route,
    Seating,
    Wiring,
)
from swarmdsl.daemon.work import Finish, Run, Work
from swarmdsl.errors import CallFailed
from swarmdsl.wire.messages import ChannelKey
from swarmdsl.wire.session.events import Inlet

NEVER = ("", -1)  # who ended, and which round

Decode = Callable[[], list[Any]]
"""Gives the values of a batch, each time new ones: what a task does to its own is its affair."""


HAS_INPUTS = "other tasks push to {}, so its round ends when theirs have"


class Methods(NamedTuple):
    """The methods of a daemon module that are called without a push.

    Attributes:
        periods_s: of its timers, by name.
        round_end: the one that is called when a round ends; empty if there is none.
    """

    periods_s: Mapping[str, float] = MappingProxyType({})
    round_end: str = ""


NO_METHODS = Methods()


class Batch(msgspec.Struct, eq=False, gc=False):
    """Pushes of one message that wait, or an END.

    Attributes:
        arrival: its number among all that came.
        inlet: on which it came.
        upto: the position behind it.
        round: that it belongs to.
        came_s: when it came.
        decode: gives its values; None for an END.
        values: that have not been handed out.
        taken: whether its credit has returned already.
    """

    arrival: int
    inlet: Inlet
    upto: int
    round: int
    came_s: float
    decode: Decode | None
    values: list[Any]
    taken: bool = False


class Instance:
    """One hosted instance: collects the pushes of its channels, and says when there is work.

    Pushes of round r+1 that come before round r is over wait in their channel's queue. Pushes of a
    round that it has finished are repeats, and not for this queue (`is_repeat`).

    Attributes:
        round: the one that it takes part in, or took part in last.
        revision: of that round's roster.
        running: whether its part of that round is still to be done.
        last: whether no round comes after it, so what has no end of its own is to end now.
        failures: of its task in that round, if it is tried elsewhere after each; else 0.
        remembers: of its class: whether some of what comes may be remembered already.
        takes_some_at_once: of its class: whether some of what comes is taken as it comes.
    """

    remembers = False
    takes_some_at_once = False

    def __init__(self, hosted: Hosted, wiring: Wiring) -> None:
        self.hosted = hosted
        self.round = self.revision = -1
        self.running = self.last = False
        self.failures = 0
        self.routes: dict[int, list[Route]] = {}
        self._wiring = wiring
        self._queues: dict[ChannelKey, deque[Batch]] = {}
        self._sources: dict[int, list[ChannelKey]] = {}
        self._awaited: list[ChannelKey] = []
        self._ended: dict[ChannelKey, tuple[str, int]] = {}
        self._open: set[ChannelKey] | None = None  # those that have not ended; None: not known
        self._arrivals = 0

    def start_round(
        self,
        number: int,
        revision: int,
        members: Members,
        seating: Seating = UNMOVED,
        *,
        done: bool = False,
    ) -> bool:
        """This instance is in the roster of the round; False if that is no news.

        A roster that has changed within its round changes what an instance waits for that has not
        run yet, and where it pushes. `done` says that an earlier process has done its part.
        """
        if (number, revision) <= (self.round, self.revision):
            return False
        before = self._awaited if number == self.round else []
        self._open = None
        if number > self.round:
            self.running = not done
        self.round, self.revision = number, revision
        if self.running:
            self._follow(members, seating)
            self._drop(set(before).difference(self._awaited))
        self.routes = {
            link: self._wiring.routes(self.hosted, link, members, seating)
            for link in self.hosted.outputs
        }
        return True

    def _drop(self, channels: set[ChannelKey]) -> None:
        """These sources are gone for good, and others do their work."""
        for key in channels:
            self._queues.pop(key, None)
            self._ended.pop(key, None)

    def _follow(self, members: Members, seating: Seating) -> None:
        self._awaited = []
        for link in self.hosted.inputs:
            sources = self._wiring.sources(self.hosted, link, members, seating)
            if sources is not None:
                self._sources[link] = sources
                self._awaited += sources

    def is_repeat(self, round_number: int) -> bool:
        """Whether what was pushed in this round has been consumed before, all of it."""
        return round_number < self.round or (round_number == self.round and not self.running)

    def takes(self, round_number: int, revision: int) -> bool | None:
        """Whether what is pushed in this round has an effect; None until its roster is known."""
        if self.is_repeat(round_number):
            return False
        return True if (self.round, self.revision) >= (round_number, revision) else None

    def covered(self, _inlet: Inlet) -> int:
        """The position behind what of an input need not be handled, as it is remembered.

        It is asked only if it `remembers` anything.
        """
        return 0

    def takes_at_once(self, key: ChannelKey) -> bool:
        """Whether pushes that come on a channel are taken from the inbox as they come.

        It is asked only if it `takes_some_at_once`.
        """
        return False

    def deliver(
        self, inlet: Inlet, upto: int, round_number: int, decode: Decode, now_s: float = 0.0
    ) -> bool:
        """Pushes of a round came on a channel; `upto` is the position behind them.

        Returns whether they are taken from the inbox already.

        Raises:
            DecodeError: they are not of the declared type.
        """
        key, values = inlet.channel, decode()
        taken = self.takes_some_at_once and self.takes_at_once(key)
        self._arrivals += 1
        batch = Batch(self._arrivals, inlet, upto, round_number, now_s, decode, values, taken)
        queue = self._queues.get(key)
        if queue is None:
            queue = self._queues[key] = deque()
        queue.append(batch)
        return taken

    def end(
        self,
        inlet: Inlet,
        upto: int,
        round_number: int,
        _pushed: int | None = None,
        now_s: float = 0.0,
    ) -> None:
        """END came on a channel, behind so many pushes of the round."""
        self._arrivals += 1
        batch = Batch(self._arrivals, inlet, upto, round_number, now_s, None, [])
        self._queue(inlet.channel).append(batch)
        self._ended[inlet.channel] = (inlet.peer, round_number)
        if self._open and round_number >= self.round:
            self._open.discard(inlet.channel)

    def take_repeats(self) -> list[tuple[Inlet, int, int]]:
        """What waits of rounds that the instance turns out to be done with, taken out of its inbox.

        Pushes of the next round may have come before the roster of this one, and stay.

        Returns per batch the input, the position behind it, and how many of its pushes have not
        been taken from the inbox yet.
        """
        repeats = []
        for queue in self._queues.values():
            while queue and self.is_repeat(queue[0].round):
                batch = queue.popleft()
                waiting = 0 if batch.taken else len(batch.values)
                repeats.append((batch.inlet, batch.upto, waiting))
        return repeats

    def take_void(self) -> list[tuple[Inlet, int]]:
        """What waits in its inbox and will never be used, by input; it is taken from there."""
        return []

    def waiting(self, inlet: Inlet) -> tuple[int, int]:
        """How many pushes of an input wait here, and how many positions they and ENDs take."""
        batches = [one for one in self._queue(inlet.channel) if one.inlet == inlet]
        pushes = sum(len(one.values) for one in batches)
        return pushes, pushes + sum(one.decode is None for one in batches)

    def has_ended(self, inlet: Inlet) -> bool:
        """Whether all that an input brings in the present round has come."""
        return self._ended.get(inlet.channel, NEVER) == (inlet.peer, self.round)

    def forget(self, peer: str) -> None:
        """A peer was started anew: what waits of its former process is void, and comes again."""
        for key, queue in self._queues.items():
            self._queues[key] = deque(batch for batch in queue if batch.inlet.peer != peer)
        self._ended = {key: end for key, end in self._ended.items() if end[0] != peer}
        self._open = None

    def _queue(self, key: ChannelKey) -> deque[Batch]:
        queue = self._queues.get(key)
        if queue is None:
            queue = self._queues[key] = deque()
        return queue

    def _all_ended(self) -> bool:
        # Rounds of a channel end in order, so the last that ended tells of all before it.
        if self._open is None:
            ended = self._ended
            self._open = {key for key in self._awaited if ended.get(key, NEVER)[1] < self.round}
        return not self._open

    def next_work(self) -> Work | None:
        """What can be done now, taken out of the inbox; None if nothing."""
        raise NotImplementedError

    @property
    def is_ready(self) -> bool:
        """Whether it is a run that waits for nothing but somebody to do it."""
        return False

    @property
    def rests(self) -> bool:
        """Whether there is surely no work before something comes or time passes."""
        return False

    def abandon(self) -> None:
        """It has failed, and its part of the round is another's: nothing of it is confirmed."""
        raise NotImplementedError

    def end_round(self) -> None:
        """Its own code wants to push nothing more in this round.

        Raises:
            CallFailed: it is no source, whose round only it can end.
        """
        raise CallFailed("finish", HAS_INPUTS.format(self.hosted.spec.alias))

    @property
    def keeps_time(self) -> bool:
        """Whether it must be told the time: something may be due that nobody pushes."""
        return self.hosted.module.kind == "daemon"

    def tick(self, _now_s: float) -> float:
        """Let time pass; returns when something is due."""
        return math.inf

    def worked(self, work: Work, seconds: float) -> None:
        """A piece of its work has taken so long."""


class Gathering(Instance):
    """A function's or script's instance: runs once, when all its inputs of the round are there.

    Of values that are dealt out among instances it may get none: then it has nothing to do.
    """

    takes_some_at_once = True

    def __init__(self, hosted: Hosted, wiring: Wiring) -> None:
        super().__init__(hosted, wiring)
        self._last: dict[ChannelKey, list[Decode]] = {}
        self._complete_s = 0.0
        policies = {wiring.link(link).policy for link in hosted.inputs}
        self._may_be_left_out = not policies.isdisjoint({"pair", *DEALT})

    def takes_at_once(self, key: ChannelKey) -> bool:
        """Always: they wait where the round's inputs are gathered."""
        return True

    @property
    def is_ready(self) -> bool:
        """Whether it is a run that waits for nothing but somebody to do it."""
        return self.running and self._all_ended()

    @property
    def size(self) -> int:
        """Bytes of what waits for it."""
        waiting = (one.decode for queue in self._queues.values() for one in queue)
        return sum(one.payload.size for one in waiting if isinstance(one, Packed))

    @property
    def inputs(self) -> dict[int, list[Decode]]:
        """Per link, what decodes the values of the run that was taken last, in gather order."""
        return {
            link: [decode for key in sources for decode in self._last.get(key, ())]
            for link, sources in self._sources.items()
        }

    def next_work(self) -> Work | None:
        """The run of this round, once; it takes everything up to the round's ENDs."""
        if not self.is_ready:
            return None
        self.running = False
        received: dict[ChannelKey, list[Any]] = {}
        consumed = dict(self._take_round(key, received) for key in self._awaited)
        brought = {
            link: [received.get(key) or self._kept(key) for key in sources]
            for link, sources in self._sources.items()
        }
        if self._may_be_left_out and self._left_out(brought):
            return Finish(self.hosted, self.round, consumed)
        arguments: dict[str, Any] = {}
        for link, received_on in brought.items():
            values = [value for of_source in received_on for value in of_source]
            bind(self._wiring.link(link), values, arguments)
        waits = ((self._complete_s, 1),) if consumed else ()
        return Run(self.hosted, self.round, arguments, consumed, waits)

    def _left_out(self, brought: Mapping[int, list[list[Any]]]) -> bool:
        """Whether others got everything that was dealt out, or the one that feeds it is lost."""
        pairs = (one for link, one in self._sources.items() if self._is_pair(link))
        if not all(pairs):
            return True
        dealt = [link for link in brought if self._wiring.link(link).policy in DEALT]
        return bool(dealt) and not any(any(brought[link]) for link in dealt)

    def _is_pair(self, link: int) -> bool:
        return self._wiring.link(link).policy == "pair"

    def _take_round(
        self, key: ChannelKey, received: dict[ChannelKey, list[Any]]
    ) -> tuple[Inlet, int]:
        values = received[key] = []
        last = self._last[key] = []
        queue = self._queues[key]
        while (batch := queue.popleft()).decode is not None:
            values += batch.values
            last.append(batch.decode)
        self._complete_s = max(self._complete_s, batch.came_s)
        return batch.inlet, batch.upto

    def _kept(self, key: ChannelKey) -> list[Any]:
        """The values of the last round in which its source ran, as they came then."""
        return [value for decode in self._last.get(key, ()) for value in decode()]
