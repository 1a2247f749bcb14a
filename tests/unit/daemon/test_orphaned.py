"""Pushes to an instance that is lost for good, while the run goes on without it, are counted."""

from __future__ import annotations

from dataclasses import replace

from swarmdsl.daemon.keys import KeyOf
from swarmdsl.daemon.ledger import Ledger
from swarmdsl.daemon.moving import Moving
from swarmdsl.daemon.recovery import Recovery
from swarmdsl.daemon.wiring import Seating
from swarmdsl.topology.model import Key, LinkSpec
from tests.handmade import link, task, topology
from tests.unit.daemon.test_outputs import Bench

GONE = frozenset({(1, 1)})
LOST = Seating(absent=GONE, lost=GONE)
MEMBERS = {0: [0], 1: [0, 1]}
SPREAD = link("source", "sink", "values", gather=True)


def bench(spread: LinkSpec = SPREAD) -> Bench:
    """A source on n1, and two instances that take what it pushes."""
    swarm = topology([task("source"), task("sink", nodes=["n1", "n2"])], [spread])
    keys: dict[int, KeyOf] = {} if spread.key is None else {0: lambda value: value}
    return Bench(swarm, {0: int}, MEMBERS, keys)


def lose(bench: Bench, seating: Seating = LOST) -> None:
    """The second receiver is gone for good."""
    before, recovery = bench.routes, Recovery(bench.wiring, {}, 0)
    bench.routes = {0: bench.wiring.routes(bench.work.hosted, 0, MEMBERS, seating)}
    Moving(bench.switchboard, Ledger(), bench.outputs, recovery).follow(before, bench.routes, 0)


def orphaned(bench: Bench) -> int:
    return bench.switchboard.terms.counts(0).orphaned


def test_what_it_had_not_confirmed_is_counted_and_so_is_what_would_follow() -> None:
    of = bench()
    of.push(1, 2, 3)
    lose(of)
    assert orphaned(of) == 3
    of.push(4)
    assert orphaned(of) == 4


def test_an_end_is_no_push() -> None:
    of = bench()
    of.push(1)
    of.outputs.end(of.work)
    lose(of)
    assert orphaned(of) == 1


def test_what_nobody_needs_is_not_counted() -> None:
    """The receiver is gone as well, but it was done with the round."""
    of = bench()
    of.push(1)
    lose(of, Seating(absent=GONE))
    of.push(2)
    assert orphaned(of) == 0


def test_work_that_begins_later_counts_what_its_lost_receiver_would_get() -> None:
    of = bench()
    lose(of)
    of.outputs.begin(of.work, of.routes)
    of.push(1, 2)
    assert orphaned(of) == 2


def test_of_what_is_dealt_by_key_only_the_share_of_the_lost_one_is_counted() -> None:
    of = bench(replace(SPREAD, policy="key", key=Key(field="x")))
    lose(of)
    of.outputs.begin(of.work, of.routes)
    of.push(*range(20))
    [(kept, _)] = [one for one in of.next().items() if one[0].destination == 0]
    assert 0 < orphaned(of) < 20
    assert of.next()[kept] + orphaned(of) == 20


def test_one_whose_pair_was_lost_in_an_earlier_round_counts_all_that_it_pushes_there() -> None:
    of = bench(replace(SPREAD, policy="pair"))
    of.outputs.begin(of.work, {0: []})
    of.push(1, 2)
    assert orphaned(of) == 2
