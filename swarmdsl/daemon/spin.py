"""How a daemon waits for what arrives: asleep, or by looking again and again before it sleeps.

To wake up a process that sleeps takes longer than to carry 64 bytes to it. One that looks again and
again is awake when they come; but it takes a processor meanwhile. So every daemon does it only
where it has just been seen that the next message comes within a moment, and stops as soon as one
does not. One on a link of which somebody said `wait="spin"` does it after each message, for longer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from swarmdsl.daemon.wiring import Wiring
from swarmdsl.transport.base import Arrival, Connection, Endpoint

Receive = Callable[[float, Sequence[Connection]], list[Arrival]]
"""What `Endpoint.receive` does."""

SPIN_S = 0.002
"""For so long after the last message: the next of a thousand a second comes in that time."""

BRIEFLY_S = 0.000_3
"""For so long by default, if that was enough each of the last times."""

SHORT_MIN = 4
"""Waits in a row that were no longer, before one is not slept through."""


def spins(wiring: Wiring) -> bool:
    """Whether what comes on one of a daemon's links is waited for in this way."""
    ours = {hosted.task.alias for hosted in wiring.hosted.values()}
    return any(one.wait == "spin" and one.destination in ours for one in wiring.topology.links)


class Spinning:
    """Waits for what arrives at an endpoint, at first without sleeping.

    Args:
        endpoint: where it arrives.
        now_s: a clock that only moves forward.
        give_way: lets whoever else wants the processor have it for a while: the thread that brings
            the message may be one of them.
        briefly: only where what comes has come soon each of the last times, and no longer.

    >>> from itertools import count
    >>> from swarmdsl.transport.memory import MemoryNetwork
    >>> network = MemoryNetwork()
    >>> here, there = network.listen("memory://here"), network.leaf()
    >>> ticks = count(0, 0.000_1)
    >>> def answer():
    ...     there.send(1, [b"soon"])
    >>> there.dial("memory://here")
    1
    >>> [arrival] = Spinning(here, lambda: next(ticks), answer).receive(1.0)
    >>> bytes(arrival.frames[0])
    b'soon'
    """

    def __init__(
        self,
        endpoint: Endpoint,
        now_s: Callable[[], float],
        give_way: Callable[[], None],
        *,
        briefly: bool = False,
    ) -> None:
        self._endpoint = endpoint
        self._now_s = now_s
        self._give_way = give_way
        self._briefly = briefly
        self._last_s = now_s()
        self._short = 0  # waits in a row that were over soon

    def receive(self, timeout_s: float, blocked: Sequence[Connection] = ()) -> list[Arrival]:
        """As `Endpoint.receive`; it sleeps once nothing has come for a while.

        Somebody who does not take what is sent to it is waited for asleep: it needs the processor.
        """
        if blocked or timeout_s <= 0:
            arrivals = self._endpoint.receive(timeout_s, blocked)
            if arrivals:
                self._last_s = self._now_s()
            return arrivals
        began_s = self._now_s()
        if not self._briefly:
            arrivals = self._look(timeout_s, began_s, self._last_s + SPIN_S)
        elif self._short >= SHORT_MIN:
            arrivals = self._look(timeout_s, began_s, began_s + BRIEFLY_S)
        else:
            arrivals = self._endpoint.receive(timeout_s)
        ended_s = self._now_s()
        self._short = self._short + 1 if arrivals and ended_s <= began_s + BRIEFLY_S else 0
        if arrivals:
            self._last_s = ended_s
        return arrivals

    def _look(self, timeout_s: float, began_s: float, spin_until_s: float) -> list[Arrival]:
        """Look again and again up to a moment, and then sleep."""
        receive, now_s, until_s = self._endpoint.receive, self._now_s, began_s + timeout_s
        spin_until_s = min(spin_until_s, until_s)
        arrivals = receive(0.0)
        while not arrivals and now_s() < spin_until_s:
            self._give_way()
            arrivals = receive(0.0)
        if not arrivals and (left_s := until_s - now_s()) > 0:
            arrivals = receive(left_s)
        return arrivals
