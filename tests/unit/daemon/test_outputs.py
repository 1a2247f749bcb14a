"""Which links a pushed value takes, and when there is no room for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from swarmdsl.daemon.keys import KeyOf
from swarmdsl.daemon.outputs import Outputs, chunk_of
from swarmdsl.daemon.wiring import Members, Route, Wiring
from swarmdsl.daemon.work import Handle, Run
from swarmdsl.errors import ContentsRefused, EncodeError, PushRefused, PushTooLarge
from swarmdsl.topology.bounds import AT_MOST
from swarmdsl.topology.model import Key, Limits, Policy, Topology
from swarmdsl.wire.messages import ChannelKey, Mark, Welcome
from swarmdsl.wire.session.switchboard import Switchboard
from swarmdsl.wire.session.terms import Terms
from tests.handmade import chain, link, task, topology
from tests.memory_shelf import MemoryShelf
from tests.sim.hand_driven import identity_of

INTS, TEXTS, ORDER = ChannelKey(0, 0, 0), ChannelKey(1, 0, 0), ChannelKey(2, 0, 0)


def forked(limits: Limits | None = None) -> Topology:
    """`source` yields numbers to one daemon, text to another, and precedes a third."""
    return topology(
        [task("source"), *(task(name, "daemon") for name in ("numbers", "texts", "later"))],
        [
            link("source", "numbers", "handle"),
            link("source", "texts", "handle", str),
            link("source", "later", None),
        ],
        limits=limits,
    )


class Bench:
    """The outputs of the first task, and a run of it at hand."""

    def __init__(
        self,
        of: Topology,
        annotations: Mapping[int, Any],
        members: Members,
        keys: Mapping[int, KeyOf] | None = None,
        daemon: str = "worker@n1#0",
    ) -> None:
        self.wiring = wiring = Wiring(of, daemon)
        self.shelf = MemoryShelf()
        terms = Terms(of.limits, self.shelf, wiring.gathered())
        self.switchboard = Switchboard(identity_of(of, daemon), terms=terms)
        self.outputs = Outputs(wiring, self.switchboard, annotations, keys or {})
        hosted = wiring.hosted[0, 0]
        self.routes: dict[int, list[Route]] = {
            index: wiring.routes(hosted, index, members) for index in hosted.outputs
        }
        self.work = Run(hosted, 0, {}, {})
        self.outputs.begin(self.work, self.routes)

    def push(self, *values: object) -> bool:
        for value in values:
            self.outputs.stage(self.work, value)
        return self.outputs.flush()

    def next(self) -> dict[ChannelKey, int]:
        """How far each channel has come."""
        return {
            route.key: self.switchboard.to(route.daemon).channel(route.key).next
            for routes in self.routes.values()
            for route in routes
        }

    def confirm(self, peer: str, *, confirmed: Sequence[Mark], credit: Sequence[Mark]) -> None:
        """What the peer says in its WELCOME."""
        self.switchboard.dialled(peer, 1)
        number = self.switchboard.to(peer).number
        welcome = Welcome(number, peer, 0, [*confirmed], [*confirmed], [*credit])
        self.switchboard.to(peer).receive(welcome)


def forked_bench(limits: Limits | None = None) -> Bench:
    return Bench(forked(limits), {0: int, 1: str}, {0: [0], 1: [0], 2: [0], 3: [0]})


def gather_bench(unconfirmed: int, *, inbox: int = 4) -> Bench:
    """A source whose pushes one function gathers."""
    limits = Limits(inbox_messages=inbox, unconfirmed_messages=unconfirmed, batch_messages=4)
    gathered = topology(
        [task("source"), task("sink", nodes=["n2"])],
        [link("source", "sink", "values", gather=True)],
        limits=limits,
    )
    return Bench(gathered, {0: int}, {0: [0], 1: [0]})


def test_each_value_takes_the_links_that_accept_it() -> None:
    bench = forked_bench()
    assert bench.push(1, "a", 2)
    assert bench.next() == {INTS: 2, TEXTS: 1, ORDER: 0}


def test_a_value_that_several_links_accept_takes_all_of_them() -> None:
    bench = Bench(forked(), {0: int, 1: int | str}, {0: [0], 1: [0], 2: [0], 3: [0]})
    bench.push(1)
    assert bench.next() == {INTS: 1, TEXTS: 1, ORDER: 0}


def test_a_value_that_no_link_accepts_is_refused_with_what_they_accept() -> None:
    with pytest.raises(PushRefused, match="pushed a float, but its links accept int, str"):
        forked_bench().push(1, 2.5)


def test_an_array_of_another_dtype_is_refused_with_both() -> None:
    swarm = topology(
        [task("work"), task("sink")], [link("work", "sink", carries=NDArray[np.float64])]
    )
    bench = Bench(swarm, {0: NDArray[np.float64]}, {0: [0], 1: [0]})
    said = r"pushed a ndarray of float32, but its links accept NDArray\[float64\]"
    with pytest.raises(PushRefused, match=said):
        bench.push(np.zeros(2, np.float32))


def test_a_value_that_holds_something_else_than_its_type_says_is_refused() -> None:
    swarm = topology([task("work"), task("sink")], [link("work", "sink", carries=list[int])])
    bench = Bench(swarm, {0: list[int]}, {0: [0], 1: [0]})
    said = r"work@n1#0 pushed a list that is no list\[int\]: at \[1\] the type is str, not int"
    with pytest.raises(ContentsRefused, match=said):
        bench.push([1], [1, "two"])


def test_of_two_links_that_take_the_class_the_one_that_takes_the_contents_gets_it() -> None:
    bench = Bench(forked(), {0: list[int], 1: list[str]}, {0: [0], 1: [0], 2: [0], 3: [0]})
    bench.push([1, 2], ["a"], [3])
    assert bench.next() == {INTS: 2, TEXTS: 1, ORDER: 0}


def test_a_refused_value_takes_the_others_with_it() -> None:
    bench = forked_bench()
    with pytest.raises(PushRefused):
        bench.push(1, 2.5)
    assert bench.next() == {INTS: 0, TEXTS: 0, ORDER: 0}


def test_a_value_that_cannot_travel_leaves_nothing_behind() -> None:
    bench = Bench(forked(), {0: Any, 1: str}, {0: [0], 1: [0], 2: [0], 3: [0]})
    with pytest.raises(EncodeError, match="object"):
        bench.push("a", object())
    assert bench.next() == {INTS: 0, TEXTS: 0, ORDER: 0}


def test_without_room_on_one_link_nothing_is_pushed_on_any() -> None:
    bench = forked_bench(Limits(inbox_messages=2))
    assert bench.push(1, 2)
    assert not bench.push("a", 3)
    assert bench.next() == {INTS: 2, TEXTS: 0, ORDER: 0}


def test_end_goes_out_on_every_link_and_leaves_a_mark() -> None:
    bench = forked_bench()
    bench.push("a")
    bench.outputs.end(bench.work)
    pushed, marks = bench.outputs.finish(bench.work, 0.5)
    assert (pushed, marks) == (1, {INTS: 1, TEXTS: 2, ORDER: 1})


def test_every_instance_of_a_destination_gets_each_value() -> None:
    wide = topology(
        [task("source"), task("sink", "daemon", ["n1", "n2"])], [link("source", "sink", "handle")]
    )
    bench = Bench(wide, {0: int}, {0: [0], 1: [0, 1]})
    bench.push(1, 2)
    assert bench.next() == {ChannelKey(0, 0, 0): 2, ChannelKey(0, 0, 1): 2}


def spread_bench(policy: Policy, limits: Limits | None = None) -> Bench:
    """A daemon module whose pushes are dealt out to two instances of another."""
    key = Key(field=0) if policy == "key" else None
    spread = topology(
        [task("source", "daemon"), task("sink", "daemon", ["n2", "n1"]), task("first")],
        [
            replace(link("source", "sink", "handle"), policy=policy, key=key),
            link("first", "source", "handle"),  # a daemon module that is fed deals by credit
        ],
        limits=limits,
    )
    everybody = {0: [0], 1: [0, 1]}
    return Bench(spread, {0: Any}, everybody, {0: lambda value: value}, "source@n1#0")


def test_a_balanced_value_goes_to_one_instance_the_first_by_name() -> None:
    bench = spread_bench("balance")
    assert bench.push("only")
    assert bench.next() == {ChannelKey(0, 0, 0): 0, ChannelKey(0, 0, 1): 1}


def test_a_source_that_runs_again_deals_to_those_that_gather_as_before() -> None:
    gathered = topology(
        [task("source"), task("sink", nodes=["n2", "n1"])],
        [replace(link("source", "sink", "values", gather=True), policy="balance")],
    )
    bench = Bench(gathered, {0: int}, {0: [0], 1: [0, 1]})
    bench.push(1, 2, 3)
    before = bench.next()
    assert before == {ChannelKey(0, 0, 0): 1, ChannelKey(0, 0, 1): 2}
    bench.outputs.begin(bench.work, bench.routes)
    bench.push(1, 2, 3)
    assert bench.next() == {key: 2 * count for key, count in before.items()}


def test_every_instance_gets_the_end_of_what_is_dealt_out() -> None:
    bench = spread_bench("balance")
    bench.push("only")
    bench.outputs.end(bench.work)
    assert bench.next() == {ChannelKey(0, 0, 0): 1, ChannelKey(0, 0, 1): 2}
    _, marks = bench.outputs.finish(bench.work, 0.0)
    assert marks == bench.next()


def test_balance_waits_only_while_nobody_has_credit() -> None:
    bench = spread_bench("balance", Limits(inbox_messages=1, batch_messages=1))
    assert bench.push(1)
    assert bench.push(2)
    assert not bench.push(3)
    bench.confirm("sink@n2#0", confirmed=[], credit=[Mark(0, 0, 0, 2)])
    assert bench.outputs.flush()
    assert bench.next() == {ChannelKey(0, 0, 0): 2, ChannelKey(0, 0, 1): 1}


def test_a_key_without_credit_holds_back_what_was_staged_with_it() -> None:
    bench = spread_bench("key", Limits(inbox_messages=1, batch_messages=1))
    assert bench.push("a")
    before = bench.next()
    assert not bench.push("a")
    assert bench.next() == before


def test_computing_time_adds_up_over_the_round_and_starts_anew() -> None:
    bench = forked_bench()
    bench.outputs.finish(bench.work, 1.0)
    bench.outputs.finish(bench.work, 0.5)
    name = bench.work.hosted.spec.name
    assert (bench.outputs.take_seconds(name), bench.outputs.take_seconds(name)) == (1.5, 0.0)


def test_a_gather_beyond_the_bound_goes_on_and_spills() -> None:
    bench = gather_bench(4, inbox=100)
    assert bench.push(1, 2, 3)
    assert bench.push(4, 5)
    assert bench.push(6)
    assert len(bench.shelf) == 1
    assert bench.switchboard.terms.counts(0).spilled == 2


def test_a_gather_waits_for_credit_like_all_pushes() -> None:
    bench = gather_bench(100)
    assert bench.push(1, 2, 3, 4)
    assert not bench.push(5)


def test_a_gather_behind_a_daemon_spills_at_the_source_already() -> None:
    limits = Limits(inbox_messages=2, batch_messages=2, unconfirmed_messages=6)
    bench = Bench(chain(limits), {0: int}, {0: [0], 1: [0], 2: [0]})
    for number in range(5):
        taken = Mark(*INTS, 2 * number + 2)
        bench.confirm("double@n2#0", confirmed=[], credit=[taken])
        assert bench.push(1, 2)
    assert bench.switchboard.terms.counts(0).spilled == 4


def test_what_goes_to_the_run_waits_at_the_bound() -> None:
    sink = topology([task("source")], [link("source")], limits=Limits(unconfirmed_messages=1))
    bench = Bench(sink, {0: int}, {0: [0]})
    assert bench.push(1)
    assert not bench.push(2)


def test_a_value_that_is_too_large_is_refused_with_its_size_and_leaves_the_others_alone() -> None:
    sink = topology([task("source")], [link("source")], limits=Limits(push_bytes=20))
    bench = Bench(sink, {0: Any}, {0: [0]})
    bench.outputs.stage(bench.work, [1, 2])
    for large in ("x" * 30, np.zeros(4)):
        with pytest.raises(PushTooLarge, match=r"source@n1#0 pushed a .* and one may have 20"):
            bench.outputs.stage(bench.work, large)
    assert bench.outputs.flush()
    assert [*bench.next().values()] == [1]


def test_only_a_limit_that_may_be_raised_is_to_be_raised() -> None:
    highest = AT_MOST["push_bytes"]
    lower, as_high = (
        str(PushTooLarge("source@n1#0", "bytes", highest + 1, bound, highest=highest))
        for bound in (20, highest)
    )
    assert lower.endswith("or the name of a file, or raise limits.push_bytes")
    assert as_high.endswith("push it in parts, or the name of a file")


@pytest.mark.parametrize("bound", ["inbox_messages", "unconfirmed_messages", "batch_messages"])
def test_a_chunk_fits_the_smallest_bound(bound: str) -> None:
    assert chunk_of(Limits(**{bound: 3})).values == 3


def pool_bench() -> Bench:
    """A source that deals to three daemon modules, each on a node of its own."""
    pool = topology(
        [task("source"), task("work", "daemon", ["n1", "n2", "n3"])],
        [replace(link("source", "work", "handle"), policy="balance")],
    )
    return Bench(pool, {0: int}, {0: [0], 1: [0, 1, 2]})


def test_who_takes_nothing_more_is_dealt_nothing() -> None:
    bench = pool_bench()
    bench.outputs.begin(bench.work, bench.routes, {ChannelKey(0, 0, 1)})
    bench.push(1, 2, 3, 4)
    assert [*bench.next().values()] == [2, 0, 2]


def test_if_nobody_takes_anything_each_gets_all_for_it_may_begin_anew() -> None:
    bench = pool_bench()
    bench.outputs.begin(bench.work, bench.routes, {ChannelKey(0, 0, one) for one in range(3)})
    bench.push(1, 2)
    assert [*bench.next().values()] == [2, 2, 2]


def test_what_is_dealt_to_who_is_absent_is_dropped_and_the_others_get_no_more_than_before() -> None:
    gathered = topology(
        [task("source"), task("share", nodes=["n1", "n2", "n3"])],
        [replace(link("source", "share", "values", gather=True), policy="balance")],
    )
    bench = Bench(gathered, {0: int}, {0: [0], 1: [0, 1, 2]})
    absent = replace(bench.routes[0][1], absent=True)
    bench.routes[0][1] = absent
    bench.outputs.begin(bench.work, bench.routes)
    bench.push(1, 2, 3, 4)
    assert [*bench.next().values()] == [2, 0, 1]


# ------------------------------------------------------------------------------------ once more


def test_what_an_attempt_before_has_pushed_is_not_pushed_again() -> None:
    bench = forked_bench()
    assert bench.push(1, 2)
    bench.outputs.stage(bench.work, 3)  # which the attempt did not come to push

    bench.outputs.again(bench.work)

    assert bench.push(1, 2, 3, "four")
    assert bench.next() == {INTS: 3, TEXTS: 1, ORDER: 0}
    assert bench.outputs.finish(bench.work, 0.0)[0] == 4


def test_a_second_failure_counts_what_both_attempts_have_pushed() -> None:
    bench = forked_bench()
    bench.push(1)
    bench.outputs.again(bench.work)
    bench.push(1, 2)
    bench.outputs.again(bench.work)
    bench.push(1, 2, 3)
    assert bench.next()[INTS] == 3


def test_an_attempt_that_pushed_nothing_leaves_nothing_to_pass_over() -> None:
    bench = forked_bench()
    bench.outputs.stage(bench.work, 1)
    bench.outputs.again(bench.work)
    bench.push(1, 2)
    assert bench.next()[INTS] == 2


def staged_from(bench: Bench, *values: object, now_s: float = 0.0) -> tuple[bool, list[object]]:
    """Whether it is time to flush, and what was left; it is by the clock after 1 s."""
    left = iter(values)
    return bench.outputs.stage_from(bench.work, left, lambda: now_s, 1.0), [*left]


def test_what_an_iterator_gives_takes_the_links_that_accept_it() -> None:
    bench = forked_bench()
    assert staged_from(bench, 1, 2, "a", 3, "b", "c") == (False, [])
    bench.outputs.flush()
    assert bench.next() == {INTS: 3, TEXTS: 3, ORDER: 0}


def test_an_iterator_is_left_when_a_batch_is_full_and_gone_on_with_after_the_flush() -> None:
    bench = forked_bench(Limits(batch_messages=2))
    left = iter([1, 2, 3, 4, 5])
    flushed = []
    while bench.outputs.stage_from(bench.work, left, lambda: 0.0, 1.0):
        bench.outputs.flush()
        flushed.append(bench.next()[INTS])
    bench.outputs.flush()
    assert (flushed, bench.next()[INTS]) == ([2, 4], 5)


def test_an_iterator_is_left_when_it_gives_none_or_it_is_time() -> None:
    assert staged_from(forked_bench(), 1, 2, None, 3) == (True, [3])
    assert staged_from(forked_bench(), 1, 2, 3, now_s=1.0) == (True, [2, 3])


def test_a_value_of_an_iterator_that_nobody_accepts_is_refused_and_others_stay_staged() -> None:
    bench = forked_bench()
    with pytest.raises(PushRefused):
        staged_from(bench, 1, 2, 0.5)
    bench.outputs.flush()
    assert bench.next()[INTS] == 2


def test_an_attempt_passes_over_what_an_iterator_gave_before() -> None:
    bench = forked_bench()
    staged_from(bench, 1, 2, 3)
    bench.outputs.flush()
    bench.outputs.again(bench.work)
    staged_from(bench, 1, 2, 3, 4)
    bench.outputs.flush()
    assert bench.next()[INTS] == 4
    assert bench.outputs.finish(bench.work, 0.0)[0] == 4


def test_what_an_attempt_passes_over_fills_no_batch() -> None:
    bench = forked_bench(Limits(batch_messages=1))
    assert staged_from(bench, 1) == (True, [])
    bench.outputs.flush()
    bench.outputs.again(bench.work)
    assert staged_from(bench, 1, 2, 3) == (True, [3])
    bench.outputs.flush()
    assert bench.next()[INTS] == 2


def test_a_subclass_may_go_elsewhere_than_its_class() -> None:
    bench = Bench(forked(), {0: bool, 1: int}, {0: [0], 1: [0], 2: [0], 3: [0]})
    staged_from(bench, 1, True, 2, False, False)
    bench.outputs.flush()
    assert bench.next() == {INTS: 3, TEXTS: 2, ORDER: 0}


def handled(bench: Bench, routes: Mapping[int, list[Route]], *values: object) -> None:
    """A handler's work that pushes these."""
    work = Handle(bench.work.hosted, 0, "take", [], {})
    bench.outputs.begin(work, routes)
    for value in values:
        bench.outputs.stage(work, value)
    assert bench.outputs.flush()


def test_a_batch_that_has_left_is_filled_anew_by_the_next_handler() -> None:
    bench = forked_bench()
    for number in range(3):
        handled(bench, bench.routes, number, number)
        handled(bench, bench.routes, "text")
    assert bench.next() == {INTS: 6, TEXTS: 3, ORDER: 0}


def test_what_a_handler_that_failed_has_left_behind_does_not_leave_with_the_next() -> None:
    bench = forked_bench()
    work = Handle(bench.work.hosted, 0, "take", [], {})
    handled(bench, bench.routes, 1)
    bench.outputs.begin(work, bench.routes)
    bench.outputs.stage(work, 2)
    with pytest.raises(PushRefused):
        bench.outputs.stage(work, 2.5)
    handled(bench, bench.routes, 3)
    assert bench.next() == {INTS: 2, TEXTS: 0, ORDER: 0}


def test_where_the_roster_has_changed_a_handler_pushes_to_the_new_receivers() -> None:
    bench = forked_bench()
    handled(bench, bench.routes, 1)
    changed = {link: [] if link == INTS.link else routes for link, routes in bench.routes.items()}
    handled(bench, changed, 2)
    assert bench.next()[INTS] == 1
