"""Nodes that are lost, come back or come later, as the core decides."""

from __future__ import annotations

import pytest

from swarmdsl.control.core import ControlCore
from swarmdsl.control.happenings import DaemonGivenUp, DaemonLost, NodeArrived, NodeAwaited
from swarmdsl.control.instructions import Dismiss
from swarmdsl.control.state import RunState
from swarmdsl.control.supervision import Kill
from swarmdsl.daemon.reports import WorkFailed
from swarmdsl.errors import CallFailed
from tests.handmade import link, task, topology
from tests.unit.control.arrivals_bench import (
    ALL,
    LIMITS,
    N2,
    NODES,
    REST,
    WITHOUT_N2,
    Run,
    mover,
    running,
    swarm,
)

# ---------------------------------------------------------------------- a node is lost


def test_what_a_lost_node_hosted_is_done_without_at_once() -> None:
    run = running()
    run.lose_node("n2", "no word for 10 s")
    assert (run.roster.members, run.roster.absent) == (ALL, {(0, 1)})
    [given_up] = run.told(DaemonGivenUp)
    assert given_up == DaemonGivenUp(daemon=N2, text="node n2 was lost (no word for 10 s)")
    run.pass_time(100.0)
    assert run.started == []


def test_a_restart_that_was_due_there_is_not_made() -> None:
    run = running()
    run.lose(N2)
    run.lose_node("n2")
    run.pass_time(100.0)
    assert run.started == []
    run.finish(*REST)
    assert run.roster.members == WITHOUT_N2


def test_what_is_said_of_its_daemons_afterwards_is_no_news() -> None:
    run = running()
    run.lose_node("n2")
    told = len(run.collect())
    run.lose(N2)
    run.lose_node("n2")
    run.core.reported(N2, WorkFailed(N2, 0, "ValueError", "too late", ""))
    assert len(run.collect()) == told
    assert run.core.state is RunState.RUNNING


def test_a_task_that_does_not_bear_it_ends_the_run_at_once() -> None:
    run = running(swarm("fail"))
    run.lose_node("n2")
    assert run.core.state is RunState.FAILED
    assert run.why.startswith("node n2 was lost; no other node can do the work of train")


def test_all_daemons_of_a_node_go_together_so_nothing_moves_from_one_to_the_other() -> None:
    graph = topology(
        [task("first", "daemon", NODES, count=1), task("second", "daemon", NODES, count=1)],
        [link("first", "second", "take"), link("second")],
        limits=LIMITS,
    )
    run = running(graph)
    run.lose_node("n1")
    assert (run.roster.members, run.roster.revision) == ({0: [1], 1: [1]}, 1)


def test_a_node_that_nothing_runs_on_matters_to_nobody() -> None:
    run = running()
    run.lose_node("n9")
    run.join_node("n9")
    assert (run.core.state, run.roster.revision) == (RunState.RUNNING, 0)


def test_a_daemon_that_was_cut_off_and_comes_back_by_itself_is_told_to_leave() -> None:
    run = running()
    run.lose_node("n2")
    run.core.connected(N2)
    assert run.collect()[-1] == Dismiss(daemon=N2)
    run.finish(*REST)
    assert run.roster.members == WITHOUT_N2


# ---------------------------------------------------------------------- it comes back


def test_a_node_that_is_back_takes_part_from_the_next_round_on() -> None:
    run = running()
    run.lose_node("n2")
    run.come_back("n2")
    assert run.started == [(N2, 1)]
    assert (run.roster.round, run.roster.absent) == (0, {(0, 1)}), "never in the midst of a round"
    run.finish(*REST)
    assert (run.roster.round, run.roster.members, run.roster.absent) == (1, ALL, frozenset())
    assert run.joined == [(N2, 1)]


def test_one_whose_daemon_is_not_ready_by_then_takes_part_in_a_later_one() -> None:
    run = running()
    run.lose_node("n2")
    run.join_node("n2")
    run.pass_time(0.0)
    run.finish(*REST)
    assert run.roster.members == WITHOUT_N2
    run.core.connected(N2)
    run.finish(*REST)
    assert run.roster.members == ALL


def test_a_node_without_news_of_its_loss_is_there_already() -> None:
    run = running()
    run.join_node("n2")
    run.pass_time(1.0)
    assert (run.started, run.told(NodeArrived)) == ([], [])


def test_observers_hear_of_the_node_and_the_reason_tells_what_was_missed() -> None:
    run = running()
    run.lose_node("n2")
    run.finish(*REST)
    run.come_back("n2")
    assert run.told(NodeArrived) == [NodeArrived(node="n2")]
    run.finish(*REST)
    for _ in range(3):
        run.finish(*run.hosts)
    assert run.why.endswith("without train@n2#0 in 2 rounds up to round 1")


