"""How a daemon waits on links of which somebody said `wait="spin"`.

To wake up a process that sleeps takes longer than to carry 64 bytes to it. One that looks again and
again is awake when they come; but it takes a processor meanwhile, so it does so for a moment after
something has come, and then sleeps as any other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from swarmdsl.daemon.wiring import Wiring
from swarmdsl.transport.base import Arrival, Connection, Endpoint

Receive = Callable[[float, Sequence[Connection]], list[Arrival]]
"""What `Endpoint.receive` does."""

SPIN_S = 0.002
"""For so long after the last message: the next of a thousand a second comes in that time."""


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
        self, endpoint: Endpoint, now_s: Callable[[], float], give_way: Callable[[], None]
    ) -> None:
        self._endpoint = endpoint
        self._now_s = now_s
        self._give_way = give_way
        self._last_s = now_s()

    def receive(self, timeout_s: float, blocked: Sequence[Connection] = ()) -> list[Arrival]:
        """As `Endpoint.receive`; it sleeps once nothing has come for `SPIN_S`.

        Somebody who does not take what is sent to it is waited for asleep: it needs the processor.
        """
        receive, now_s = self._endpoint.receive, self._now_s
        if blocked or timeout_s <= 0:
            arrivals = receive(timeout_s, blocked)
        else:
            until_s = now_s() + timeout_s
            spin_until_s = min(self._last_s + SPIN_S, until_s)
            arrivals = receive(0.0)
            while not arrivals and now_s() < spin_until_s:
                self._give_way()
                arrivals = receive(0.0)
            if not arrivals and (left_s := until_s - now_s()) > 0:
                arrivals = receive(left_s)
        if arrivals:
            self._last_s = now_s()
        return arrivals
