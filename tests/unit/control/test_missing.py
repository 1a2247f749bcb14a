"""A run that goes on without instances, as its core decides and its journal remembers."""

from __future__ import annotations

import pytest

from swarmdsl.control.core import ControlCore
from swarmdsl.control.missing import left_out, settled
from swarmdsl.control.state import RunState
from swarmdsl.errors import CallFailed
from swarmdsl.topology.model import Limits, OnNodeLoss, Topology
from tests.handmade import link, task, topology
from tests.unit.control.core_bench import Bench, since_rest

NODES = ["n1", "n2", "n3"]
N2 = "train@n2#0"
LOST = "its daemon train@n2#0 is lost for good"


def swarm(on_node_loss: OnNodeLoss = "continue", *, fixed: bool = False) -> Topology:
    """`train`, daemon modules on three nodes, feeds `merge`, a function beside them."""
    return topology(
        [
            task("train", "daemon", NODES, on_node_loss=on_node_loss, fixed=fixed),
            task("merge", nodes=["n1"]),
        ],
        [link("train", "merge", "values", gather=True), link("merge")],
        limits=Limits(restarts=0),
        max_iteration=3,
    )


def running(graph: Topology | None = None) -> Bench:
    return Bench(ControlCore(graph or swarm(), "r")).start()


def test_a_round_goes_on_without_an_instance_that_keeps_its_place_in_it() -> None:
    run = running()
    run.lose(N2)
    assert run.core.state is RunState.RUNNING
    assert (run.roster.members, run.roster.absent) == ({0: [0, 1, 2], 1: [0]}, {(0, 1)})
    run.finish("train@n1#0", "train@n3#0", "merge@n1#0")
    assert run.core.round == 1


def test_the_next_rounds_leave_it_out_and_the_reason_lists_it() -> None:
    run = running()
    run.finish(*run.hosts)
    run.lose(N2)
    rest = ("train@n1#0", "train@n3#0", "merge@n1#0")
    run.finish(*rest)
    assert (run.roster.members, run.roster.absent) == ({0: [0, 2], 1: [0]}, frozenset())
    run.finish(*rest)
    assert run.core.state is RunState.COMPLETED
    assert run.why.endswith("the limit set by max_iteration; without train@n2#0 since round 1")


def test_observers_are_told_once_who_is_missing() -> None:
    run = running()
    run.lose(N2)
    run.finish("train@n1#0", "train@n3#0", "merge@n1#0")
    assert run.missing == [("train@n2#0", 0, LOST)]


def test_one_that_was_done_is_missing_from_the_next_round_on() -> None:
    run = running()
    run.confirm("train@n2#0")
    run.lose(N2)
    assert run.missing == []
    run.finish("train@n1#0", "train@n3#0", "merge@n1#0")
    assert run.missing == [("train@n2#0", 1, LOST)]


def test_a_round_that_waited_for_nobody_else_is_over() -> None:
    run = running()
    run.finish("train@n1#0", "train@n3#0", "merge@n1#0")
    assert run.core.round == 0
    run.lose(N2)
    assert run.core.between_rounds


def test_a_fixed_task_goes_on_without_as_well() -> None:
    run = running(swarm(fixed=True))
    run.lose(N2)
    run.finish("train@n1#0", "train@n3#0", "merge@n1#0")
    assert run.roster.members == {0: [0, 2], 1: [0]}


def test_by_default_the_run_fails() -> None:
    run = running(swarm("fail"))
    run.lose(N2)
    assert run.core.state is RunState.FAILED
    assert "daemon train@n2#0 was lost (SIGKILL)" in run.why


@pytest.mark.parametrize("done", [[], ["train@n1#0", "train@n2#0", "train@n3#0"]])
def test_a_task_without_any_instance_ends_the_run(done: list[str]) -> None:
    run = running()
    run.confirm(*done)
    for node in NODES:
        run.lose(f"train@{node}#0")
    run.finish("merge@n1#0")
    assert run.core.state is RunState.FAILED
    assert run.why.endswith("no instance of train is left")


def test_a_missing_node_cannot_be_asked_for() -> None:
    run = running()
    run.lose(N2)
    with pytest.raises(CallFailed, match=r"missing, .* its nodes are n1, n3"):
        run.core.request_round("train", ["n2"])
    run.core.request_round("train", ["n1", "n3"])


