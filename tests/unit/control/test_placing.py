"""Tasks that take their nodes in another order: how rounds decide, and how one asks for it."""

from __future__ import annotations

import pytest

from swarmdsl.control.core import ControlCore
from swarmdsl.control.happenings import TasksPlaced
from swarmdsl.control.instructions import Instruction, Note, SendRoster, Tell
from swarmdsl.control.journal import AnyRecord, decode_record, encode_record
from swarmdsl.control.placements import is_placement, place_tasks, placement
from swarmdsl.control.questions import Answer, Question
from swarmdsl.control.state import RunState
from swarmdsl.daemon.reports import WorkConfirmed
from swarmdsl.errors import CallFailed
from swarmdsl.topology.expand import expand_daemons
from swarmdsl.topology.model import Limits, Topology
from swarmdsl.wire.codec import decode_blob
from swarmdsl.wire.messages import ChannelKey
from tests.handmade import link, task, topology

NODES = ("n1", "n2", "n3")
FIRST, SECOND, THIRD = ("worker@n1#0", "worker@n2#0", "worker@n3#0")
COUNT, MODEL, KEPT = range(3)
TOKEN = "0123456789abcdef"
BACKWARDS = ["n3", "n2", "n1"]


def three() -> Topology:
    """A function, a daemon module and a function that is fixed, each on one of three nodes."""
    return topology(
        [
            task("count", nodes=NODES, count=1),
            task("model", kind="daemon", nodes=NODES, count=1),
            task("kept", nodes=NODES, count=1, fixed=True),
        ],
        [link("count", "model"), link("model", "kept", gather=True), link("kept")],
        max_iteration=9,
        limits=Limits(restarts=0),
    )


class Bench(ControlCore):
    """A core all of whose daemons have connected, and what it has said."""

    def __init__(self, graph: Topology) -> None:
        super().__init__(graph, "r")
        self.graph = graph
        self.given: list[Instruction] = []
        for daemon in expand_daemons(graph):
            self.connected(daemon.name)

    def collect(self) -> list[Instruction]:
        self.given += self.drain()
        return self.given

    def members(self) -> dict[int, list[int]]:
        """Of the round, as the daemons were told last."""
        rosters = [one for one in self.collect() if isinstance(one, SendRoster)]
        return {task: [*ones] for task, ones in rosters[-1].members.items()}

    def records(self) -> list[AnyRecord]:
        """The journal, as another controller reads it."""
        notes = [one.record for one in self.collect() if isinstance(one, Note)]
        return [decode_record(encode_record(one)) for one in notes]

    def told(self) -> list[TasksPlaced]:
        tells = [one.happening for one in self.collect() if isinstance(one, Tell)]
        return [one for one in tells if isinstance(one, TasksPlaced)]

    def finish_round(self) -> None:
        """Everybody in it does his part, and the next one begins."""
        for index, candidates in self.members().items():
            spec = self.graph.tasks[index]
            for one in candidates:
                daemon = spec.candidates[one]
                self.reported(daemon, WorkConfirmed(f"{spec.alias}@{daemon[-4:]}", self.round))
        fed = next(i for i, one in enumerate(self.graph.links) if one.to_run)
        source = [one.alias for one in self.graph.tasks].index(self.graph.links[fed].source)
        for one in self.members()[source]:
            self.ended(ChannelKey(fed, one, 0), self.round)
        self.proceed()


def test_a_function_is_elsewhere_from_the_next_round_on_and_not_before() -> None:
    core = Bench(three())
    core.placing.ask({"count": BACKWARDS})
    assert core.members()[COUNT] == [0]
    core.finish_round()
    assert core.members()[COUNT] == [2]
    core.finish_round()
    assert core.members()[COUNT] == [2]


def test_before_the_first_round_it_is_there_in_that_already() -> None:
    core = ControlCore(three(), "r")
    core.placing.ask({"count": BACKWARDS})
    for daemon in expand_daemons(three()):
        core.connected(daemon.name)
    (roster,) = [one for one in core.drain() if isinstance(one, SendRoster)]
    assert roster.members[COUNT] == [2]


def test_a_daemon_module_and_what_is_fixed_stay_where_they_are() -> None:
    core = Bench(three())
    core.placing.ask({"count": BACKWARDS, "model": BACKWARDS, "kept": BACKWARDS})
    core.finish_round()
    assert core.members() == {COUNT: [2], MODEL: [0], KEPT: [0]}


def test_who_steps_in_for_a_daemon_module_goes_by_the_new_order_at_once() -> None:
    core = Bench(three())
    core.placing.ask({"model": BACKWARDS})
    core.exited("model@n1#0", None, 9, 0.0)
    assert core.state is RunState.RUNNING
    assert core.members()[MODEL] == [2]


def test_it_is_told_where_the_tasks_are_that_move() -> None:
    core = Bench(three())
    core.placing.ask({"count": BACKWARDS, "model": BACKWARDS})
    assert [one.moves for one in core.told()] == [{"count": ("n3",)}]


