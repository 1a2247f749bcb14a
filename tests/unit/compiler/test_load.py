"""Whose turn it is: the least loaded node for what is placed, and by turns for what steps in."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarmdsl.compiler.load import LeastLoadedFirst, Turns, by_name
from swarmdsl.dsl import Node
from swarmdsl.topology.resources import NOTHING, Resources

FOUR = [Node(name=name, slots=2, cpus=4) for name in ("d", "b", "a", "c")]
NAMES = by_name(FOUR)
ALL = frozenset(NAMES)
ONE_CPU = Resources(cpu=1.0)


def placed_one_by_one(nodes: list[Node], number: int) -> list[str]:
    queue, among = LeastLoadedFirst(nodes), frozenset(by_name(nodes))
    chosen = []
    for _ in range(number):
        [name] = queue.first(1, among, NOTHING)
        queue.load([name], NOTHING)
        chosen.append(name)
    return chosen


def test_an_idle_cluster_is_filled_in_the_order_of_names() -> None:
    assert placed_one_by_one(FOUR, 6) == ["a", "b", "c", "d", "a", "b"]


@given(st.lists(st.integers(1, 8), min_size=1, max_size=6), st.integers(1, 60))
def test_no_node_gets_more_than_its_share_and_one(slots: list[int], number: int) -> None:
    nodes = [Node(name=f"n{index}", slots=count) for index, count in enumerate(slots)]
    taken = Counter(placed_one_by_one(nodes, number))
    for node in nodes:
        assert taken[node.name] <= number * node.slots / sum(slots) + 1


@given(st.integers(9, 40), st.data())
def test_many_nodes_at_once_are_loaded_as_one_by_one(number: int, data: st.DataObject) -> None:
    nodes = [Node(name=f"n{index:02}", slots=1 + index % 3) for index in range(number)]
    some = data.draw(st.lists(st.sampled_from(by_name(nodes)), unique=True, max_size=number))
    at_once, one_by_one = LeastLoadedFirst(nodes), LeastLoadedFirst(nodes)
    at_once.load(some, ONE_CPU)
    for name in some:
        one_by_one.load([name], ONE_CPU)
    among = frozenset(by_name(nodes))
    assert at_once.first(number, among, NOTHING) == one_by_one.first(number, among, NOTHING)


def test_only_eligible_nodes_are_taken() -> None:
    assert LeastLoadedFirst(FOUR).first(2, frozenset({"d", "c"}), NOTHING) == ("c", "d")


def test_what_is_asked_for_counts_as_load() -> None:
    queue = LeastLoadedFirst(FOUR)
    queue.load(["a"], Resources(cpu=4.0))
    queue.load(["b"], Resources(cpu=3.0))
    assert queue.first(4, ALL, NOTHING) == ("c", "d", "b", "a")


def test_nodes_without_room_come_last_for_who_asks_for_some() -> None:
    queue = LeastLoadedFirst(FOUR)
    queue.load(["a"], Resources(cpu=3.5))
    for name in ("b", "c", "d"):
        for _ in range(2):
            queue.load([name], NOTHING)  # busier, but with processors to spare
    assert queue.first(4, ALL, ONE_CPU) == ("b", "c", "d", "a")
    assert queue.first(1, ALL, NOTHING) == ("a",)


def test_memory_that_is_not_stated_is_never_full() -> None:
    queue = LeastLoadedFirst([Node(name="a"), Node(name="b", memory=100)])
    queue.load(["b"], Resources(memory=60))
    assert queue.first(2, frozenset({"a", "b"}), Resources(memory=60)) == ("a", "b")


def test_others_step_in_from_another_node_on_each_time() -> None:
    turns = Turns()
    assert [turns.of(NAMES, ["b"]) for _ in range(4)] == [
        ("c", "d", "a"),
        ("d", "a", "c"),
        ("a", "c", "d"),
        ("c", "d", "a"),
    ]


@given(st.integers(2, 12), st.integers(1, 40))
def test_those_of_a_lost_node_are_spread_evenly(nodes: int, tasks: int) -> None:
    names, turns = [f"n{index:02}" for index in range(nodes)], Turns()
    first = Counter(turns.of(names, [names[0]])[0] for _ in range(tasks))
    assert max(first.values()) <= tasks // (nodes - 1) + 1


@pytest.mark.parametrize("chosen", [["a"], ["c", "a"], ["d", "b", "a"]])
def test_every_node_has_one_turn_but_those_that_are_chosen(chosen: list[str]) -> None:
    order = Turns().of(NAMES, chosen)
    assert sorted([*order, *chosen]) == list(NAMES)


def test_where_all_are_chosen_nobody_steps_in() -> None:
    assert Turns().of(NAMES, NAMES) == ()


def test_turns_go_round_by_name() -> None:
    order = Turns().of([f"n{index}" for index in range(9)], ["n4"])
    steps = [(int(after[1]) - int(before[1])) % 9 for before, after in pairwise(order)]
    assert set(steps) == {1}


def packed_one_by_one(nodes: list[Node], number: int, asked: Resources = NOTHING) -> str:
    queue, among = LeastLoadedFirst(nodes), frozenset(by_name(nodes))
    chosen = ""
    for _ in range(number):
        [name] = queue.packed(1, among, asked)
        queue.load([name], asked)
        chosen += name
    return chosen


def test_packing_takes_all_slots_of_a_node_before_it_takes_the_next() -> None:
    assert packed_one_by_one(FOUR, 8) == "aabbccdd"


def test_where_every_slot_is_taken_packing_spreads() -> None:
    assert packed_one_by_one(FOUR, 14) == "aabbccdd" + "abcdab"


def test_packing_leaves_a_node_that_has_no_room_for_what_is_asked() -> None:
    nodes = [Node(name=name, slots=9, cpus=4) for name in "abc"]
    assert packed_one_by_one(nodes, 5, Resources(cpu=2.0)) == "aabbc"


def test_a_weight_is_so_much_load_before_anything_is_there() -> None:
    nodes = [Node(name="a", slots=2, weight=1.0), Node(name="b", slots=2), Node(name="c", slots=2)]
    assert "".join(placed_one_by_one(nodes, 7)) == "bcbc" + "abc"
    assert packed_one_by_one(nodes, 3) == "aab"


def test_a_weight_below_zero_draws_what_is_spread_and_repels_what_is_packed() -> None:
    nodes = [Node(name="a", slots=2), Node(name="b", slots=2, weight=-1.0)]
    assert "".join(placed_one_by_one(nodes, 3)) == "bba"
    assert packed_one_by_one(nodes, 4) == "aabb"


@given(st.lists(st.integers(1, 5), min_size=1, max_size=6), st.data())
def test_packing_begins_no_node_while_another_that_is_begun_has_a_slot(
    slots: list[int], data: st.DataObject
) -> None:
    nodes = [Node(name=f"n{index}", slots=count) for index, count in enumerate(slots)]
    queue, among, taken = LeastLoadedFirst(nodes), frozenset(by_name(nodes)), Counter[str]()
    for _ in range(data.draw(st.integers(0, sum(slots)))):
        [name] = queue.packed(1, among, NOTHING)
        begun = [one for one in nodes if 0 < taken[one.name] < one.slots]
        assert not begun or name in {one.name for one in begun}
        queue.load([name], NOTHING)
        taken[name] += 1
