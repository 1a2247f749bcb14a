"""An instance of a task that is tried on another node after each failure (rule 17)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from swarmdsl.daemon.instance import Batch, Gathering
from swarmdsl.daemon.wiring import UNMOVED, Hosted, Members, Seating, Wiring
from swarmdsl.wire.messages import ChannelKey
from swarmdsl.wire.session.events import Inlet


class Wandering(Gathering):
    """A function's or script's instance that drops its part of the round when it has failed.

    It confirms nothing of what it had consumed, so its sources push all of it anew: to another
    instance, or to this one if it is its turn again. What they had pushed before may still be on
    its way then, and the END of a channel tells both apart: it counts what belongs to it, and that
    is what has come last.

    Attributes:
        abandoned: it has failed in the round, and its turn has not come again.
    """

    def __init__(self, hosted: Hosted, wiring: Wiring) -> None:
        super().__init__(hosted, wiring)
        self.abandoned = False

    def start_round(
        self,
        number: int,
        revision: int,
        members: Members,
        seating: Seating = UNMOVED,
        *,
        done: bool = False,
    ) -> bool:
        """This instance is in the roster of the round, perhaps again; False if that is no news."""
        failures = seating.failures.get(self.hosted.spec.task, 0)
        if number > self.round:
            self._void_before(number)
            self.failures, self.abandoned = failures, False
        elif (number, revision) > (self.round, self.revision) and failures > self.failures:
            self.failures, self.abandoned = failures, False
            self.running = not done
        return super().start_round(number, revision, members, seating, done=done)

    def abandon(self) -> None:
        """It has failed: what it had consumed is not confirmed, and what waits is void."""
        self.running, self.abandoned = False, True
        self._queues.clear()
        self._ended.clear()
        self._open = None

    def is_repeat(self, round_number: int) -> bool:
        """Whether what was pushed in this round has been consumed, and not in vain."""
        in_vain = self.abandoned and round_number == self.round
        return not in_vain and super().is_repeat(round_number)

    def takes(self, round_number: int, revision: int) -> bool | None:
        """Whether what is pushed in this round has an effect; None until its roster is known."""
        if self.abandoned and round_number == self.round:
            return None  # Another takes its place; who asks will hear of that.
        return super().takes(round_number, revision)

    def end(
        self,
        inlet: Inlet,
        upto: int,
        round_number: int,
        pushed: int | None = None,
        now_s: float = 0.0,
    ) -> None:
        """END came on a channel; void is what came before the pushes that belong to it."""
        queue = self._queue(inlet.channel)
        unended = [*self._unended(inlet.channel)]
        count = sum(len(batch.values) for batch in unended)
        if pushed is not None and count < pushed:
            # Some of what belongs to it came before this instance failed: all of it comes anew.
            for batch in unended:
                queue.remove(batch)
            return
        for batch in unended:
            count -= len(batch.values)
            if pushed is None or count < pushed:
                break
            queue.remove(batch)
        super().end(inlet, upto, round_number, pushed, now_s)

    def _unended(self, key: ChannelKey) -> Iterator[Batch]:
        """What has come on a channel since its last END, in order."""
        queue = self._queue(key)
        ends = [index for index, batch in enumerate(queue) if batch.decode is None]
        behind = ends[-1] + 1 if ends else 0
        yield from [*queue][behind:]

    def _take_round(
        self, key: ChannelKey, received: dict[ChannelKey, list[Any]]
    ) -> tuple[Inlet, int]:
        """What a channel brings in the round, all of it, even if that has come twice by now."""
        taken = super()._take_round(key, received)
        while any(one.decode is None and one.round <= self.round for one in self._queues[key]):
            taken = super()._take_round(key, received)
        return taken

    def _void_before(self, number: int) -> None:
        """What is left of rounds before this one belongs to work that has failed."""
        for queue in self._queues.values():
            while queue and queue[0].round < number:
                queue.popleft()
