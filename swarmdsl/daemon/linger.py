"""How long a source may wait before it pushes, so that those it pushes to can keep up. Pure.

A frame costs a receiver as much as many pushes. A hundred sources that each send a frame for each
of a thousand pushes a second are more than any receiver takes, though it could take the pushes. So
a source with many like it sends seldom, and more at once; one that is nearly alone does not wait
unless it is asked to (`behind.py`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from swarmdsl.daemon.instance import Methods
from swarmdsl.daemon.wiring import Hosted, Place, Route, Wiring

FRAMES_EACH_S = 5_000
"""How many frames all sources of a receiver may send it in a second."""

LINGER_MAX_S = 0.02
LINGER_MIN_S = 0.001  # to wait for less is not worth it


class Linger:
    """How long one instance waits with what it pushes.

    That is as long as anybody asks for whom it pushes to, and as long as it knows to be wise from
    how many push to the same ones. What it pushes on several links leaves together, so it is no
    longer than the latency budget of any of them.

    Args:
        wiring: of the daemon.
        hosted: the instance.

    Attributes:
        seconds: how long; 0 if what it pushes is to leave at once.
    """

    def __init__(self, wiring: Wiring, hosted: Hosted) -> None:
        links = [one for one in hosted.outputs if wiring.link(one).port is not None]
        self._unasked_s = max((lingering(_senders(wiring, one)) for one in links), default=0.0)
        self._budget_s = min((wiring.link(one).linger_s for one in links), default=0.0)
        self.seconds = min(self._unasked_s, self._budget_s)

    def asked(self, routes: Mapping[int, Sequence[Route]], asked_s: Mapping[str, float]) -> None:
        """Take what others ask for, as they are now reached.

        Args:
            routes: per link, where it leads in this round.
            asked_s: per daemon that asks for anything, for how long.
        """
        daemons = {one.daemon for there in routes.values() for one in there}
        most_s = max((asked_s.get(one, 0.0) for one in daemons), default=0.0)
        self.seconds = min(max(self._unasked_s, most_s), self._budget_s)


def lingering(senders: int) -> float:
    """How long each of so many waits unasked.

    >>> [lingering(senders) for senders in (1, 4, 10, 100, 10_000)]
    [0.0, 0.0, 0.002, 0.02, 0.02]
    """
    wait_s = min(LINGER_MAX_S, senders / FRAMES_EACH_S)
    return wait_s if wait_s >= LINGER_MIN_S else 0.0


def gives_way(wiring: Wiring, methods: Mapping[Place, Methods]) -> bool:
    """Whether a daemon hosts a source by the clock that lingers, and lets others go first.

    A hundred of them that are late leave their receiver a hundredth of the processor.
    """
    timed = [place for place, one in methods.items() if one.periods_s]
    sources = [hosted for place in timed if not (hosted := wiring.hosted[place]).inputs]
    return any(Linger(wiring, hosted).seconds for hosted in sources)


def _senders(wiring: Wiring, link: int) -> int:
    """How many instances may push to those behind a link."""
    destination = wiring.link(link).destination
    tasks = {task.alias: len(task.candidates) for task in wiring.topology.tasks}
    sources = {one.source for one in wiring.topology.links if one.destination == destination}
    return sum(tasks[source] for source in sources)
