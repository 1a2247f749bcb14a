"""How long a source waits with what it pushes, so that its receivers keep up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from swarmdsl.daemon.instance import Methods
from swarmdsl.daemon.linger import LINGER_MAX_S, Linger, gives_way
from swarmdsl.daemon.wiring import Route, Wiring
from swarmdsl.wire.messages import ChannelKey
from tests.handmade import link, task, topology


def lingers(sources: int, others: int = 0) -> float:
    """Of a source with so many like it, and so many of another task that push to the same one."""
    nodes, more = (
        [f"{name}{one}" for one in range(count)] for name, count in (("n", sources), ("m", others))
    )
    tasks = [task("source", "daemon", nodes), task("sink", "daemon", ("n0",))]
    links = [link("source", "sink", "take")]
    if others:
        tasks.append(task("other", "daemon", more))
        links.append(link("other", "sink", "take"))
    links = [replace(one, linger_s=0.1) for one in links]
    wiring = Wiring(topology(tasks, links), "source@n0#0")
    return Linger(wiring, wiring.hosted[0, 0]).seconds


@pytest.mark.parametrize(("sources", "seconds"), [(1, 0.0), (4, 0.0), (5, 0.001), (100, 0.02)])
def test_the_more_there_are_the_longer_each_waits(sources: int, seconds: float) -> None:
    assert lingers(sources) == seconds


def test_there_is_a_limit_to_it() -> None:
    assert lingers(1_000) == LINGER_MAX_S == 0.02


def test_all_count_that_push_to_the_same_one() -> None:
    assert lingers(3, others=5) == 0.0016


def test_one_that_pushes_to_nobody_does_not_wait() -> None:
    wiring = Wiring(topology([task("alone", "daemon")]), "alone@n1#0")
    assert Linger(wiring, wiring.hosted[0, 0]).seconds == 0.0


def asked(
    asked_s: Mapping[str, float], *, sources: int = 1, budget_s: float = 0.01, to: str = "sink@n0#0"
) -> float:
    """Of one of so many sources, whose pushes go to one receiver, when daemons ask for so much."""
    nodes = [f"n{one}" for one in range(sources)]
    tasks = [task("source", "daemon", nodes), task("sink", "daemon", ("n0",))]
    wiring = Wiring(
        topology(tasks, [replace(link("source", "sink", "take"), linger_s=budget_s)]),
        "source@n0#0",
    )
    linger = Linger(wiring, wiring.hosted[0, 0])
    linger.asked({0: [Route(key=ChannelKey(0, 0, 0), daemon=to, seat=to)]}, asked_s)
    return linger.seconds


def test_it_waits_as_long_as_its_receiver_asks_for() -> None:
    assert asked({"sink@n0#0": 0.004}) == 0.004


def test_it_waits_no_longer_than_the_budget_of_the_link() -> None:
    assert asked({"sink@n0#0": 0.5}) == 0.01
    assert asked({"sink@n0#0": 0.5}, budget_s=0.0) == 0.0
    assert asked({}, sources=100, budget_s=0.002) == 0.002


def test_what_it_pushes_on_two_links_leaves_in_time_for_both() -> None:
    tasks = [task("source", "daemon"), task("sink", "daemon"), task("alarm", "daemon")]
    links = [link("source", "sink", "take"), replace(link("source", "alarm", "take"), linger_s=0.0)]
    wiring = Wiring(topology(tasks, links), "source@n1#0")
    linger = Linger(wiring, wiring.hosted[0, 0])
    linger.asked({0: [Route(key=ChannelKey(0, 0, 0), daemon="sink", seat="sink")]}, {"sink": 0.004})
    assert linger.seconds == 0.0


def test_when_nothing_is_asked_for_any_more_it_waits_as_it_did_at_first() -> None:
    assert asked({"sink@n0#0": 0.0}) == 0.0
    assert asked({"sink@n0#0": 0.0}, sources=25) == 0.005


def test_what_somebody_else_asks_for_is_nothing_to_it() -> None:
    assert asked({"other@n0#0": 0.004}) == 0.0


@pytest.mark.parametrize(
    ("nodes", "methods", "first"),
    [
        (100, Methods({"beat": 0.001}), True),
        (3, Methods({"beat": 0.001}), False),
        (100, Methods(round_end="on_round_end"), False),
    ],
)
def test_one_by_the_clock_lets_its_receivers_go_first_if_there_are_many(
    nodes: int, methods: Methods, first: bool
) -> None:
    names = [f"n{one}" for one in range(nodes)]
    of = topology([task("beats", "daemon", names)], [link("beats")])
    assert gives_way(Wiring(of, "beats@n0#0"), {(0, 0): methods}) is first


def test_one_that_is_pushed_to_is_no_source() -> None:
    names = [f"n{one}" for one in range(100)]
    tasks = [task("beats", "daemon", names), task("relay", "daemon", names)]
    of = topology(tasks, [link("beats", "relay", "take"), link("relay")])
    assert not gives_way(Wiring(of, "relay@n0#0"), {(1, 0): Methods({"flush": 0.1})})
