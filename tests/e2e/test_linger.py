"""A receiver that is behind, of real processes: frames hold several pushes, and one when idle."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from swarmdsl import Daemon, Swarm, Task, every, on
from swarmdsl.control.state import RunState
from swarmdsl.stats.summary import LinkStatistics

pytestmark = pytest.mark.e2e

SOURCES = 3  # so few that they wait for nothing unless they are asked to
PERIOD_S = 0.001
TAKES_S = 0.000_8  # nearly three times as long as there is


class Often(Daemon):
    """Pushes a thousand a second."""

    pushes_left = 1_000

    @every(seconds=PERIOD_S)
    def beat(self) -> int:
        self.pushes_left -= 1
        if not self.pushes_left:
            self.finish()
        return self.pushes_left


class Seldom(Daemon):
    """Calls its timer as often, and pushes now and then."""

    calls = 0

    @every(seconds=PERIOD_S)
    def beat(self) -> int | None:
        self.calls += 1
        if self.calls == 1_000:
            self.finish()
        return None if self.calls % 100 else self.calls


class Takes(Daemon):
    """Is at work for a while with each."""

    takes_s = TAKES_S

    def on_start(self) -> None:
        self.taken = 0

    @on
    def take(self, number: int) -> None:
        self.taken += 1
        until_s = time.perf_counter() + self.takes_s
        while time.perf_counter() < until_s:
            pass

    def on_round_end(self) -> int:
        return self.taken


class Loaded(Swarm):
    """More comes than can be handled."""

    source: type[Daemon] = Often

    def execute(self) -> Task:
        return Task(Takes, alias="takes", method="any")(Task(self.source, alias="source"))


class Idle(Loaded):
    """Much less comes."""

    source = Seldom


def link_of(swarm: Swarm, home: Path) -> LinkStatistics:
    run = swarm.run(nodes=SOURCES, home=home)
    assert run.state is RunState.COMPLETED, run.reason
    (link,) = [one for one in run.stats.links if one.destination == "takes"]
    assert run.value == [link.received] == [link.sent]
    return link


def test_under_load_a_frame_holds_several_pushes(tmp_path: Path) -> None:
    link = link_of(Loaded(), tmp_path)
    assert link.sent == SOURCES * 1_000
    assert link.sent >= 2 * link.frames


def test_when_it_is_idle_each_push_leaves_by_itself(tmp_path: Path) -> None:
    link = link_of(Idle(), tmp_path)
    assert link.sent == link.frames == SOURCES * 10
