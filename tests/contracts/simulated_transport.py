"""The network of the simulator as a transport: virtual time passes while somebody receives."""

from __future__ import annotations

import math
from itertools import count
from random import Random
from typing import cast

from swarmdsl.deploy.cooperative.process import Process
from swarmdsl.testing.endpoint import SimulatedEndpoint
from swarmdsl.testing.network import Letter, Network, Place
from swarmdsl.testing.scheduler import Scheduler

DELAY_S = 0.001
QUEUE_MESSAGES = 1_000


class Still:
    """Weather in which each message takes the same time, and nobody who watches."""

    def delay_s(self, sender: Place, receiver: Place) -> float:
        return DELAY_S

    def sent(self, letter: Letter) -> None: ...

    def arrived(self, letter: Letter) -> None: ...

    def lost(self, letter: Letter, why: str) -> None: ...


class Waiter:
    """A process that is the test itself: while it waits, everything else goes on."""

    alive = True
    node = "n"
    incarnation = 0

    def __init__(self, scheduler: Scheduler, name: str) -> None:
        self.name = name
        self._scheduler = scheduler
        self._is_over = True
        self._waits_for_news = False

    def wake(self) -> None:
        """As a real process does, it sees all that is there by the time it runs."""
        if self._waits_for_news:
            self._waits_for_news = False
            self._scheduler.after(0.0, self._go_on)

    def _go_on(self) -> None:
        self._is_over = True

    def about_to_send(self) -> None: ...

    def wait(self, timeout_s: float, *, wakeable: bool) -> None:
        self._is_over, self._waits_for_news = False, wakeable
        timer = self._scheduler.after(timeout_s, self._go_on)
        self._scheduler.run(until_s=math.inf, over=lambda: self._is_over)
        timer.cancel()
        self._waits_for_news = False


class SimulatedTransport:
    """Listens in one simulated network."""

    def __init__(self) -> None:
        self._scheduler = Scheduler()
        still = Still()
        self._network = Network(self._scheduler, still, still, Random(1), QUEUE_MESSAGES)
        self._names = count()

    def listen(self, address: str) -> SimulatedEndpoint:
        waiter = Waiter(self._scheduler, f"p{next(self._names)}")
        return SimulatedEndpoint(self._network, cast("Process", waiter), address)

    def leaf(self) -> SimulatedEndpoint:
        return self.listen(f"simulated://leaf{next(self._names)}")