@pytest.mark.parametrize("rounds", [0, 1])
def test_a_controller_that_takes_over_remembers_who_is_missing(rounds: int) -> None:
    run = running()
    rest = ("train@n1#0", "train@n3#0", "merge@n1#0")
    run.lose(N2)
    for _ in range(rounds):
        run.finish(*rest)
    again = Bench(ControlCore.recovered(swarm(), "r", since_rest(run.journal)))
    again.core.resume(set(run.hosts.values()) - {N2}, 0.0)
    again.core.connected("train@n1#0")
    assert again.missing == [("train@n2#0", 0, LOST)]
    assert again.roster.absent == ({(0, 1)} if rounds == 0 else frozenset())
    again.finish(*rest)
    assert again.core.round == rounds + 1


def test_an_instance_that_can_move_does_and_is_not_missing() -> None:
    graph = topology([task("train", nodes=NODES, count=2, on_node_loss="continue")])
    gone = {"worker@n2#0"}
    first = settled(graph, {0: [0, 1]}, [(0, 1)], gone)
    assert first is not None
    assert (first.members, first.missing) == ({0: [0, 2]}, frozenset())
    second = settled(graph, first.members, [(0, 2)], gone | {"worker@n3#0"})
    assert second is not None
    assert second.missing == {(0, 2)}


def test_what_a_missing_instance_feeds_as_its_pair_is_left_out_down_the_graph() -> None:
    graph = topology(
        [
            task("cut", "daemon", NODES, on_node_loss="continue"),
            task("pack", "daemon", NODES),
            task("send", "daemon", NODES),
        ],
        [link("cut", "pack", policy="pair"), link("pack", "send", policy="pair"), link("send")],
    )
    assert left_out(graph, {"cut@n2#0"}) == {(0, 1), (1, 1), (2, 1)}
    assert left_out(graph, {"pack@n2#0"}) == frozenset(), "its task does not bear it"


def test_a_source_on_a_lost_daemon_that_must_run_again_does_so_elsewhere() -> None:
    """It is not in the round, until one that has lost its values needs it."""
    graph = topology(
        [task("load", nodes=["n2", "n3"], count=1), task("use", nodes=["n1"], count=1)],
        [link("load", "use"), link("use")],
        limits=Limits(restarts=1),
    )
    run = running(graph)
    run.core.request_round("use", None)
    run.finish("load@n2#0", "use@n1#0")
    for number in range(2):
        run.core.exited("worker@n2#0", None, 9, 0.1 * number)
        run.core.tick(10.0 + number)
        run.core.connected("worker@n2#0")
    assert run.roster.members == {1: [0]}
    run.core.exited("worker@n1#0", None, 9, 12.0)
    assert run.roster.members == {0: [1], 1: [0]}


def test_a_node_that_is_lost_before_the_first_round_is_missing_from_it() -> None:
    run = Bench(ControlCore(swarm(), "r"))
    run.lose(N2)
    assert run.core.state is RunState.STARTING
    run.start()
    assert (run.roster.members, run.missing) == ({0: [0, 2], 1: [0]}, [(N2, 0, LOST)])
    for _ in range(3):
        run.finish("train@n1#0", "train@n3#0", "merge@n1#0")
    assert run.why.endswith("without train@n2#0 since round 0")


def test_the_first_round_begins_when_the_last_that_was_waited_for_is_lost() -> None:
    run = Bench(ControlCore(swarm(), "r"))
    for daemon in {*run.hosts.values()} - {N2}:
        run.core.connected(daemon)
    assert run.core.round == -1
    run.lose(N2)
    assert (run.core.state, run.core.round) == (RunState.RUNNING, 0)


CONTINUE = 'with Task(..., on_node_loss="continue") the run goes on without its share'
FURTHER = "give the run a further node that may do it"


def test_before_the_first_round_the_run_fails_as_soon_as_it_cannot_begin() -> None:
    for graph, lost, why in (
        (swarm("fail"), [N2], f"; round 0 needs it for train: {CONTINUE}"),
        (swarm(), ["worker@n1#0"], f"; round 0 needs it for merge: {FURTHER}"),
        (swarm(), [f"train@{node}#0" for node in NODES], "no instance of train is left"),
    ):
        run = Bench(ControlCore(graph, "r"))
        for daemon in lost:
            run.lose(daemon)
        assert run.core.state is RunState.FAILED
        assert run.why.endswith(why)


def test_what_can_begin_elsewhere_does() -> None:
    graph = topology([task("use", nodes=NODES, count=1)], [link("use")], limits=Limits(restarts=0))
    run = Bench(ControlCore(graph, "r"))
    run.lose("worker@n1#0")
    for node in ("n2", "n3"):
        run.core.connected(f"worker@{node}#0")
    assert (run.roster.members, run.missing) == ({0: [1]}, [])
