"""One test, or more, for each rule of the semantics that is carried out, by the rule's number.

Each stands at the cheapest level that shows the rule: the pure cores, moved by hand, wherever they
suffice; a run with processes where code of the user is what it is about. Here are rounds, triggers
and data; placement, edges and loss are in `test_rules_of_delivery`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from swarmdsl import Daemon, Module, Task, on
from swarmdsl.control.roster import request_for, roster
from swarmdsl.control.state import RunState
from swarmdsl.daemon.instance import Gathering
from swarmdsl.daemon.streaming import Streaming
from swarmdsl.daemon.wiring import Wiring
from swarmdsl.daemon.work import Finish, Handle
from swarmdsl.daemon.work import Run as RunWork
from swarmdsl.errors import CallFailed, DestinationUnknown, PushRefused
from swarmdsl.light import Globals, Local, Results, World
from swarmdsl.topology.model import RUN
from swarmdsl.wire.messages import ChannelKey
from swarmdsl.wire.session.events import Inlet
from swarmdsl.wire.types import matcher
from tests.contracts.rules_case import (
    DOUBLE,
    SOURCE,
    TOTAL,
    links_of,
    one_round,
    run_in,
    settled,
    swarm,
)
from tests.handmade import chain, link, task, topology

# ------------------------------------------------------------------------------------- rounds


def test_rule_1_without_a_limit_there_is_one_round() -> None:
    world = settled(chain())
    one_round(world, 1)
    reason = world.controller.core.reason
    assert reason is not None
    assert reason.text == "1 round finished"


def test_rule_1_a_limit_repeats_and_hitting_it_is_completed() -> None:
    world = settled(chain(max_iteration=2))
    states = []
    for value in (1, 2):
        one_round(world, value)
        states.append(world.controller.core.state)
    assert states == [RunState.RUNNING, RunState.COMPLETED]
    assert world.controller.values == [1, 2]


@pytest.mark.parametrize(
    ("limit", "stop", "ends"),
    [(None, False, None), (None, True, "stop_requested"), (1, True, "max_iteration")],
)
def test_rule_2_stop_beats_requests_and_max_iteration_beats_both(
    limit: int | None, stop: bool, ends: str | None
) -> None:
    world = settled(chain(max_iteration=limit))
    core = world.controller.core
    core.request_round(None, None)
    if stop:
        core.request_stop()
    one_round(world, 1)
    assert (core.reason and core.reason.kind.value) == ends


def test_rule_2_requests_unite_per_alias_and_over_aliases() -> None:
    swarm = topology([task("a", nodes=["n1", "n2", "n3"]), task("b")])
    asked = [("a", ["n3"]), ("a", ["n1"]), ("b", None)]
    requests = [request_for(swarm, alias, nodes) for alias, nodes in asked]
    assert roster(swarm, requests, {}) == {0: [0, 2], 1: [0]}


def test_rule_2_an_unknown_name_is_an_error() -> None:
    with pytest.raises(CallFailed, match="no task or module is named 'c'; there are: a"):
        request_for(topology([task("a")]), "c", None)


def test_rule_3_a_requested_round_runs_the_task_with_its_descendants_on_kept_inputs() -> None:
    world = settled(chain())
    world.controller.core.request_round("total", None)
    one_round(world, 1, 2)
    assert world.daemons[SOURCE].core.next_work() is None
    assert world.daemons[DOUBLE].core.next_work() is None
    again = world.daemons[TOTAL].perform(7)
    assert isinstance(again, RunWork)
    assert (again.round, again.arguments) == (1, {"values": [2, 4]})


def test_rule_3_an_instance_that_never_had_its_inputs_gets_them_anew() -> None:
    both = topology(
        [task("a"), task("b", nodes=["n1", "n2"], count=1)], [link("a", "b"), link("b")]
    )
    world = settled(both)
    world.controller.core.request_round("b", ["n2"])
    world.daemons["worker@n1#0"].perform(5)
    world.settle()
    world.daemons["worker@n1#0"].perform(50)
    world.settle()
    world.daemons["worker@n1#0"].perform(6)
    world.settle()
    moved = world.daemons["worker@n2#0"].perform(60)
    assert isinstance(moved, RunWork)
    assert moved.arguments == {"value": 6}


def test_rule_4_gathers_and_ends_refer_to_the_roster_of_the_round() -> None:
    """Two of three candidates take part, so two ENDs are all there is to wait for."""
    wide = topology(
        [task("a", nodes=["n1", "n2", "n3"], count=2), task("b")],
        [link("a", "b", "values", gather=True), link("b")],
    )
    world = settled(wide)
    world.daemons["worker@n2#0"].perform(2)
    world.daemons["worker@n1#0"].perform(1)
    world.settle()
    gathered = world.daemons["worker@n1#0"].begin()
    assert isinstance(gathered, RunWork)
    assert gathered.arguments == {"values": [1, 2]}
    assert world.daemons["worker@n3#0"].core.next_work() is None


def test_rule_6_end_is_passed_on_once_all_inputs_ended_and_all_outputs_are_sent() -> None:
    joined = topology(
        [task("a"), task("b"), task("join", "daemon", ["n2"])],
        [link("a", "join", "x"), link("b", "join", "x"), link("join")],
    )
    world = settled(joined)
    worker, join = world.daemons["worker@n1#0"], world.daemons["join@n2#0"]
    worker.perform(1)
    world.settle()
    assert isinstance(join.perform(1), Handle)
    assert join.core.next_work() is None
    worker.perform()
    world.settle()
    assert isinstance(join.perform(), Finish)
    assert "join@n2 > controller: END" in world.in_flight()


def test_rule_7_what_comes_after_end_belongs_to_the_next_round() -> None:
    wiring = Wiring(chain(), DOUBLE)
    double = Streaming(wiring.hosted[1, 0], wiring)
    double.start_round(0, 0, {0: [0], 1: [0]})
    inlet = Inlet(SOURCE, 0, ChannelKey(0, 0, 0))
    double.end(inlet, 1, 0)
    double.deliver(inlet, 2, 1, lambda: ["early"])
    assert [type(double.next_work()) for _ in range(2)] == [Finish, type(None)]
    double.start_round(1, 0, {0: [0], 1: [0]})
    assert isinstance(double.next_work(), Handle)


class Counter(Daemon):
    seen = 0

    @on
    def count(self, number: int) -> int:
        self.seen += 1
        return self.seen


def first() -> int:
    return 1


def test_rule_7_a_daemon_lives_for_the_whole_run(tmp_path: Path) -> None:
    done = run_in(tmp_path, lambda: Task(Counter, method="any")(Task(first, method="any")), 3)
    assert (done.state.value, done.value) == ("COMPLETED", [3])


# --------------------------------------------------------------------------- triggers and data


def test_rule_8_an_instance_runs_once_when_all_its_inputs_are_complete() -> None:
    joined = topology(
        [task("a"), task("b"), task("join")],
        [link("a", "join", "x"), link("b", "join", "y"), link("join")],
    )
    wiring = Wiring(joined, "worker@n1#0")
    join = Gathering(wiring.hosted[2, 0], wiring)
    join.start_round(0, 0, {0: [0], 1: [0], 2: [0]})
    from_a, from_b = (Inlet("worker@n1#0", 0, ChannelKey(link, 0, 0)) for link in (0, 1))
    join.deliver(from_a, 1, 0, lambda: [1])
    join.end(from_a, 2, 0)
    join.deliver(from_b, 1, 0, lambda: [2])
    assert join.next_work() is None
    join.end(from_b, 2, 0)
    assert isinstance(join.next_work(), RunWork)
    assert join.next_work() is None


def last(first: int, word: str) -> str:
    return word * first


def word() -> str:
    return "w"


def test_rule_9_calls_of_a_task_accumulate() -> None:
    def accumulated() -> Task:
        end = Task(last, method="any")
        end(Task(first, method="any"))
        return end(Task(word, method="any"))

    assert [(one.source, one.port) for one in links_of(accumulated)[:2]] == [
        ("first", "first"),
        ("word", "word"),
    ]


def test_rule_9_the_same_edge_twice_is_an_error() -> None:
    def twice() -> Task:
        source = Task(first, method="any")
        return Task(total, method="any")([source, source])

    assert any(one.severity == "error" for one in swarm(twice).check())


def total(numbers: list[int]) -> int:
    return sum(numbers)


def single(number: int) -> int:
    return number


@pytest.mark.parametrize("method", ["all", "maximum", "fixed"])
def test_rule_10_a_source_with_several_instances_is_gathered_even_if_it_has_one(
    method: str,
) -> None:
    nodes = ["node1"] if method == "fixed" else None
    links = links_of(
        lambda: Task(total, method="any")(
            Task(first, method=method, maximum=1, specified_ids=nodes)
        )
    )
    assert links[0].gather


def test_rule_10_one_source_with_one_instance_is_not_gathered_and_two_are() -> None:
    one = links_of(lambda: Task(single, method="any")(Task(first, method="any")))
    two = links_of(
        lambda: Task(total, method="any")(
            [Task(first, method="any", alias="a"), Task(first, method="any", alias="b")]
        )
    )
    assert [one[0].gather, two[0].gather, two[1].gather] == [False, True, True]


def test_rule_11_gathers_are_in_node_order_never_arrival() -> None:
    nodes = ["n2", "n10", "n1"]
    wiring = Wiring(
        topology([task("a", nodes=nodes), task("b")], [link("a", "b", "values", gather=True)]),
        "worker@n1#0",
    )
    gathering = Gathering(wiring.hosted[1, 0], wiring)
    gathering.start_round(0, 0, {0: [0, 1, 2], 1: [0]})
    for candidate, node in enumerate(nodes):
        inlet = Inlet(f"worker@{node}#0", 0, ChannelKey(0, candidate, 0))
        values = [f"{node} first", f"{node} then"]
        gathering.deliver(inlet, 2, 0, values.copy)
        gathering.end(inlet, 3, 0)
    work = gathering.next_work()
    assert isinstance(work, RunWork)
    assert work.arguments["values"] == [
        f"{node} {when}" for node in ("n1", "n10", "n2") for when in ("first", "then")
    ]


def test_rule_11_declaration_order_comes_before_node_order() -> None:
    """`z` was declared first, so its values are the first of the gather."""
    wiring = Wiring(
        topology(
            [task("z", nodes=["n2"]), task("a", nodes=["n1"]), task("b")],
            [link("z", "b", "values", gather=True), link("a", "b", "values", gather=True)],
        ),
        "worker@n1#0",
    )
    gathering = Gathering(wiring.hosted[2, 0], wiring)
    gathering.start_round(0, 0, {0: [0], 1: [0], 2: [0]})
    for position, value in ((1, "a"), (0, "z")):
        inlet = Inlet(f"worker@n{2 - position}#0", 0, ChannelKey(position, 0, 0))
        gathering.deliver(inlet, 1, 0, [value].copy)
        gathering.end(inlet, 2, 0)
    work = gathering.next_work()
    assert isinstance(work, RunWork)
    assert work.arguments == {"values": ["z", "a"]}


def test_rule_12_a_value_that_no_link_accepts_is_an_error() -> None:
    world = settled(chain())
    source = world.daemons[SOURCE]
    source.core._outputs._accepts = {0: matcher(int)}
    with pytest.raises(PushRefused, match="pushed a str, but its links accept int"):
        source.push(source.begin(), "text")


def test_rule_12_a_push_goes_to_every_link_whose_type_accepts_it() -> None:
    forked = topology(
        [task("a"), task("b", "daemon"), task("c", "daemon"), task("d", "daemon")],
        [link("a", "b", "x"), link("a", "c", "x", float), link("a", "d", "x", str)],
    )
    world = settled(forked)
    source = world.daemons["worker@n1#0"]
    source.core._outputs._accepts = {0: matcher(int), 1: matcher(float), 2: matcher(str)}
    source.push(source.begin(), 1)
    assert sorted(world.in_flight()) == ["worker@n1 > b@n1: DATA", "worker@n1 > c@n1: DATA"]


def test_rule_12_a_push_to_a_task_goes_to_no_other() -> None:
    forked = topology(
        [task("a"), task("b", "daemon"), task("c", "daemon"), task("d", "daemon")],
        [link("a", "b", "x"), link("a", "c", "x"), link("a", "d", None)],
    )
    world = settled(forked)
    source = world.daemons["worker@n1#0"]
    source.core._outputs._accepts = {0: matcher(int), 1: matcher(int)}
    work = source.begin()
    with pytest.raises(DestinationUnknown, match="pushed to 'd', but what comes after it is b, c"):
        source.core.stage(work, 1, "d")
    with pytest.raises(PushRefused, match="pushed a str, but its links accept int"):
        source.core.stage(work, "text", "c")
    source.core.stage(work, 1, "c")
    assert source.flush(work)
    assert world.in_flight() == ["worker@n1 > c@n1: DATA"]


class Narrow(Daemon):
    @on
    def anything(self, value: object) -> str:
        return "object"

    @on
    def whole(self, value: int) -> str:
        return "int"


def test_rule_12_handlers_match_the_most_specific_type() -> None:
    links = links_of(lambda: Task(Narrow, method="any")(Task(first, method="any")))
    assert [one.port for one in links if one.destination != RUN] == ["whole"]


def injected(world: World, local: Local, found: Results, shared: Globals, number: int) -> str:
    shared["seen"] = number
    found.add("node", local.node)
    return f"{world.iteration} {shared['seen']}"


def test_rule_13_what_a_task_may_use_is_injected_and_is_no_port(tmp_path: Path) -> None:
    done = run_in(tmp_path, lambda: Task(injected, method="any", inputs={"number": 5}))
    assert (done.value, done.globals) == ("0 5", {"seen": 5})
    assert [row["value"] for row in done.results("node")] == ["node1"]


SCRIPT = """
from swarmdsl.light import World

