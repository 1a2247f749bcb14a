"""Who waits for the confirmation of an instance that is lost for good waits for its successor's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from swarmdsl import Daemon, Limits, Swarm, Task, on
from swarmdsl.control.state import RunState
from swarmdsl.testing import Fault, FaultKind
from swarmdsl.testing.prepared import prepared
from swarmdsl.testing.simulator import Simulator
from tests.sim.test_moves import SEED, Movable, bench, report, split, total

TELLS = "deliver Counter@node1#0 -> controller:3 Data("


class Sum(Daemon):
    """Passes on what it has had so far, and remembers it."""

    had = 0

    @on
    def take(self, number: int) -> int:
        self.had += number
        return self.had

    def snapshot(self) -> int:
        return self.had

    def restore(self, state: int) -> None:
        self.had = state


class BehindMemory(Movable):
    """What gathers may run on node2 or on node3, behind one that has snapshots."""

    limits = Limits(restarts=0, inbox_messages=4, batch_messages=2, snapshot_every_s=0.004)

    def execute(self) -> Task:
        source = Task(split, method="any", specified_ids=["node1"])
        sums = Task(Sum, method="any", specified_ids=["node1"])(source)
        middle = Task(total, method="any", excepted_ids=["node1"], alias="middle")(sums)
        return Task(report, method="any", specified_ids=["node1"])(middle)


class Counter(Daemon):
    """A source that can be asked again."""

    at = 0

    async def produce(self) -> AsyncIterator[int]:
        while self.at < 80:
            await asyncio.sleep(0.02)
            self.at += 1
            yield self.at

    def position(self) -> int:
        return self.at

    def seek(self, position: int) -> None:
        self.at = position


class Slow(Daemon):
    """Has always something in hand."""

    @on
    async def take(self, number: int) -> int:
        await asyncio.sleep(0.03)
        return number


class BehindSource(Swarm):
    """What handles its pushes one by one may run on node2 or on node3, behind a source."""

    limits = Limits(restarts=0)

    def execute(self) -> Task:
        source = Task(Counter, method="any", specified_ids=["node1"])
        return Task(Slow, method="any", excepted_ids=["node1"], alias="slow")(source)


def test_a_task_moves_from_behind_one_that_has_snapshots() -> None:
    with bench(BehindMemory()) as swarm:
        for at_s in swarm.moments(30):
            outcome = swarm.killed(at_s)
            assert outcome.state is RunState.COMPLETED, (at_s, outcome.reason)
        assert swarm.given_up > 20


def test_a_source_goes_on_telling_where_it_stands_when_its_receiver_has_moved() -> None:
    compilation = BehindSource().compile(3)
    dies = Fault(at_s=0.4, kind=FaultKind.KILL, target="slow@node2#0")
    with prepared(compilation.require(), compilation.bundles) as ready:
        lines = Simulator(ready).run(SEED, [dies]).trace.lines()
    moved_s, ended_s = (time_of(what, lines) for what in (" told DaemonGivenUp", "Finished "))
    positions_s = [time_of(TELLS, [line]) for line in lines if TELLS in line]
    assert [at_s for at_s in positions_s if moved_s + 0.3 < at_s < ended_s - 0.01], positions_s


def time_of(what: str, lines: list[str]) -> float:
    return next(float(line.split()[0]) for line in lines if what in line)
