"""Tasks whose own code ends the process that they are in, as the core decides."""

from __future__ import annotations

from dataclasses import replace

import pytest

from swarmdsl.control.core import ControlCore
from swarmdsl.control.state import RunState
from swarmdsl.daemon.reports import WorkStarted
from swarmdsl.topology.model import Limits, OnNodeLoss, Topology
from tests.handmade import link, task, topology

WORKER, OTHER = "worker@n1#0", "worker@n2#0"


def swarm(*, on_node_loss: OnNodeLoss = "fail", elsewhere: bool = False) -> Topology:
    spec, code = task("ask", nodes=["n1", "n2"], count=1, on_node_loss=on_node_loss)
    spec = replace(spec, retries_elsewhere=elsewhere)
    return topology([(spec, code)], [link("ask")], limits=Limits(restarts=2))


def ended_again_and_again(
    swarm: Topology, exit_code: int | None, signal: int | None
) -> ControlCore:
    """A core whose task has ended its process as often as that is started anew."""
    core = ControlCore(swarm, "r")
    for daemon in (WORKER, OTHER):
        core.connected(daemon)
    for attempt in range(3):
        core.reported(WORKER, WorkStarted("ask@n1#0", 0))
        core.exited(WORKER, exit_code, signal, 10.0 * attempt)
        core.tick(10.0 * attempt + 5.0)
        core.connected(WORKER)
    return core


@pytest.mark.parametrize(
    ("exit_code", "signal", "how"),
    [
        (0, None, "your code ended the process of ask@n1#0 in round 0 (exit code 0)"),
        (None, 11, "crashed the process of ask@n1#0 in round 0 (SIGSEGV)"),
    ],
)
def test_the_run_ends_without_a_try_on_other_nodes_and_says_what_it_was(
    exit_code: int | None, signal: int | None, how: str
) -> None:
    core = ended_again_and_again(swarm(), exit_code, signal)
    assert core.state is RunState.FAILED
    assert core.reason is not None
    assert f"{how}, attempt 3 of 3; a task ends by returning" in core.reason.text


def test_the_push_that_it_was_at_is_told_unless_it_was_killed_from_outside() -> None:
    texts = []
    for signal in (11, 9):
        core = ControlCore(topology([task("ask")], [link("ask")], limits=Limits(restarts=0)), "r")
        core.connected(WORKER)
        core.reported(WORKER, WorkStarted("ask@n1#0", 0))
        core.exited(WORKER, None, signal, 0.0, "", "at push 17 of camera@n1#0")
        assert core.reason is not None
        texts.append(core.reason.text)
    assert ["at push 17 of camera@n1#0" in text for text in texts] == [True, False]


@pytest.mark.parametrize(
    "swarm", [swarm(elsewhere=True), swarm(on_node_loss="continue")], ids=["elsewhere", "continue"]
)
def test_where_the_task_allows_it_another_node_does_its_work(swarm: Topology) -> None:
    core = ended_again_and_again(swarm, 3, None)
    assert core.state is RunState.RUNNING
    assert core.seated == {0: [1]}


def test_what_is_killed_from_outside_is_done_elsewhere() -> None:
    core = ended_again_and_again(swarm(), None, 9)
    assert core.state is RunState.RUNNING
    assert core.seated == {0: [1]}