def main():
    world = World()
    world.results.add("seen", world.inputs["first"])
    return None if world.inputs["first"] == [1, 1] else "not gathered"
"""


def test_rule_14_a_script_finds_gathered_inputs_by_alias_and_none_is_no_push(
    tmp_path: Path,
) -> None:
    script = Module(name="script", python_program=SCRIPT)
    done = run_in(tmp_path, lambda: Task(script, method="any")(Task(first, method="all")))
    assert (done.state.value, done.value) == ("COMPLETED", None)
    assert [row["value"] for row in done.results("seen")] == [[1, 1]]


def failing() -> int:
    sys.exit("not today")


def test_rule_15_a_raise_fails_the_run_with_the_users_own_lines(tmp_path: Path) -> None:
    done = run_in(tmp_path, lambda: Task(failing, method="any"))
    assert done.state.value == "FAILED"
    assert done.reason.text.startswith(
        "failing@node1#0 in round 0 raised SystemExit: not today; a task ends by returning"
    )
    first_frame = done.reason.details.splitlines()[1]
    assert "test_rules.py" in first_frame
    assert "in failing" in first_frame


def counted_in_place() -> Iterator[NDArray[np.float64]]:
    counts = np.zeros(2)
    for _ in range(3):
        counts += 1
        yield counts


def listed(arrays: list[NDArray[np.float64]]) -> list[float]:
    return [float(array[0]) for array in arrays]


def test_rule_19_a_push_is_what_it_was_when_it_was_yielded(tmp_path: Path) -> None:
    done = run_in(tmp_path, lambda: Task(listed, "any")(Task(counted_in_place, "any")))
    assert done.value == [1.0, 2.0, 3.0]
