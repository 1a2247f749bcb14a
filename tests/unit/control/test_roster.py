"""Who takes part in a round."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from swarmdsl.control.roster import Asked, Place, Request, descendants, grown, request_for, roster
from swarmdsl.errors import CallFailed
from swarmdsl.topology.model import Topology
from tests.handmade import chain, link, task, topology

NODES = ["n1", "n2", "n3"]
ALL = [0, 1, 2]


def diamond(*, fixed: bool = False) -> Topology:
    """`root` feeds `left` and `right` (one module), which feed `sink`; `other` stands apart."""
    return topology(
        [
            task("root", count=1, nodes=NODES),
            task("left", nodes=NODES, module="side", fixed=fixed),
            task("right", nodes=["n2"], module="side"),
            task("sink", nodes=NODES, count=1),
            task("other", nodes=["n3"]),
        ],
        [
            link("root", "left"),
            link("root", "right"),
            link("left", "sink", "values", gather=True),
            link("right", "sink", "values", gather=True),
            link("sink"),
        ],
    )


ROOT, LEFT, RIGHT, SINK, OTHER = range(5)
EVERYTHING = {ROOT: [0], LEFT: ALL, RIGHT: [0], SINK: [0], OTHER: [0]}


def asked(alias: Asked, nodes: Sequence[str] | None = None) -> Request:
    return request_for(diamond(), alias, nodes)


def next_round(
    *requests: Request, earlier: Mapping[int, Sequence[int]] = EVERYTHING
) -> dict[int, list[int]]:
    return roster(diamond(), requests, earlier)


def test_without_requests_everything_runs_on_its_first_candidates() -> None:
    assert roster(diamond(), [], {}) == EVERYTHING


def test_a_task_is_asked_for_by_alias() -> None:
    assert asked("left").tasks == (LEFT,)


def test_a_module_name_asks_for_all_its_tasks() -> None:
    assert asked("side").tasks == (LEFT, RIGHT)


def test_an_alias_wins_over_a_module_of_that_name() -> None:
    both = topology([task("a", module="b"), task("b")])
    assert request_for(both, "b", None).tasks == (1,)


def test_several_names_ask_for_the_tasks_of_all_of_them_once() -> None:
    assert asked(["right", "left", "right"]).tasks == (LEFT, RIGHT)
    with pytest.raises(CallFailed, match="right, left cannot run on n9"):
        asked(["right", "left"], ["n9"])


def test_no_name_asks_for_all_roots() -> None:
    assert asked(None).tasks == (ROOT, OTHER)


def test_an_unknown_name_is_refused_with_those_there_are() -> None:
    with pytest.raises(CallFailed) as raised:
        asked("lift")
    assert raised.value.problem == (
        "no task or module is named 'lift'; there are: root, left, right, sink, other "
        "(did you mean left?)"
    )


def test_unknown_nodes_are_refused_with_the_eligible_ones() -> None:
    with pytest.raises(CallFailed, match=r"left cannot run on n7, n9; .* are n1, n2, n3"):
        asked("left", ["n9", "n1", "n7"])


def test_no_node_at_all_is_a_mistake() -> None:
    with pytest.raises(CallFailed, match="node_ids is an empty list"):
        asked("left", [])


def test_nodes_that_leave_one_of_a_modules_tasks_without_any_are_refused() -> None:
    with pytest.raises(CallFailed, match="right cannot run on n1; its eligible nodes are n2"):
        asked("side", ["n1"])


def test_descendants_are_the_task_and_all_that_its_pushes_reach() -> None:
    assert descendants(diamond(), [LEFT]) == {LEFT, SINK}
    assert descendants(diamond(), [ROOT, OTHER]) == {ROOT, LEFT, RIGHT, SINK, OTHER}


def test_a_requested_task_runs_with_its_descendants_alone() -> None:
    assert next_round(asked("left")) == {LEFT: ALL, SINK: [0]}


def test_nodes_narrow_the_requested_task_and_not_its_descendants() -> None:
    assert next_round(asked("left", ["n3", "n1"])) == {LEFT: [0, 2], SINK: [0]}


def test_requests_unite_over_tasks_and_nodes() -> None:
    requests = asked("left", ["n1"]), asked("left", ["n3"]), asked("other")
    assert next_round(*requests) == {LEFT: [0, 2], SINK: [0], OTHER: [0]}


@pytest.mark.parametrize("order", [1, -1])
def test_a_request_for_all_nodes_swallows_one_for_some(order: int) -> None:
    requests = [asked("left", ["n1"]), asked("left")][::order]
    assert next_round(*requests) == {LEFT: ALL, SINK: [0]}


def test_the_count_bounds_the_narrowed_choice_too() -> None:
    assert next_round(asked("root", ["n3", "n2"]))[ROOT] == [1]


def test_a_fixed_task_keeps_the_nodes_of_its_first_round() -> None:
    request = request_for(diamond(fixed=True), "left", None)
    assert roster(diamond(fixed=True), [request], {**EVERYTHING, LEFT: [0, 2]})[LEFT] == [0, 2]


def test_nodes_cannot_be_asked_for_a_fixed_task() -> None:
    with pytest.raises(CallFailed, match="left is fixed=True and stays where it is"):
        request_for(diamond(fixed=True), "left", ["n2"])


def test_a_task_that_moves_to_a_node_which_never_had_its_inputs_gets_them_anew() -> None:
    chosen = next_round(asked("sink", ["n2"]))
    assert chosen == {LEFT: ALL, RIGHT: [0], SINK: [1]}


def test_a_task_that_stays_where_its_inputs_are_runs_alone() -> None:
    assert next_round(asked("sink")) == {SINK: [0]}


def test_a_node_that_missed_the_last_round_of_a_task_gets_its_inputs_anew() -> None:
    narrowed = {**EVERYTHING, LEFT: [0]}
    assert next_round(asked("left"), earlier=narrowed)[ROOT] == [0]


def test_what_feeds_a_daemon_runs_with_it_for_a_daemon_keeps_nothing() -> None:
    request = request_for(chain(), "double", None)
    assert roster(chain(), [request], {0: [0], 1: [0], 2: [0]}) == {0: [0], 1: [0], 2: [0]}


# ------------------------------------------------------------- instances that lost what they kept


def grown_by(members: Mapping[int, list[int]], *lost: Place) -> dict[int, list[int]]:
    return grown(diamond(), members, EVERYTHING, {*lost})


def test_a_round_in_which_nobody_has_lost_anything_does_not_grow() -> None:
    assert grown_by({SINK: [0]}) == {SINK: [0]}


def test_an_instance_that_lost_its_values_needs_all_its_sources() -> None:
    assert grown_by({SINK: [0]}, (SINK, 0)) == {SINK: [0], LEFT: ALL, RIGHT: [0]}


def test_a_source_that_is_added_needs_its_own_if_it_lost_them_too() -> None:
    assert grown_by({SINK: [0]}, (SINK, 0), (RIGHT, 0)) == {
        ROOT: [0],
        SINK: [0],
        LEFT: ALL,
        RIGHT: [0],
    }


def test_an_instance_that_takes_no_part_needs_nobody() -> None:
    assert grown_by({SINK: [0]}, (LEFT, 1), (OTHER, 0)) == {SINK: [0]}


def test_a_source_that_takes_part_already_is_not_added_again() -> None:
    assert grown_by({LEFT: [1], SINK: [0]}, (SINK, 0)) == {LEFT: [1], SINK: [0], RIGHT: [0]}


def test_the_next_round_begins_with_the_sources_of_those_that_lost_their_values() -> None:
    lost = {(SINK, 0)}
    assert roster(diamond(), [asked("left")], EVERYTHING, lost) == {
        LEFT: ALL,
        RIGHT: [0],
        SINK: [0],
    }