def test_one_that_is_lost_again_is_missing_again_and_counts_both() -> None:
    run = running()
    run.lose_node("n2")
    run.come_back("n2")
    run.finish(*REST)
    run.lose_node("n2")
    run.finish(*REST)
    run.come_back("n2")
    run.finish(*REST)
    assert run.joined == [(N2, 1), (N2, 3)]
    for _ in range(2):
        run.finish(*run.hosts)
    assert run.why.endswith("without train@n2#0 in 3 rounds up to round 2")


def test_one_that_goes_before_it_has_taken_part_changes_nothing() -> None:
    run = running()
    run.lose_node("n2")
    revision = run.roster.revision
    run.come_back("n2")
    run.lose_node("n2")
    run.finish(*REST)
    assert (run.roster.members, run.joined) == (WITHOUT_N2, [])
    assert revision == 1


def test_its_losses_of_before_do_not_count() -> None:
    run = running()
    for _ in range(2):
        run.lose(N2)
        run.pass_time(10.0)
        run.core.connected(N2)
    run.lose_node("n2")
    run.come_back("n2")
    run.finish(*REST)
    run.lose(N2)
    assert len(run.told(DaemonLost)) == 3
    assert len(run.told(DaemonGivenUp)) == 1


def test_a_daemon_that_dies_while_it_comes_back_is_started_anew_so_often_and_no_more() -> None:
    run = running()
    run.lose_node("n2")
    run.join_node("n2")
    for _ in range(3):
        run.pass_time(10.0)
        run.lose(N2)
    run.pass_time(10.0)
    assert run.started == [(N2, 1), (N2, 2), (N2, 3)]
    assert run.core.state is RunState.RUNNING
    assert "started anew 2 times within 60 s" in str(run.told(DaemonGivenUp)[-1])


def test_one_that_does_not_connect_in_time_is_killed() -> None:
    run = running()
    run.lose_node("n2")
    run.join_node("n2")
    run.pass_time(0.0)
    run.pass_time(LIMITS.start_timeout_s)
    assert [one.daemon for one in run.collect() if isinstance(one, Kill)] == [N2]


def test_a_node_that_comes_and_goes_has_its_daemons_started_so_often_in_a_while() -> None:
    run = running()
    run.lose_node("n2")
    for _ in range(20):
        run.join_node("n2")
        run.pass_time(1.0)
        run.lose_node("n2")
    assert run.started == [(N2, 1), (N2, 2)]
    run.join_node("n2")
    run.pass_time(LIMITS.restart_window_s)
    assert len(run.started) == 3


def test_a_round_may_be_asked_for_there_as_soon_as_it_is_ready() -> None:
    run = running()
    run.lose_node("n2")
    with pytest.raises(CallFailed, match=r"its instance there is missing"):
        run.core.request_round("train", ["n2"])
    run.come_back("n2")
    run.core.request_round("train", ["n2"])
    run.finish(*REST)
    assert run.roster.members == {0: [1], 1: [0]}


# ---------------------------------------------------------------------- who has moved


def test_what_has_moved_away_stays_where_it_is() -> None:
    run = running(mover())
    for lost, at in (("n1", 1), ("n2", 2)):
        run.lose_node(lost)
        assert run.roster.members == {0: [at]}
        run.finish(f"use@n{at + 1}#0")
        run.come_back(lost, f"worker@{lost}#0")
    run.finish("use@n3#0")
    assert run.roster.members == {0: [2]}


def test_who_came_first_of_those_that_came_back_is_moved_to_first() -> None:
    run = running(mover())
    for lost in ("n2", "n1"):
        run.lose_node(lost)
        run.come_back(lost, f"worker@{lost}#0")
        run.finish(*run.hosts)
    run.finish(*run.hosts)
    assert run.roster.members == {0: [2]}
    run.lose_node("n3")
    assert run.roster.members == {0: [1]}
    run.finish(*run.hosts)
    assert run.roster.members == {0: [1]}, "and stays there"


def test_a_share_is_full_again_as_soon_as_there_are_enough() -> None:
    run = running(mover(count=2))
    run.lose_node("n1")
    run.finish("use@n2#0", "use@n3#0")
    run.come_back("n1", "worker@n1#0")
    run.finish("use@n2#0", "use@n3#0")
    assert run.roster.members == {0: [1, 2]}