def test_an_order_that_moves_nobody_is_told_too() -> None:
    core = Bench(three())
    core.placing.ask({"count": ["n1", "n3", "n2"]})
    assert [one.text for one in core.told()] == ["no task"]


def test_a_daemon_that_is_gone_is_passed_over_and_that_is_told() -> None:
    core = Bench(three())
    core.exited(THIRD, None, 9, 0.0)
    core.placing.ask({"count": BACKWARDS})
    core.finish_round()
    assert core.members()[COUNT] == [1]
    assert [one.moves for one in core.told()] == [{"count": ("n2",)}]


def test_who_came_late_is_behind_nobody_any_more() -> None:
    core = Bench(three())
    core.node_lost("n3", "it is down")
    core.finish_round()
    core.node_joined("n3", 0.0)
    for daemon in (THIRD, "model@n3#0"):
        core.connected(daemon)
    core.finish_round()
    core.placing.ask({"count": BACKWARDS})
    core.finish_round()
    assert core.members()[COUNT] == [2]


def test_a_module_that_has_moved_stays_when_late_nodes_are_as_others_again() -> None:
    core = Bench(three())
    core.node_lost("n1", "it is down")
    assert core.state is RunState.FAILED  # what is fixed was there
    graph = topology(
        [task("model", kind="daemon", nodes=NODES, count=1)], [link("model")], max_iteration=9
    )
    core = Bench(graph)
    core.node_lost("n1", "it is down")
    core.finish_round()
    core.node_joined("n1", 0.0)
    core.connected("model@n1#0")
    core.finish_round()
    core.placing.ask({"model": ["n1", "n3", "n2"]})
    core.finish_round()
    assert core.members() == {0: [1]}


@pytest.mark.parametrize("rounds_before", [0, 1])
@pytest.mark.parametrize("rounds_after", [0, 1])
def test_another_controller_goes_by_the_same_order(rounds_before: int, rounds_after: int) -> None:
    core = Bench(three())
    for _ in range(rounds_before):
        core.finish_round()
    core.placing.ask({"count": BACKWARDS, "model": BACKWARDS})
    for _ in range(rounds_after):
        core.finish_round()
    other = ControlCore.recovered(three(), "r", core.records())
    other.resume({one.name for one in expand_daemons(three())}, 0.0)
    other.exited("model@n1#0", None, 9, 0.0)
    rosters = [one for one in other.drain() if isinstance(one, SendRoster)]
    assert rosters[-1].members[MODEL] == [2]
    assert rosters[-1].members[COUNT] == [2 if rounds_after else 0]


NAMED = "the nodes of count are n1, n2, n3, each of which is to be named once; these were: "


@pytest.mark.parametrize(
    ("nodes", "problem"),
    [
        ({"counts": BACKWARDS}, "the run has no task counts"),
        ({"count": ["n1", "n2"]}, f"{NAMED}n1, n2"),
        ({"model": BACKWARDS, "count": ["n1", "n2", "n2"]}, f"{NAMED}n1, n2, n2"),
        ({"count": []}, f"{NAMED}none"),
    ],
)
def test_what_the_run_has_not_is_refused_and_nothing_is_changed(
    nodes: dict[str, list[str]], problem: str
) -> None:
    core = Bench(three())
    with pytest.raises(CallFailed) as caught:
        core.placing.ask(nodes)
    assert caught.value.problem == problem
    assert core.told() == []
    core.exited("model@n1#0", None, 9, 0.0)
    assert core.members()[MODEL] == [1]


# ------------------------------------------------------------------------------ who asks for it


def answered(core: ControlCore, nodes: dict[str, list[str]]) -> tuple[bool, str]:
    answer: Answer = place_tasks(placement(TOKEN, nodes), core)
    assert answer.token == TOKEN
    return answer.ok, decode_blob(answer.payload)


def test_a_question_for_it_is_told_from_a_call() -> None:
    assert is_placement(placement(TOKEN, {}))
    assert not is_placement(Question(token=TOKEN, alias="model", method="place", timeout_s=1.0))


def test_who_asks_is_told_that_it_is_done_or_why_not() -> None:
    core = Bench(three())
    assert answered(core, {"count": BACKWARDS}) == (True, "")
    assert answered(core, {"counts": BACKWARDS}) == (False, "the run has no task counts")
    core.finish_round()
    assert core.members()[COUNT] == [2]


def test_nodes_that_are_no_names_are_refused() -> None:
    asked = Question(
        token=TOKEN, alias="", method="place", timeout_s=1.0, keywords={"count": b"\xc1"}
    )
    assert not place_tasks(asked, Bench(three())).ok


def test_a_run_that_has_ended_says_so() -> None:
    core = Bench(three())
    core.interrupted()
    assert answered(core, {"count": BACKWARDS}) == (False, "the run has ended")
