"""The memory of a daemon module that has snapshots: what to save, and when (rule 25). Pure state.

What such a module handles is not confirmed push by push. All that it has handled since its last
snapshot is confirmed when the next one is kept by the controller, which is told of it once all that
came of those pushes has been confirmed. So whoever restores a snapshot owes nothing to anybody for
what the snapshot covers, and is pushed all the rest once more.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from swarmdsl.daemon import marks as open_marks
from swarmdsl.daemon.instance import NO_METHODS, Methods
from swarmdsl.daemon.reports import Recollection, SnapshotTaken
from swarmdsl.daemon.streaming import Streaming
from swarmdsl.daemon.wiring import Hosted, Wiring
from swarmdsl.daemon.work import Remember, Restore, Work
from swarmdsl.topology.model import Limits
from swarmdsl.wire.messages import ChannelKey
from swarmdsl.wire.session.events import Inlet


class Memory:
    """What has been handled since the last snapshot, and whether it is time for another.

    It is time when it has waited for `snapshot_every_s`, or when what a channel keeps unconfirmed
    on its account reaches half of the bound; but not before the last one is kept.

    Attributes:
        covered: per input, the position behind the last push that was handled.
        changed: whether something was handled since the last snapshot.
    """

    def __init__(self, limits: Limits) -> None:
        self.covered: dict[Inlet, int] = {}
        self.changed = False
        self._every_s = limits.snapshot_every_s
        self._count_max = max(1, limits.unconfirmed_messages // 2)
        self._counts: dict[Inlet, int] = {}
        self._consumed: dict[Inlet, int] = {}
        self._marks: open_marks.Marks = {}
        self._since_s: float | None = None
        self._urgent = False
        self._taken = self._kept = 0

    @property
    def due(self) -> bool:
        """Whether a snapshot should be taken now."""
        return self._urgent and self._kept == self._taken

    def handled(
        self, consumed: Mapping[Inlet, int], marks: Mapping[ChannelKey, int], count: int
    ) -> None:
        """So many pushes were handled, up to these positions; what came of them was pushed."""
        self.changed = True
        self._marks |= marks
        self.covered |= consumed
        self._consumed |= consumed
        for inlet in consumed:
            self._counts[inlet] = self._counts.get(inlet, 0) + count
            self._urgent |= self._counts[inlet] >= self._count_max

    def tick(self, now_s: float) -> float:
        """Let time pass; returns when it is time, infinite if nothing waits."""
        if not self.changed:
            self._since_s = None
            return math.inf
        if self._since_s is None:
            self._since_s = now_s
        due_s = self._since_s + self._every_s
        self._urgent |= now_s >= due_s
        return math.inf if self._urgent else due_s

    def take(self) -> dict[Inlet, int]:
        """A snapshot is taken: what it covers and no earlier one did."""
        consumed, self._consumed = self._consumed, {}
        self._counts = {}
        self._since_s = None
        self._urgent = self.changed = False
        self._taken += 1
        return consumed

    def confirmed(self, channel: ChannelKey, upto: int) -> None:
        """What was pushed on a channel is confirmed up to there."""
        open_marks.confirm(self._marks, channel, upto)

    def move(self, channel: ChannelKey, other: ChannelKey, offset: int) -> None:
        """What was pushed on one channel will be confirmed on another, at other positions."""
        open_marks.move(self._marks, channel, other, offset)

    def take_marks(self) -> open_marks.Marks:
        """What must be confirmed before the snapshot that was just taken may be kept."""
        marks, self._marks = self._marks, {}
        return marks

    def report(self, instance: str, value: bytes) -> SnapshotTaken:
        """What the controller will be told of the snapshot that was just taken."""
        return SnapshotTaken(instance, self._taken, value, tuple(self.covered.items()))

    def kept(self) -> None:
        """The controller has the oldest snapshot that it did not have."""
        self._kept += 1

    def restore(self, covered: Mapping[Inlet, int]) -> None:
        """A former process has handled this, and it is remembered."""
        self.covered = dict(covered)

    def forget(self, peer: str) -> None:
        """A peer was started anew: nobody waits for what its former process pushed."""
        for inlets in (self.covered, self._counts, self._consumed):
            for inlet in [one for one in inlets if one.peer == peer]:
                del inlets[inlet]


class Remembering(Streaming):
    """The instance of a daemon module that has `snapshot` and `restore`.

    One that has a predecessor does nothing before it knows what that one had saved.

    Args:
        hosted: the instance.
        wiring: of its daemon.
        methods: those that are called without a push.
        recalls: whether there were processes of its name before.
    """

    def __init__(
        self, hosted: Hosted, wiring: Wiring, methods: Methods = NO_METHODS, *, recalls: bool
    ) -> None:
        super().__init__(hosted, wiring, methods)
        self.memory = Memory(wiring.topology.limits)
        self._recalls = recalls
        self._snapshot: bytes | None = None

    saves = True
    remembers = True

    def await_recall(self) -> None:
        """It does nothing before it is told once more what others have saved for it."""
        self._recalls = True

    def recall(self, recollection: Recollection) -> list[tuple[Inlet, int, int]]:
        """What former processes have saved is known now.

        Returns per batch in the inbox that need not be handled again the input, the position behind
        it, and how many pushes it has.
        """
        self._recalls = False
        self._snapshot = recollection.snapshot
        self.memory.restore(dict(recollection.covered))
        covered: list[tuple[Inlet, int, int]] = []
        for queue in self._queues.values():
            for batch in queue:
                upto = min(batch.upto, self.covered(batch.inlet))
                count = upto - (batch.upto - len(batch.values))
                if batch.decode is not None and count > 0:
                    del batch.values[:count]
                    covered.append((batch.inlet, upto, count))
            for _ in range(len(queue)):
                batch = queue.popleft()
                if batch.decode is None or batch.values:
                    queue.append(batch)
        return covered

    def covered(self, _inlet: Inlet) -> int:
        """The position behind what is remembered of an input."""
        return self.memory.covered.get(_inlet, 0)

    @property
    def is_itself(self) -> bool:
        """Whether what a former process had saved, if there was one, is back."""
        return not self._recalls and self._snapshot is None

    def forget(self, peer: str) -> None:
        """A peer was started anew."""
        super().forget(peer)
        self.memory.forget(peer)

    @property
    def rests(self) -> bool:
        """Nobody knows before it is asked: it may have something to remember."""
        return False

    def next_work(self) -> Work | None:
        """As of any daemon module; a snapshot goes before it when it is time.

        One that is done with its round may still be called, so it is restored and saved as well.
        """
        if self.round < 0 or self._recalls:
            return None
        if self._snapshot is not None:
            snapshot, self._snapshot = self._snapshot, None
            return Restore(self.hosted, self.round, snapshot, {})
        if self.memory.due:
            return self._remember()
        return super().next_work() if self.running else None

    def _finish(self) -> Work:
        # The end of a round is told after what is remembered of it: a process that knows that it
        # is done with the round need not be given anything of it.
        if (last := self._close()) is not None:
            return last
        return self._remember() if self.memory.changed else super()._finish()

    def _remember(self) -> Work:
        return Remember(self.hosted, self.round, self.memory.take())
