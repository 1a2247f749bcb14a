"""Who goes on with what those had saved who are lost for good."""

from __future__ import annotations

from swarmdsl.control.core import ControlCore
from swarmdsl.control.heirs import heirs
from swarmdsl.control.instructions import Bequeath, SendRoster
from swarmdsl.topology.model import Limits, Topology
from tests.handmade import link, task, topology
from tests.unit.control.core_bench import Bench, since_rest

NODES = ["n1", "n2", "n3", "n4"]
TASK, _ = task("count", "daemon", NODES, count=2)


def daemon(node: str) -> str:
    return f"count@{node}#0"


def of(before: list[int], after: list[int], *gone: str) -> dict[tuple[int, int], int]:
    return heirs([TASK], {0: before}, {0: after}, {daemon(node) for node in gone})


def test_who_joins_in_the_place_of_one_that_is_gone_is_its_heir() -> None:
    assert of([0, 1], [2, 1], "n1") == {(0, 2): 0}
    assert of([0, 1], [2, 3], "n1", "n2") == {(0, 2): 0, (0, 3): 1}


def test_between_rounds_the_first_that_comes_follows_the_first_that_is_gone() -> None:
    assert of([0, 1], [1, 2], "n1") == {(0, 2): 0}
    assert of([2, 1], [1, 0], "n3") == {(0, 0): 2}


def test_nobody_follows_one_that_lives_and_is_not_asked_for_this_time() -> None:
    assert of([0, 1], [2, 3]) == {}
    assert of([0], [1, 2], "n3") == {}


def test_who_takes_part_for_the_first_time_follows_nobody() -> None:
    assert heirs([TASK], {}, {0: [0, 1]}, {daemon("n3")}) == {}
    assert of([0], [0, 1], "n3") == {}


# ------------------------------------------------------------------------------- in the core


def swarm() -> Topology:
    """`count` may be on either of two nodes, and feeds the run from one of them."""
    return topology(
        [task("count", "daemon", NODES[:2], count=1)],
        [link("count")],
        limits=Limits(restarts=0),
    )


def told(run: Bench) -> list[Bequeath | SendRoster]:
    """What is to be done about the loss, in order."""
    return [one for one in run.core.drain() if isinstance(one, Bequeath | SendRoster)]


def test_an_heir_is_told_that_it_is_one_after_the_store_has_what_it_inherits() -> None:
    run = Bench(ControlCore(swarm(), "r")).start()
    run.core.drain()
    run.lose(daemon("n1"))
    bequest, roster = told(run)
    assert bequest == Bequeath(instance=daemon("n1"), heir=daemon("n2"))
    assert isinstance(roster, SendRoster)
    assert (roster.members, roster.heirs) == ({0: [1]}, {(0, 1)})


def test_a_function_that_moves_inherits_nothing_for_it_has_saved_nothing() -> None:
    work = task("count", nodes=NODES[:2], count=1)
    graph = topology([work], [link("count")], limits=Limits(restarts=0))
    run = Bench(ControlCore(graph, "r")).start()
    run.core.drain()
    run.lose("worker@n1#0")
    (roster,) = told(run)
    assert isinstance(roster, SendRoster)
    assert (roster.members, roster.heirs) == ({0: [1]}, set())


def test_a_roster_that_is_sent_once_more_bequeaths_nothing_once_more() -> None:
    run = Bench(ControlCore(swarm(), "r")).start()
    run.lose(daemon("n1"))
    run.core.drain()
    run.core.connected(daemon("n2"))
    (roster,) = told(run)
    assert isinstance(roster, SendRoster)
    assert roster.heirs == {(0, 1)}


def test_another_controller_knows_the_heirs_and_bequeaths_nothing_once_more() -> None:
    run = Bench(ControlCore(swarm(), "r")).start()
    run.lose(daemon("n1"))
    successor = ControlCore.recovered(swarm(), "r", since_rest(run.journal))
    successor.resume({daemon("n2")}, 0.0, set())
    successor.connected(daemon("n2"))
    given = told(Bench(successor))
    assert {type(one) for one in given} == {SendRoster}
    assert [one.heirs for one in given if isinstance(one, SendRoster)][-1] == {(0, 1)}
