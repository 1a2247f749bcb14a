"""A daemon module that nothing is pushed to and that has timers: a source with the clock's rhythm.

What holds for other sources (`swarmdsl.daemon.source`) holds for it as well. Its round has no end
but the one that its code asks for, or the run when it is asked to stop.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from swarmdsl.daemon.instance import Methods
from swarmdsl.daemon.source import Producing
from swarmdsl.daemon.timers import Timers
from swarmdsl.daemon.wiring import Hosted, Wiring
from swarmdsl.daemon.work import Finish, Invoke, Restore, Work
from swarmdsl.wire.messages import ChannelKey


class Ticking(Producing):
    """The instance of such a source.

    Args:
        hosted: the instance.
        wiring: of its daemon.
        methods: those that it has.
        recalls: whether there were processes of its name before.
        replays: whether it has `position` and `seek`.
    """

    def __init__(
        self, hosted: Hosted, wiring: Wiring, methods: Methods, *, recalls: bool, replays: bool
    ) -> None:
        super().__init__(hosted, wiring, recalls=recalls, replays=replays)
        self._timers = Timers(methods.periods_s, self._late_s)
        self._last_method = methods.round_end
        self._over = self._closed = -1  # the last round that its code, and its last method, ended

    @property
    def _late_s(self) -> float:
        """How late its timers may be; what has a time limit has it for each call."""
        return 0.0 if self.hosted.task.timeout_s is not None else self.linger_s

    def asked_to_linger(self, asked_s: Mapping[str, float]) -> None:
        """As of any source; its timers are as late as that."""
        super().asked_to_linger(asked_s)
        self._timers.linger(self._late_s)

    def end_round(self) -> None:
        """Its own code wants to push nothing more in this round."""
        self._over = self.round

    def stand(self, position: bytes, marks: Mapping[ChannelKey, int]) -> None:
        """It stands here. Where it has ended its round, the next one begins, and only that.

        A position does not say that the round is over. So another process goes on before the timer
        that has ended it, which then ends it again.
        """
        if self._is_over:
            self.positions.newest = position
        else:
            super().stand(position, marks)

    def tick(self, now_s: float) -> float:
        """Let time pass for its timers, from when it may begin."""
        if self.running and self._may_begin and not self._is_over:
            return self._timers.tick(now_s)
        self._timers.rest()
        return math.inf

    @property
    def _may_begin(self) -> bool:
        """Whether it is known where it begins, and the controller knows that it does."""
        return not self._recalls and (self.replays or self._known >= self.round)

    @property
    def _is_over(self) -> bool:
        return self.last or self._over == self.round

    @property
    def rests(self) -> bool:
        """Whether no timer is due; one whose round is over has that to say."""
        return not (self._timers.due or self._is_over)

    def next_work(self) -> Work | None:
        """What its timers want; only to end the round, if a former process has begun it."""
        if not self.running or self._recalls:
            return None
        if self.replays:
            position = self._take_recalled()
            if position is not None:
                return Restore(self.hosted, self.round, position, {})
        elif self._asked >= self.round:
            return self._once(Finish(self.hosted, self.round, {}))
        if not self._may_begin:
            return None
        if self._is_over:
            return self._end()
        due = self._timers.take()
        if due is None:
            return None
        return Invoke(self.hosted, self.round, due.name, {}, due.times)

    def _end(self) -> Work:
        if self._last_method and self._closed < self.round:
            self._closed = self.round
            return Invoke(self.hosted, self.round, self._last_method, {})
        return self._once(Finish(self.hosted, self.round, {}))