def test_a_fixed_task_has_those_of_its_first_round_and_no_others() -> None:
    run = running(swarm(fixed=True))
    run.lose_node("n2")
    run.finish(*REST)
    assert run.roster.members == WITHOUT_N2
    run.come_back("n2")
    run.finish(*REST)
    assert run.roster.members == ALL


# ---------------------------------------------------------------------- it comes later


def test_a_run_begins_without_a_node_that_is_expected() -> None:
    run = Run(ControlCore(swarm("fail", expected=["n2"]), "r"))
    run.lose_node("n2")
    assert run.told(NodeAwaited) == [NodeAwaited(node="n2")]
    run.core.connected("train@n1#0")
    run.core.connected("train@n3#0")
    assert run.core.state is RunState.STARTING
    run.core.connected("worker@n1#0")
    assert (run.roster.members, run.core.round) == (WITHOUT_N2, 0)
    assert run.missing == [(N2, 0, "its node n2 is not there yet")]


def test_it_takes_part_from_the_next_round_on_once_it_has_come() -> None:
    run = Run(ControlCore(swarm("fail", expected=["n2"]), "r"))
    run.lose_node("n2")
    for daemon in ("train@n1#0", "train@n3#0", "worker@n1#0"):
        run.core.connected(daemon)
    run.come_back("n2")
    run.finish(*REST)
    assert run.roster.members == ALL
    run.lose_node("n2")
    assert run.core.state is RunState.FAILED, "and is then like any other"


def test_a_node_that_is_expected_and_there_is_waited_for() -> None:
    run = Run(ControlCore(swarm(expected=["n2"]), "r"))
    for daemon in ("train@n1#0", "train@n3#0", "worker@n1#0"):
        run.core.connected(daemon)
    assert run.core.state is RunState.STARTING
    run.core.connected(N2)
    assert run.roster.members == ALL


def test_but_not_for_longer_than_all_others_and_it_may_come_behind_that() -> None:
    run = Run(ControlCore(swarm(expected=["n2"]), "r"))
    for daemon in ("train@n1#0", "train@n3#0", "worker@n1#0"):
        run.core.connected(daemon)
    run.core.start_timed_out(20.0)
    assert (run.core.state, run.roster.members) == (RunState.RUNNING, WITHOUT_N2)
    run.core.connected(N2)
    run.finish(*REST)
    assert run.roster.members == ALL


def test_those_that_are_not_expected_are_needed_all_the_same() -> None:
    run = Run(ControlCore(swarm(expected=["n2"]), "r"))
    run.core.connected("worker@n1#0")
    run.core.start_timed_out(20.0)
    assert run.core.state is RunState.FAILED
    assert run.why.startswith("needs 3 daemons, 1 here after 20 s")
    assert run.why.endswith("no word of train@n1#0, train@n3#0")


def test_one_that_is_there_before_the_first_round_takes_part_in_it() -> None:
    run = Run(ControlCore(swarm(expected=["n2"]), "r"))
    run.lose_node("n2")
    run.come_back("n2")
    for daemon in ("train@n1#0", "train@n3#0", "worker@n1#0"):
        run.core.connected(daemon)
    assert (run.roster.members, run.missing) == (ALL, [])


def test_a_task_that_only_expected_nodes_can_run_is_waited_for() -> None:
    run = Run(ControlCore(swarm(expected=NODES), "r"))
    for node in ("n2", "n3"):
        run.lose_node(node)
    run.lose_node("n1")
    assert run.core.state is RunState.STARTING
    run.come_back("n1", "train@n1#0", "worker@n1#0")
    assert run.roster.members == {0: [0], 1: [0]}


def test_and_so_long_as_a_start_may_take() -> None:
    run = Run(ControlCore(swarm(expected=NODES), "r"))
    for node in NODES:
        run.lose_node(node)
    run.core.start_timed_out(20.0)
    assert run.core.state is RunState.FAILED
    assert run.why == (
        "no node can run train or merge (expected and not there: n1, n2, n3) after 20 s "
        "(limits.start_timeout_s)"
    )


def test_one_that_comes_later_takes_nothing_from_where_it_is() -> None:
    graph = topology(
        [task("use", nodes=NODES, count=1)],
        [link("use")],
        limits=LIMITS,
        max_iteration=9,
        expected=["n1"],
    )
    run = Run(ControlCore(graph, "r"))
    run.lose_node("n1")
    for node in ("n2", "n3"):
        run.core.connected(f"worker@{node}#0")
    run.come_back("n1", "worker@n1#0")
    run.finish("use@n2#0")
    assert (run.roster.members, run.missing) == ({0: [1]}, [])
