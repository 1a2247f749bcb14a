"""How much of what a source pushed is lost at least, and at most."""

from __future__ import annotations

from dataclasses import replace

from swarmdsl.control.losses import Losses
from swarmdsl.control.rounds import Rounds
from swarmdsl.daemon.reports import PushesForgotten
from swarmdsl.topology.model import Limits, Topology
from tests.handmade import link, task, topology

SWARM = topology(
    [task("once", "daemon"), task("left", "daemon"), task("right", "daemon")],
    [link("once", "left", "take"), link("once", "right", "take"), link("left"), link("right")],
    limits=Limits(unconfirmed_messages=100),
)
ONCE, ONCE_DAEMON, LEFT_DAEMON = "once@n1#0", "once@n1#0", "left@n1#0"
LEFT, RIGHT = (1, 0), (2, 0)


class Case:
    """A round in which the source has begun."""

    def __init__(self, swarm: Topology = SWARM) -> None:
        self.rounds = Rounds(swarm)
        self.rounds.decide(self.rounds.next([], {}))
        self.losses = Losses(swarm, self.rounds.instances)
        self.losses.begun(ONCE, 0)

    def lose(self, daemon: str, incarnation: int = 0) -> list[tuple[str, int | None]]:
        return list(self.losses.exited(daemon, incarnation, self.rounds))

    def tell(
        self, link: int, lost: int, unknown: int, at_risk: int = 0, incarnation: int = 0
    ) -> None:
        self.losses.told(PushesForgotten(ONCE, incarnation, link, 0, lost, unknown, at_risk))

    def bounds(self) -> list[tuple[int, int | None]]:
        return [(one.lost, one.unknown) for one in self.losses.end_round(0)]


def test_a_source_that_lives_loses_nothing() -> None:
    assert Case().bounds() == []


def test_before_anybody_tells_all_that_may_be_kept_is_unknown() -> None:
    case = Case()
    assert case.lose(ONCE_DAEMON) == [(ONCE, 200)]
    assert case.bounds() == [(0, 200)]


def test_receivers_narrow_the_bounds_down() -> None:
    case = Case()
    case.lose(ONCE_DAEMON)
    case.tell(0, lost=3, unknown=5)
    case.tell(1, lost=0, unknown=2)
    assert case.bounds() == [(3, 7)]


def test_what_a_receiver_tells_of_another_process_does_not_count() -> None:
    case = Case()
    case.lose(ONCE_DAEMON)
    case.tell(0, lost=0, unknown=0, incarnation=1)
    assert case.bounds() == [(0, 200)]


def test_a_second_loss_of_the_source_adds_nothing_for_it_does_not_produce_again() -> None:
    case = Case()
    case.lose(ONCE_DAEMON)
    case.tell(0, lost=1, unknown=1)
    assert case.lose(ONCE_DAEMON, 1) == []
    assert case.bounds() == [(1, 101)]


def test_what_was_used_and_not_confirmed_is_unknown_if_the_receiver_dies() -> None:
    case = Case()
    case.lose(ONCE_DAEMON)
    case.tell(0, lost=0, unknown=1, at_risk=10)
    case.tell(1, lost=0, unknown=1)
    assert case.bounds() == [(0, 2)]
    case.lose(LEFT_DAEMON)
    assert case.bounds() == [(0, 12)]


def test_what_was_used_is_safe_when_its_receiver_is_done() -> None:
    case = Case()
    case.lose(ONCE_DAEMON)
    case.tell(0, lost=0, unknown=1, at_risk=10)
    case.tell(1, lost=0, unknown=1)
    case.losses.confirmed(LEFT)
    case.lose(LEFT_DAEMON)
    assert case.bounds() == [(0, 2)]


def test_a_source_that_is_done_with_the_round_loses_nothing() -> None:
    case = Case()
    case.rounds.finish((0, 0))
    assert case.lose(ONCE_DAEMON) == []


def test_the_next_round_begins_without_losses() -> None:
    case = Case()
    case.lose(ONCE_DAEMON)
    case.losses.begin_round()
    assert case.bounds() == []


def test_where_a_source_may_spill_there_is_no_bound_before_the_receiver_tells() -> None:
    gathered = topology(
        [task("once", "daemon"), task("all")],
        [link("once", "all", "numbers", gather=True), link("all")],
    )
    case = Case(gathered)
    assert case.lose(ONCE_DAEMON) == [(ONCE, None)]
    assert case.bounds() == [(0, None)]
    case.tell(0, lost=7, unknown=2)
    assert case.bounds() == [(7, 2)]


def test_links_that_deliver_at_most_once_promise_nothing() -> None:
    (first, *others) = SWARM.links
    loose = replace(SWARM, links=(replace(first, delivery="at_most_once"), *others))
    assert Case(loose).lose(ONCE_DAEMON) == [(ONCE, 100)]
