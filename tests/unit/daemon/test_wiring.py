"""What a topology means for one daemon."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from swarmdsl.daemon.reports import CONTROLLER
from swarmdsl.daemon.wiring import Hosted, Route, Seating, Wiring
from swarmdsl.topology.model import Policy, Topology
from swarmdsl.topology.resources import Resources
from swarmdsl.wire.messages import ChannelKey
from tests.handmade import chain, link, task, topology

NODES = ["n10", "n2", "n1"]


def fan() -> Topology:
    """`spread` on three nodes, deliberately not in the order of their names, feeds `gather`."""
    return topology(
        [task("spread", nodes=NODES), task("gather", nodes=["n1", "n2"])],
        [link("spread", "gather", "values", gather=True), link("gather")],
    )


def test_a_daemon_hosts_the_candidates_that_name_it() -> None:
    hosted = Wiring(fan(), "worker@n1#0").hosted
    assert [one.spec.name for one in hosted.values()] == ["spread@n1#0", "gather@n1#0"]
    assert [(one.inputs, one.outputs) for one in hosted.values()] == [((), (0,)), ((0,), (1,))]


def test_a_daemon_is_fed_if_any_of_what_it_may_host_is() -> None:
    assert Wiring(fan(), "worker@n1#0").is_fed
    assert not Wiring(fan(), "worker@n10#0").is_fed


def test_what_loops_back_feeds_no_daemon() -> None:
    back = replace(link("b", "a", "before", gather=True), loop=True)
    looped = topology([task("a"), task("b", nodes=["n2"])], [link("a", "b"), back])
    assert not Wiring(looped, "worker@n1#0").is_fed
    assert Wiring(looped, "worker@n2#0").is_fed


def test_only_daemon_modules_keep_a_time_of_their_own() -> None:
    assert Wiring(chain(), "double@n2#0").keeps_time
    assert not Wiring(chain(), "worker@n2#0").keeps_time


def test_the_links_of_functions_are_those_on_which_they_push() -> None:
    tasks = [task("read"), task("double"), task("keep", "daemon")]
    links = [link("read", "double"), link("double", "keep"), link("double"), link("keep", "read")]
    wiring = Wiring(topology(tasks, [*links[:3], replace(links[3], loop=True)]), "worker@n1#0")
    assert wiring.of_functions == {0, 1, 2}


def test_sources_come_by_node_name_whatever_their_position() -> None:
    wiring = Wiring(fan(), "worker@n1#0")
    sources = wiring.sources(wiring.hosted[1, 0], 0, {0: [0, 1, 2], 1: [0]})
    assert sources is not None
    assert [NODES[key.source] for key in sources] == ["n1", "n10", "n2"]


def test_a_task_outside_the_round_is_no_source() -> None:
    wiring = Wiring(fan(), "worker@n1#0")
    assert wiring.sources(wiring.hosted[1, 0], 0, {1: [0]}) is None


def cut_and_packed() -> Topology:
    """`cut` feeds `pack` on the same node."""
    return topology(
        [task("cut", nodes=NODES), task("pack", nodes=NODES)],
        [link("cut", "pack", policy="pair"), link("pack")],
    )


def test_one_that_is_fed_by_a_lost_instance_as_its_pair_has_no_source() -> None:
    wiring = Wiring(cut_and_packed(), "worker@n2#0")
    members, gone = {0: [0, 1, 2], 1: [0, 1, 2]}, frozenset({(0, 1)})
    lost = Seating(absent=gone, lost=gone)
    assert wiring.sources(wiring.hosted[1, 1], 0, members, lost) == []
    assert wiring.sources(wiring.hosted[1, 1], 0, members, Seating(absent=gone)) is None


def test_a_route_says_whether_its_receiver_is_lost() -> None:
    wiring = Wiring(fan(), "worker@n10#0")
    gone = frozenset({(1, 1)})
    seating = Seating(absent=gone, lost=gone)
    routes = wiring.routes(wiring.hosted[0, 0], 0, {0: [0], 1: [0, 1]}, seating)
    assert [one.lost for one in routes] == [False, True]


def test_routes_lead_to_every_instance_of_the_round() -> None:
    wiring = Wiring(fan(), "worker@n10#0")
    routes = wiring.routes(wiring.hosted[0, 0], 0, {0: [0], 1: [0, 1]})
    assert [(one.key, one.daemon) for one in routes] == [
        (ChannelKey(0, 0, 0), "worker@n1#0"),
        (ChannelKey(0, 0, 1), "worker@n2#0"),
    ]


def test_links_to_a_daemon_are_those_that_carry_values_to_what_it_may_host() -> None:
    swarm = topology(
        [task("one"), task("other", nodes=["n2"]), task("last", nodes=["n2", "n3"])],
        [
            link("one", "other"),
            link("one", "last", None),
            link("one", "last"),
            link("other", "last"),
            link("one"),
        ],
    )
    wiring = Wiring(swarm, "worker@n1#0")
    assert wiring.links_to("worker@n2#0") == [0, 2]
    assert wiring.links_to("worker@n3#0") == [2]
    assert wiring.links_to(CONTROLLER) == []


def test_the_run_is_behind_the_controller() -> None:
    wiring = Wiring(fan(), "worker@n2#0")
    (route,) = wiring.routes(wiring.hosted[1, 1], 1, {1: [1]})
    assert (route.key, route.daemon) == (ChannelKey(1, 1, 0), CONTROLLER)


def test_what_is_pushed_to_a_function_is_confirmed_when_the_round_ends() -> None:
    assert Wiring(fan(), "worker@n1#0").gathered() == {0}


def test_so_is_what_reaches_a_function_through_daemons() -> None:
    assert Wiring(chain(), "worker@n1#0").gathered() == {0, 1}


def test_what_runs_for_each_result_gathers_only_its_other_inputs() -> None:
    mixed = topology(
        [task("a"), task("b"), task("each"), task("total")],
        [
            replace(link("a", "each"), condition="result"),
            link("b", "each", "others", gather=True),
            link("each", "total", "values", gather=True),
        ],
    )
    wiring = Wiring(mixed, "worker@n1#0")
    assert wiring.gathered() == {0, 1, 2}


def test_what_ends_in_the_run_is_confirmed_as_it_goes() -> None:
    pipe = topology(
        [task("source"), task("relay", "daemon")],
        [link("source", "relay", "handle"), link("relay")],
    )
    assert Wiring(pipe, "worker@n1#0").gathered() == frozenset()


def paired() -> Topology:
    """`a` and `b` on the same nodes, in another order."""
    return topology(
        [task("a", nodes=NODES), task("b", nodes=["n1", "n2", "n10"])],
        [replace(link("a", "b"), policy="pair"), link("b")],
    )


def test_a_pair_has_one_route_and_one_source_on_its_own_node() -> None:
    wiring = Wiring(paired(), "worker@n2#0")
    everybody = {0: [0, 1, 2], 1: [0, 1, 2]}
    assert wiring.routes(wiring.hosted[0, 1], 0, everybody) == [
        Route(key=ChannelKey(0, 1, 1), daemon="worker@n2#0", seat="b@n2#0")
    ]
    assert wiring.sources(wiring.hosted[1, 1], 0, everybody) == [ChannelKey(0, 1, 1)]


def test_an_instance_whose_pair_does_not_run_has_no_source() -> None:
    wiring = Wiring(paired(), "worker@n2#0")
    assert wiring.sources(wiring.hosted[1, 1], 0, {0: [0, 2], 1: [0, 1, 2]}) is None


def test_a_route_keeps_the_name_of_its_seat_when_another_instance_takes_it() -> None:
    spread = topology(
        [task("source"), task("share", nodes=["n1", "n2", "n3"])],
        [link("source", "share", "values", gather=True), link("share")],
    )
    wiring = Wiring(spread, "worker@n1#0")
    seating = Seating(first={1: [0, 1]}, absent=frozenset({(1, 0)}))
    routes = wiring.routes(wiring.hosted[0, 0], 0, {0: [0], 1: [0, 2]}, seating)
    assert [(one.daemon, one.seat, one.absent) for one in routes] == [
        ("worker@n1#0", "share@n1#0", True),
        ("worker@n3#0", "share@n2#0", False),
    ]


def test_nobody_waits_for_an_instance_that_is_absent() -> None:
    wiring = Wiring(fan(), "worker@n1#0")
    seating = Seating(absent=frozenset({(0, 1)}))
    sources = wiring.sources(wiring.hosted[1, 0], 0, {0: [0, 1, 2], 1: [0]}, seating)
    assert sources is not None
    assert 1 not in {key.source for key in sources}


def test_dealing_heeds_credit_among_those_that_handle_pushes_one_by_one() -> None:
    mixed = topology(
        [task("a"), task("stream", "daemon"), task("each"), task("sink")],
        [
            link("a", "stream", "x"),
            replace(link("stream", "each"), condition="result"),
            replace(link("each", "sink"), condition="result"),
            replace(link("a", "sink", "other"), condition="result"),
            link("stream", "sink", "values", gather=True),
        ],
    )
    wiring = Wiring(mixed, "worker@n1#0")
    assert [wiring.gathers(index) for index in range(5)] == [False, False, False, False, True]


def test_dealing_is_the_same_again_only_where_all_that_lies_above_does_the_same_again() -> None:
    mixed = topology(
        [
            task("source", "daemon"),
            task("a"),
            task("b"),
            task("stream", "daemon"),
            task("c"),
            task("d"),
        ],
        [
            link("source", "a", "values", gather=True),
            link("a", "b", "values", gather=True),
            link("b", "stream", "x"),
            link("stream", "c", "values", gather=True),
            link("c", "d", "values", gather=True),
        ],
    )
    wiring = Wiring(mixed, "worker@n1#0")
    assert [wiring.deals_exactly(index) for index in range(5)] == [True, True, False, False, False]


def changed(**options: Any) -> Hosted:
    """A function whose task says something more."""
    spec, code = task("work")
    made = topology([(replace(spec, **options), code)], [link("work")])
    return Wiring(made, "worker@n1#0").hosted[0, 0]


@pytest.mark.parametrize(
    "options",
    [
        {"timeout_s": 1.0},
        {"secrets": ("key",)},
        {"env": {"A": "b"}},
        {"network": "lab"},
        {"retries_elsewhere": True},
        {"resources": Resources(memory=2**30)},
    ],
)
def test_what_is_tied_to_its_process_is_not_lent(options: dict[str, Any]) -> None:
    assert not Wiring(fan(), "").may_be_lent(changed(**options))
    assert Wiring(fan(), "").may_be_lent(changed())


@pytest.mark.parametrize("policy", ["balance", "key"])
def test_what_deals_values_out_is_not_lent(policy: Policy) -> None:
    tasks = [task("work"), task("sink", nodes=["n1", "n2"])]
    made = topology(tasks, [link("work", "sink", policy=policy), link("sink")])
    wiring = Wiring(made, "worker@n1#0")
    assert [wiring.may_be_lent(one) for one in wiring.hosted.values()] == [False, True]


def test_what_runs_for_each_result_or_has_a_loop_is_not_lent() -> None:
    each = replace(link("a", "b"), condition="result")
    back = replace(link("b", "a", "before", gather=True), loop=True)
    wiring = Wiring(topology([task("a"), task("b")], [each, back]), "worker@n1#0")
    assert [wiring.may_be_lent(one) for one in wiring.hosted.values()] == [False, False]
    daemon = Wiring(chain(), "double@n2#0")
    assert not daemon.may_be_lent(daemon.hosted[1, 0])


def test_an_instance_of_another_daemon_is_known_if_that_hosts_it() -> None:
    wiring = Wiring(fan(), "worker@n1#0")
    theirs = wiring.hosted_by("worker@n2#0", (1, 1))
    assert theirs == Wiring(fan(), "worker@n2#0").hosted[1, 1]
    for place in ((1, 0), (1, 2), (2, 0), (-1, 0), (1, -1)):
        assert wiring.hosted_by("worker@n2#0", place) is None
