"""A daemon module that is lost for good goes on elsewhere with what it had saved."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator

from swarmdsl import Daemon, Limits, Swarm, Task
from swarmdsl.control.state import RunState
from swarmdsl.testing.outcome import Outcome
from swarmdsl.wire.codec import decode_blob
from tests.sim.swarms.streaming import Distinct
from tests.sim.test_moves import bench

COUNT = 60
PERIOD_S = 0.02
TOLD_EVERY_S = 0.25  # as docs/design/recovery.md says of positions
AT_ONCE = 2  # is pushed while a confirmation is on its way


class Steps(Daemon):
    """A source that can be asked again."""

    at = 0

    async def produce(self) -> AsyncIterator[int]:
        while self.at < COUNT:
            await asyncio.sleep(PERIOD_S)
            self.at += 1
            yield self.at

    def position(self) -> int:
        return self.at

    def seek(self, position: int) -> None:
        self.at = position


class MovableSource(Swarm):
    """The source may run on node1 or on node2, and the run itself reads it."""

    limits = Limits(restarts=0)

    def execute(self) -> Task:
        return Task(Steps, method="any", excepted_ids=["node3"], alias="steps")


class MovableReader(Swarm):
    """Who reads may run on node2 or on node3, and remembers what it has read."""

    limits = Limits(restarts=0, snapshot_every_s=0.05)

    def execute(self) -> Task:
        source = Task(Steps, method="any", specified_ids=["node1"], alias="steps")
        return Task(Distinct, method="any", excepted_ids=["node1"], alias="count")(source)


def values_of(outcome: Outcome) -> list[int]:
    return [decode_blob(one) for values in outcome.values.values() for one in values]


def test_a_source_goes_on_elsewhere_behind_the_last_position_that_was_told() -> None:
    twice_at_most = TOLD_EVERY_S / PERIOD_S + AT_ONCE
    with bench(MovableSource()) as swarm:
        for at_s in swarm.moments(40):
            outcome = swarm.killed(at_s, victim="steps@node1#0")
            assert outcome.state is RunState.COMPLETED, (at_s, outcome.reason)
            came = Counter(values_of(outcome))
            assert sorted(came) == list(range(1, COUNT + 1)), at_s
            assert came.total() - COUNT <= twice_at_most, (at_s, came)
        assert swarm.given_up > 30


def test_what_a_reader_remembers_is_there_on_another_node() -> None:
    with bench(MovableReader()) as swarm:
        for at_s in swarm.moments(40):
            outcome = swarm.killed(at_s, victim="count@node2#0")
            assert outcome.state is RunState.COMPLETED, (at_s, outcome.reason)
            assert max(values_of(outcome)) == COUNT, (at_s, "each step was counted once")
        assert swarm.given_up > 30
