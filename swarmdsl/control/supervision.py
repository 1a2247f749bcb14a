"""What to do about daemons that end, stop or do not come back. Pure: time is handed in.

A daemon that was lost is started anew after a pause that doubles with each loss until a round is
over, and so often within a window of time; one that is stopped and not continued, or does not
connect, is killed first.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from swarmdsl.topology.model import Limits

RESTART_AFTER_S = 0.1  # the first pause
RESTART_PAUSE_MAX_S = 5.0
DOUBLINGS_MAX = 6  # beyond the longest pause


@dataclass(frozen=True, slots=True, kw_only=True)
class StartAgain:
    """Start the next incarnation of a daemon."""

    daemon: str
    incarnation: int
    cause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Kill:
    """End a daemon's process, which cannot be talked to, or is to be replaced.

    Attributes:
        daemon: its name.
        cause: for the log of the engine.
        renews: what its engine keeps for its next process ends too.
    """

    daemon: str
    cause: str
    renews: bool = False


class _Watched:
    __slots__ = (
        "arrivals",
        "arrives",
        "cause",
        "connect_by_s",
        "continue_by_s",
        "has_connected",
        "incarnation",
        "losses",
        "lost_in_a_row",
        "restart_at_s",
    )

    def __init__(self, losses_max: int) -> None:
        self.incarnation = self.lost_in_a_row = 0
        self.has_connected = False  # the present incarnation
        self.cause = ""  # of the next start
        self.losses: deque[float] = deque(maxlen=losses_max + 1)
        self.arrivals: deque[float] = deque(maxlen=max(1, losses_max))
        self.arrives = False  # with its next start
        self.restart_at_s = self.connect_by_s = self.continue_by_s = math.inf

    @property
    def next_s(self) -> float:
        return min(self.restart_at_s, self.connect_by_s, self.continue_by_s)


class Supervision:
    """The daemons of a run and their deadlines.

    >>> supervision = Supervision(["worker@n1#0"], Limits(restarts=1))
    >>> supervision.lost("worker@n1#0", 10.0), supervision.tick(10.05)
    (0.1, [])
    >>> [one.incarnation for one in supervision.tick(10.1)]
    [1]
    >>> supervision.lost("worker@n1#0", 11.0) is None
    True
    """

    def __init__(self, names: Sequence[str], limits: Limits) -> None:
        self._limits = limits
        self._watched = {name: _Watched(limits.restarts) for name in names}
        self._next_s = math.inf  # Nothing is due earlier; it may be that nothing is due then.

    def lost(self, daemon: str, now_s: float) -> float | None:
        """A daemon was lost: in how many seconds it is started anew; None if it no longer is."""
        watched = self._watched[daemon]
        watched.connect_by_s = watched.continue_by_s = math.inf
        watched.losses.append(now_s)
        while watched.losses[0] < now_s - self._limits.restart_window_s:
            watched.losses.popleft()
        count = len(watched.losses)
        if count > self._limits.restarts:
            return None
        watched.lost_in_a_row = min(watched.lost_in_a_row + 1, count)
        doublings = min(watched.lost_in_a_row - 1, DOUBLINGS_MAX)
        pause_s = min(RESTART_AFTER_S * 2.0**doublings, RESTART_PAUSE_MAX_S)
        cause = f"it was lost {'once' if count == 1 else f'{count} times'}"
        self._start_at(watched, now_s + pause_s, cause)
        return pause_s

    def tries(self, daemon: str, now_s: float) -> tuple[int, int]:
        """With a process that is lost now: how many were lately, and how many may be.

        >>> Supervision(["worker@n1#0"], Limits(restarts=3)).tries("worker@n1#0", 0.0)
        (1, 4)
        """
        since_s = now_s - self._limits.restart_window_s
        losses = sum(at_s >= since_s for at_s in self._watched[daemon].losses)
        return min(losses, self._limits.restarts) + 1, self._limits.restarts + 1

    def ended(self, daemon: str, now_s: float, pause_s: float, cause: str) -> None:
        """The process was ended on purpose, which counts as no loss: start another.

        >>> supervision = Supervision(["worker@n1#0"], Limits(restarts=0))
        >>> supervision.ended("worker@n1#0", 10.0, 0.2, "its time was up")
        >>> len(supervision.tick(10.1)), len(supervision.tick(10.2))
        (0, 1)
        """
        watched = self._watched[daemon]
        watched.connect_by_s = watched.continue_by_s = math.inf
        self._start_at(watched, now_s + pause_s, cause)

    def begin(self, daemon: str, now_s: float) -> None:
        """The daemon never had a process, as its controller died too early: it is due at once."""
        cause = "the controller that died had not started it"
        self._start_at(self._watched[daemon], now_s, cause)

    def leave(self, daemon: str) -> None:
        """The node of the daemon is gone: there is nothing to wait for, and nothing to start."""
        watched = self._watched[daemon]
        watched.restart_at_s = watched.connect_by_s = watched.continue_by_s = math.inf
        watched.arrives = False

    def arrive(self, daemon: str, now_s: float) -> None:
        """The node of the daemon is there: start it, as if it had never been lost.

        A node that comes and goes has its daemons started at most `restarts` times within
        `restart_window_s`, and once if that is 0; after that they wait.

        >>> supervision = Supervision(["worker@n1#0"], Limits(restarts=1, restart_window_s=60.0))
        >>> supervision.arrive("worker@n1#0", 0.0)
        >>> [one.incarnation for one in supervision.tick(0.0)]
        [1]
        >>> supervision.leave("worker@n1#0")
        >>> supervision.arrive("worker@n1#0", 5.0)
        >>> supervision.tick(5.0), [one.incarnation for one in supervision.tick(60.0)]
        ([], [2])
        """
        watched = self._watched[daemon]
        watched.losses.clear()
        watched.lost_in_a_row = 0
        watched.arrives, at_s = True, now_s
        if len(watched.arrivals) == watched.arrivals.maxlen:
            at_s = max(at_s, watched.arrivals[0] + self._limits.restart_window_s)
        self._start_at(watched, at_s, "its node is there")

    def round_finished(self) -> None:
        """A round is over: the daemons have proved themselves, and their next pause is short.

        Their losses count all the same.
        """
        for watched in self._watched.values():
            watched.lost_in_a_row = 0

    def _start_at(self, watched: _Watched, at_s: float, cause: str) -> None:
        watched.restart_at_s, watched.cause = self._by(at_s), cause

    def _by(self, deadline_s: float) -> float:
        self._next_s = min(self._next_s, deadline_s)
        return deadline_s

    @property
    def incarnations(self) -> dict[str, int]:
        """Of every daemon that was started anew, the present one."""
        return {name: one.incarnation for name, one in self._watched.items() if one.incarnation}

    def recall(self, incarnations: Mapping[str, int]) -> None:
        """What an earlier controller started."""
        for name, incarnation in incarnations.items():
            watched = self._watched[name]
            if incarnation > watched.incarnation:
                watched.incarnation, watched.has_connected = incarnation, False

    def expect(self, daemon: str, now_s: float) -> None:
        """The daemon lives, and must connect to us in time."""
        self._watched[daemon].connect_by_s = self._by(now_s + self._limits.start_timeout_s)

    def is_restarting(self, daemon: str) -> bool:
        """Whether the daemon will be started anew."""
        return self._watched[daemon].restart_at_s < math.inf

    def connected(self, daemon: str) -> bool:
        """The daemon has come; whether that is news of a process that was started anew."""
        watched = self._watched[daemon]
        is_news = watched.incarnation > 0 and not watched.has_connected
        watched.connect_by_s, watched.has_connected = math.inf, True
        return is_news

    @property
    def strangers(self) -> list[str]:
        """The daemons that were started anew, and have not come since."""
        return [
            name for name, one in self._watched.items() if one.incarnation and not one.has_connected
        ]

    def suspended(self, daemon: str, now_s: float) -> None:
        """The daemon's process was stopped."""
        watched = self._watched[daemon]
        deadline_s = min(watched.continue_by_s, now_s + self._limits.stopped_s)
        watched.continue_by_s = self._by(deadline_s)

    def continued(self, daemon: str) -> None:
        """The daemon's process goes on."""
        self._watched[daemon].continue_by_s = math.inf

    def tick(self, now_s: float) -> list[StartAgain | Kill]:
        """What is due."""
        if now_s < self._next_s:
            return []  # There may be a thousand daemons, and as many ticks in a second.
        due = (self._due(name, watched, now_s) for name, watched in self._watched.items())
        actions = [action for action in due if action is not None]
        self._next_s = min((one.next_s for one in self._watched.values()), default=math.inf)
        return actions

    def _due(self, name: str, watched: _Watched, now_s: float) -> StartAgain | Kill | None:
        limits = self._limits
        if now_s >= watched.restart_at_s:
            watched.restart_at_s = math.inf
            if watched.arrives:
                watched.arrives = False
                watched.arrivals.append(now_s)
            watched.connect_by_s = now_s + limits.start_timeout_s
            watched.incarnation += 1
            watched.has_connected = False
            return StartAgain(daemon=name, incarnation=watched.incarnation, cause=watched.cause)
        if now_s >= watched.continue_by_s:
            watched.continue_by_s = math.inf
            return Kill(daemon=name, cause=f"it was stopped for {limits.stopped_s:g} s")
        if now_s >= watched.connect_by_s:
            watched.connect_by_s = math.inf
            return Kill(daemon=name, cause=f"it did not connect in {limits.start_timeout_s:g} s")
        return None

    def next_s(self) -> float:
        """When to call `tick` again, at the latest; infinite if never."""
        return self._next_s
