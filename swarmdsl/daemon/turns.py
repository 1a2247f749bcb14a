"""Which instances of a daemon are asked for work, in the order of the topology. Pure.

A worker hosts thousands of functions, and nearly all of them wait. One that gathers has work only
after a roster or an END has come for it, so until then nobody asks it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from heapq import heappop, heappush

from swarmdsl.daemon.instance import Gathering, Instance
from swarmdsl.daemon.wandering import Wandering
from swarmdsl.daemon.wiring import Place
from swarmdsl.daemon.work import Work

READY_MAX = 256  # that are looked at, to be lent


class Turns:
    """The instances that may have work.

    Args:
        instances: of the daemon, by place; the first of them that has work is next.
    """

    def __init__(self, instances: Mapping[Place, Instance]) -> None:
        self._places = [*instances]
        self._instances = instances
        self._numbers = {place: number for number, place in enumerate(self._places)}
        # All others do something of their own accord, or have several pieces of work in a round.
        self._sleepers = {
            number
            for place, number in self._numbers.items()
            if type(instances[place]) in (Gathering, Wandering)
        }
        self._timed = [one for one in instances.values() if one.keeps_time]
        self._only = instances[self._places[0]] if len(self._places) == 1 else None
        if self._sleepers:
            self._only = None
        self._awake: list[int] = []
        self._is_awake: set[int] = set()
        self.wake_all()

    def wake_all(self) -> None:
        """Something has changed for all of them."""
        self._awake = [*range(len(self._places))]
        self._is_awake = set(self._awake)

    def wake(self, place: Place) -> None:
        """Something has changed for this one."""
        number = self._numbers[place]
        if number not in self._is_awake:
            self._is_awake.add(number)
            heappush(self._awake, number)

    def tick(self, now_s: float) -> float:
        """Let time pass for those that keep it; returns when something is due."""
        return min((one.tick(now_s) for one in self._timed), default=math.inf)

    @property
    def rest(self) -> bool:
        """Whether surely none of them has work before something comes or time passes."""
        for instance in self._instances.values():  # noqa: SIM110 - a generator takes longer
            if not instance.rests:
                return False
        return True

    def ready(self, may: Callable[[Place], bool]) -> list[Gathering]:
        """Those whose runs only wait for their turn, the last first.

        Args:
            may: whether an instance is to be among them.
        """
        found: list[Gathering] = []
        for number in sorted(self._is_awake & self._sleepers, reverse=True):
            instance = self._instances[self._places[number]]
            if not instance.is_ready:
                self._is_awake.discard(number)  # until something comes for it
            elif type(instance) is Gathering and may(self._places[number]):
                found.append(instance)
                if len(found) == READY_MAX:
                    break
        return found

    def next_work(self, waits: Callable[[Place], bool] | None = None) -> Work | None:
        """The work of the first that has some; None if nobody has.

        Args:
            waits: whether an instance must not work yet; None if none is to wait.
        """
        if self._only is not None and waits is None:  # as in all daemons of daemon modules
            return self._only.next_work()
        work, passed = None, list[int]()
        while work is None and self._awake:
            number = heappop(self._awake)
            place = self._places[number]
            held = waits is not None and waits(place)
            work = None if held else self._instances[place].next_work()
            if work is not None or number not in self._sleepers:
                passed.append(number)
            else:
                self._is_awake.discard(number)
        for number in passed:
            heappush(self._awake, number)
        return work
