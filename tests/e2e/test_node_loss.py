"""A node whose processes die again and again, in real runs that go on without it."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from swarmdsl import Daemon, Limits, Swarm, Task, call
from swarmdsl.control.happenings import DaemonGivenUp, Happening, InstanceMissing
from swarmdsl.errors import CallFailed
from swarmdsl.light import Local, World
from swarmdsl.runs import Run

pytestmark = pytest.mark.e2e


def measure(local: Local, world: World) -> str:
    if local.node == "node2" and world.iteration > 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return local.node


def gather(measured: list[str]) -> list[str]:
    return measured


class Bearing(Swarm):
    limits = Limits(restarts=1)
    max_iteration = 3
    on_node_loss = "continue"

    def execute(self) -> Task:
        measured = Task(measure, on_node_loss=self.on_node_loss)
        return Task(gather, method="any", specified_ids=["node1"])(measured)


class Failing(Bearing):
    on_node_loss = "fail"


def run_of(swarm: Swarm, tmp_path: Path, told: list[Happening]) -> Run:
    return swarm.run(3, home=tmp_path / "home", observers=[told.append])


def test_a_run_goes_on_without_a_node_that_is_lost_for_good_and_lists_it(tmp_path: Path) -> None:
    told: list[Happening] = []
    run = run_of(Bearing(), tmp_path, told)
    assert (run.state.name, run.value) == ("COMPLETED", ["node1", "node3"])
    assert run.reason.text.endswith("; without measure@node2#0 since round 1")
    assert [one.daemon for one in told if isinstance(one, DaemonGivenUp)] == ["worker@node2#0"]
    [missing] = [one for one in told if isinstance(one, InstanceMissing)]
    assert (missing.instance, missing.round) == ("measure@node2#0", 1)


class Fragile(Daemon):
    """Dies when it is asked to."""

    @call
    def die(self) -> None:
        os.kill(os.getpid(), signal.SIGKILL)


def ask(world: World) -> list[str]:
    told = []
    for _ in range(2):
        try:
            world.call("fragile", "die", node="node2", timeout=600.0)
        except CallFailed as error:
            told.append(str(error))
    return told


class Asked(Swarm):
    limits = Limits(restarts=0)

    def execute(self) -> list[Task]:
        fragile = Task(Fragile, alias="fragile", on_node_loss="continue")
        return [fragile, Task(ask, method="any", alias="ask")]


def test_who_calls_an_instance_that_is_missing_is_told_so_at_once(tmp_path: Path) -> None:
    run = run_of(Asked(), tmp_path, [])
    first, second = run.value["ask"]
    assert "the process of fragile@node2#0 died before it had answered" in first
    assert second == "fragile.die: its daemon fragile@node2#0 is lost for good"


def test_by_default_it_fails_with_the_daemon(tmp_path: Path) -> None:
    run = run_of(Failing(), tmp_path, [])
    assert run.state.name == "FAILED"
    assert "daemon worker@node2#0 was lost (SIGKILL)" in run.reason.text
    assert "it had been started anew once" in run.reason.text
    assert run.reason.text.endswith(
        "; no other node can do the work of measure: "
        'with Task(..., on_node_loss="continue") the run goes on without its share'
    )
