"""What goes over the channels of a link, and how long a push is on its way and back."""

from __future__ import annotations

from collections import deque

from swarmdsl.stats.recorder import SECOND_NS, Recorder


class Traffic:
    """What one process sends and receives on one link, over all of its channels.

    Attributes:
        sent: pushes that left, each counted once.
        sent_bytes: their payload.
        frames: that they left in.
        resent: pushes that left once more.
        received: pushes that came, each counted once.
        received_bytes: their payload.
        duplicates: pushes that came once more.
        round_trip: from when a push left until it was confirmed.
    """

    __slots__ = (
        "duplicates",
        "frames",
        "received",
        "received_bytes",
        "resent",
        "round_trip",
        "sent",
        "sent_bytes",
    )

    def __init__(self) -> None:
        self.sent = self.sent_bytes = self.frames = self.resent = 0
        self.received = self.received_bytes = self.duplicates = 0
        self.round_trip = Recorder()


class Clock:
    """The time, as somebody was told it last.

    Attributes:
        now_s: that time.
    """

    __slots__ = ("now_s",)

    def __init__(self) -> None:
        self.now_s = 0.0


class Trips:
    """The pushes of one channel that have left and are not confirmed, with the time of each frame.

    There are no more of them than a channel keeps unconfirmed.

    Args:
        traffic: of the link.
        clock: that somebody sets.
    """

    __slots__ = ("_away", "_clock", "_traffic")

    def __init__(self, traffic: Traffic, clock: Clock) -> None:
        self._traffic = traffic
        self._clock = clock
        self._away: deque[tuple[int, int, float]] = deque()

    def depart(self, upto: int, pushes: int, size: int, *, again: bool) -> None:
        """A batch leaves; what has left before is on its way since then."""
        if again:
            self._traffic.resent += pushes
            return
        self._traffic.sent += pushes
        self._traffic.sent_bytes += size
        self._traffic.frames += 1
        self._away.append((upto, pushes, self._clock.now_s))

    def confirm(self, upto: int) -> None:
        """Everything below a position is confirmed."""
        away, now_s = self._away, self._clock.now_s
        while away and away[0][0] <= upto:
            _, pushes, left_s = away.popleft()
            self._traffic.round_trip.add(round((now_s - left_s) * SECOND_NS), pushes)

    def recall(self, position: int) -> None:
        """What ends behind a position did not arrive, and is not sent again."""
        while self._away and self._away[-1][0] > position:
            self._away.pop()

    def forget(self) -> None:
        """Nobody will confirm what is away: its receiver is gone."""
        self._away.clear()
