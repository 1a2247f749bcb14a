"""A daemon module that nothing is pushed to: its own code makes what it pushes (rule 26). Pure.

One that has `position` and `seek` can be asked again: after a crash it goes on behind the last
position of which the controller knows that all before it has been confirmed. One that has not is
asked once per round, and never again in it, so the controller must know of that before it begins.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping

from swarmdsl.daemon import marks as open_marks
from swarmdsl.daemon.instance import Instance
from swarmdsl.daemon.linger import Linger
from swarmdsl.daemon.reports import PositionReached, Recollection, SourceBegun
from swarmdsl.daemon.wiring import UNMOVED, Hosted, Members, Seating, Wiring
from swarmdsl.daemon.work import Finish, Produce, Work
from swarmdsl.wire.messages import ChannelKey
from swarmdsl.wire.session.events import Inlet

POSITION_EVERY_S = 0.25  # how often a position that was reached is told to the controller


class Positions:
    """Which position of a source has been reached: all that it pushed before it is confirmed.

    The source notes where it stands after each flush. There are never more notes than pushes that
    are not confirmed.

    >>> positions, channel = Positions(), ChannelKey(0, 0, 0)
    >>> positions.note(b"at 5", {channel: 5})
    >>> positions.confirm(channel, 4), positions.take()
    (None, None)
    >>> positions.confirm(channel, 5), positions.take(), positions.take()
    (None, b'at 5', None)

    Attributes:
        newest: where the source stands; None before it was first told.
    """

    def __init__(self) -> None:
        self.newest: bytes | None = None
        self._notes: deque[tuple[bytes, open_marks.Marks]] = deque()
        self._confirmed: open_marks.Marks = {}
        self._reached: bytes | None = None

    def begin_round(self) -> None:
        """What was noted in rounds that are over need not be told: where this one starts is."""
        self._notes.clear()
        self._reached = None

    def note(self, position: bytes, marks: Mapping[ChannelKey, int]) -> None:
        """The source stands here, and has pushed up to these marks."""
        if position == self.newest:
            return
        self.newest = position
        if self._notes and self._notes[-1][1] == marks:
            self._notes.pop()  # it has moved, and pushed nothing
        if self._notes or not self._is_reached(marks):
            self._notes.append((position, dict(marks)))
        else:
            self._reached = position

    def confirm(self, channel: ChannelKey, upto: int) -> None:
        """What was pushed on a channel is confirmed up to there."""
        self._confirmed[channel] = upto
        self._look()

    def move(self, channel: ChannelKey, other: ChannelKey, offset: int) -> None:
        """What was pushed on one channel will be confirmed on another, at other positions."""
        for _, marks in self._notes:
            open_marks.confirm(marks, channel, self._confirmed.get(channel, 0))
            open_marks.move(marks, channel, other, offset)
        self._look()

    def _look(self) -> None:
        while self._notes and self._is_reached(self._notes[0][1]):
            self._reached = self._notes.popleft()[0]

    def _is_reached(self, marks: Mapping[ChannelKey, int]) -> bool:
        return all(self._confirmed.get(key, 0) >= mark for key, mark in marks.items())

    def take(self) -> bytes | None:
        """The last position that was reached; None if that is no news."""
        reached, self._reached = self._reached, None
        return reached

    @property
    def waits(self) -> bool:
        """Whether there is a position to tell of."""
        return self._reached is not None


class Producing(Instance):
    """The instance of a source: it produces once in each round.

    Args:
        hosted: the instance.
        wiring: of its daemon.
        recalls: whether there were processes of its name before.
        replays: whether it has `position` and `seek`.

    Attributes:
        replays: likewise.
        positions: where it has stood, until the controller knows.
    """

    def __init__(self, hosted: Hosted, wiring: Wiring, *, recalls: bool, replays: bool) -> None:
        super().__init__(hosted, wiring)
        self.replays = replays
        self._stop_timeout_s = wiring.topology.limits.stop_timeout_s
        self.positions = Positions()
        self._linger = Linger(wiring, hosted)
        # What must be dealt as the first time needs the whole round: then it is produced anew.
        self._anew = any(
            wiring.link(one).policy == "balance" and wiring.deals_exactly(one)
            for one in hosted.outputs
        )
        self._recalls = recalls
        self._recalled: tuple[PositionReached, ...] = ()
        self._asked = -1  # the last round in which a former process began
        self._told = self._known = -1  # that this one begins a round: by us, to the controller
        self._next_s: float | None = None
        self._end_by_s: float | None = None  # since no other round is to follow
        self._exhausted = -1  # the last round in which its generator is done

    def start_round(
        self,
        number: int,
        revision: int,
        members: Members,
        seating: Seating = UNMOVED,
        *,
        done: bool = False,
    ) -> bool:
        """As of any instance."""
        if number > self.round:
            self.positions.begin_round()
        return super().start_round(number, revision, members, seating, done=done)

    @property
    def saves(self) -> bool:
        """Whether it says where it stands, so that another one can go on there."""
        return self.replays

    def await_recall(self) -> None:
        """It does nothing before it is told once more where others have stood."""
        self._recalls = True

    def recall(self, recollection: Recollection) -> list[tuple[Inlet, int, int]]:
        """What is known of former processes; nothing of it is in the inbox of a source."""
        self._recalls = False
        self._recalled, self._asked = recollection.positions, recollection.begun
        return []

    def begun(self, round_number: int) -> None:
        """The controller knows that a round has begun here: from now on it is not repeated."""
        self._known = round_number

    def next_work(self) -> Work | None:
        """To produce, once in a round; only to end it, if a former process has begun it."""
        if not self.running or self._recalls:
            return None
        if self.replays:
            return self._once(Produce(self.hosted, self.round, self._take_recalled(), {}))
        if self._asked >= self.round:
            return self._once(Finish(self.hosted, self.round, {}))
        if self._known >= self.round:
            return self._once(Produce(self.hosted, self.round, None, {}))
        return None

    @property
    def linger_s(self) -> float:
        """How long what it pushes may wait."""
        return self._linger.seconds

    def asked_to_linger(self, asked_s: Mapping[str, float]) -> None:
        """Daemons that it pushes to ask it to wait so long with that, each for itself."""
        self._linger.asked(self.routes, asked_s)

    def must_end(self, now_s: float) -> bool:
        """Whether it is to yield no more: long enough ago it heard that no round comes after this.

        One that has an end of its own may come to it until then; whether it has, nobody can tell.
        """
        if not self.last:
            return False
        if self._end_by_s is None:
            self._end_by_s = now_s + self._stop_timeout_s
        return now_s >= self._end_by_s

    def _take_recalled(self) -> bytes | None:
        """Where a new process goes on in this round; later it knows that by itself."""
        recalled, self._recalled = self._recalled, ()
        behind = [one.position for one in recalled if one.round <= self.round]
        return behind[-1] if behind else None

    def _once(self, work: Work) -> Work:
        self.running = False
        return work

    def exhausted(self) -> None:
        """Its generator has ended or was closed: what its code does after a `yield` is done."""
        self._exhausted = self.round

    def stand(self, position: bytes, marks: Mapping[ChannelKey, int]) -> None:
        """It stands here, having pushed up to these marks.

        Once its generator has ended that is where the next round begins, and only that: another
        process that does this round again begins where it last stood at a `yield`.
        """
        if self._exhausted == self.round:
            self.positions.newest = position
        else:
            self.positions.note(position, marks)

    def take_reports(self, now_s: float) -> list[SourceBegun | PositionReached]:
        """What the controller is to be told now."""
        name = self.hosted.spec.name
        if self.replays:
            if now_s < self.due_s():
                return []
            self._next_s = now_s + POSITION_EVERY_S
            reached = self.positions.take()
            assert reached is not None, "it waits"
            return [PositionReached(name, self.round, starts=False, position=reached)]
        if not self.running or self._recalls or max(self._told, self._asked) >= self.round:
            return []
        self._told = self.round
        return [SourceBegun(name, self.round)]

    def due_s(self) -> float:
        """When a position may be told next, if there is one."""
        if self._anew or not self.positions.waits:
            return math.inf
        return self._next_s or 0.0
