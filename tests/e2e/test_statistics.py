"""What a run has measured, of real processes."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from swarmdsl import Condition, Daemon, Limits, Swarm, Task, every, module, on
from swarmdsl.control.state import RunState
from swarmdsl.stats.summary import HandlerStatistics, RunStatistics

pytestmark = pytest.mark.e2e

PUSHES = 5_000


class Numbers(Daemon):
    def produce(self) -> Iterator[int]:
        yield from range(PUSHES)


class Adder(Daemon):
    def on_start(self) -> None:
        self.sum = 0

    @on
    def add(self, number: int) -> None:
        self.sum += number

    def on_round_end(self) -> int:
        return self.sum


@module
def twice(numbers: list[int]) -> int:
    return 2 * sum(numbers)


class Adding(Swarm):
    def execute(self) -> Task:
        numbers = Task(Numbers, alias="numbers")
        return Task(twice, alias="twice")(Task(Adder, alias="adder")(numbers))


def of(found: RunStatistics, task: str, handler: str) -> HandlerStatistics:
    (one,) = [one for one in found.handlers if (one.task, one.handler) == (task, handler)]
    return one


def test_every_push_is_measured_once(tmp_path: Path) -> None:
    found = Adding().run(home=tmp_path).stats
    add = of(found, "adder", "add")
    assert (add.calls, add.queue_wait.count, add.failed) == (PUSHES, PUSHES, 0)
    assert 0 < add.computing.min <= add.computing.quantile(0.5) <= add.computing.max
    assert of(found, "adder", "on_round_end").calls == of(found, "twice", "").calls == 1
    numbers = found.links[0]
    assert (numbers.source, numbers.destination, numbers.type) == ("numbers", "adder", "int")
    assert (numbers.sent, numbers.received, numbers.round_trip.count) == (PUSHES, PUSHES, PUSHES)
    assert PUSHES <= numbers.sent_bytes <= 9 * PUSHES
    assert (numbers.unconfirmed, numbers.queued, numbers.resent, numbers.missed) == (0, 0, 0, {})
    assert [one.daemon for one in found.daemons] == [
        "adder@node1#0",
        "numbers@node1#0",
        "worker@node1#0",
    ]
    assert all(0 <= one.busy_s + one.blocked_s <= one.alive_s + 0.1 for one in found.daemons)


class Few(Daemon):
    def produce(self) -> Iterator[int]:
        yield from range(100)


def slow(number: int) -> int:
    time.sleep(0.005)
    return number


class Late(Swarm):
    limits = Limits(statistics_every_s=0.1)

    def execute(self) -> Task:
        each = Task(slow, "any", alias="slow")
        each(Task(Few, "any", alias="few"), condition=Condition.RESULT)
        return Task(twice, "any", alias="twice")(each)


def test_what_is_confirmed_long_after_its_source_has_ended_is_measured_too(tmp_path: Path) -> None:
    few = Late().run(home=tmp_path).stats.links[0]
    assert (few.source, few.sent, few.unconfirmed, few.queued) == ("few", 100, 0, 0)
    assert few.round_trip.count == 100


class Unmeasured(Adding):
    limits = Limits(statistics_every_s=0.0)


def test_a_swarm_may_say_that_nothing_is_measured(tmp_path: Path) -> None:
    run = Unmeasured().run(home=tmp_path)
    assert (run.state, run.stats) == (
        RunState.COMPLETED,
        RunStatistics(handlers=[], links=[], daemons=[], connections=[]),
    )


class Dies(Adder):
    """Kills its own process at its thousandth push, once."""

    @on
    def add(self, number: int) -> None:
        self.sum += number
        marker = Path(os.environ["MARKER"])
        if number == 1_000 and not marker.exists():
            marker.touch()
            os.kill(os.getpid(), signal.SIGKILL)


class Struck(Swarm):
    limits = Limits(batch_messages=16)

    def execute(self) -> Task:
        return Task(Dies, alias="adder")(Task(Numbers, alias="numbers"))


def test_what_a_lost_daemon_caused_is_seen_in_the_links(tmp_path: Path) -> None:
    environment = {**os.environ, "MARKER": str(tmp_path / "died")}
    run = Struck().run(home=tmp_path, environment=environment)
    assert run.state is RunState.COMPLETED
    (numbers, *_) = run.stats.links
    assert numbers.sent == PUSHES
    assert numbers.resent > 0


class Beats(Daemon):
    """Is seen at work from outside: it beats until the run is stopped."""

    @every(seconds=0.01)
    def beat(self) -> int:
        return 1


class Beating(Swarm):
    limits = Limits(statistics_every_s=0.05)

    def execute(self) -> Task:
        return Task(Adder, alias="adder")(Task(Beats, alias="beats"))


def test_a_run_at_work_tells_what_it_has_measured_by_now(tmp_path: Path) -> None:
    run = Beating().run(home=tmp_path, background=True)
    while not any(one.task == "adder" for one in run.stats.handlers):
        assert not run.state.final
    ended = run.stop()
    assert of(ended.stats, "adder", "add").calls == of(ended.stats, "beats", "beat").calls


class Raises(Daemon):
    @on
    def take(self, number: int) -> None:
        if number == 7:
            raise ValueError(number)


class Failing(Swarm):
    def execute(self) -> Task:
        return Task(Raises, alias="raises")(Task(Numbers, alias="numbers"))


def test_a_call_that_raised_is_counted(tmp_path: Path) -> None:
    run = Failing().run(home=tmp_path)
    assert run.state is RunState.FAILED
    take = of(run.stats, "raises", "take")
    assert (take.calls, take.failed) == (7, 1)


class Images(Daemon):
    def produce(self) -> Iterator[NDArray[np.float32]]:
        for _ in range(3):
            yield np.ones(50_000, np.float32)


class Summer(Daemon):
    @on
    def add(self, image: NDArray[np.float32]) -> None:
        assert image.sum() == 50_000


class Imaging(Swarm):
    def execute(self) -> Task:
        return Task(Summer, alias="summer")(Task(Images, alias="images"))


def test_large_arrays_are_counted_by_how_they_left(tmp_path: Path) -> None:
    found = Imaging().run(home=tmp_path).stats
    (images,) = [one for one in found.daemons if one.daemon == "images@node1#0"]
    assert sum(images.arrays.values()) == 3
    assert images.arrays.keys() <= {"shared", "unseen"}


class Endless(Daemon):
    def produce(self) -> Iterator[int]:
        while True:
            yield 1


class Flowing(Swarm):
    limits = Limits(statistics_every_s=0.05)

    def execute(self) -> Task:
        return Task(Adder, alias="adder")(Task(Endless, alias="endless"))


def test_a_source_that_never_ends_tells_what_it_has_pushed_by_now(tmp_path: Path) -> None:
    run = Flowing().run(home=tmp_path, background=True)
    while not any(one.sent for one in run.stats.links):
        assert not run.state.final
    assert run.kill().stats.links[0].sent > 0


def test_what_the_network_does_is_measured_over_tcp_and_nowhere_else(tmp_path: Path) -> None:
    assert Adding().run(home=tmp_path / "unix").stats.connections == []
    found = Adding().run(home=tmp_path / "tcp", transport="tcp").stats.connections
    ways = {(one.source, one.destination): one for one in found}
    pushed = ways["numbers@node1#0", "adder@node1#0"]
    assert pushed.opened == 1
    assert pushed.segments > 0
    assert 0 < pushed.round_trip.max < 1
    assert ("adder@node1#0", "controller") in ways
