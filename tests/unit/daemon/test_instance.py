"""What an instance has received, and when that makes work."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from swarmdsl.daemon.instance import Gathering
from swarmdsl.daemon.streaming import Streaming
from swarmdsl.daemon.wiring import Seating, Wiring
from swarmdsl.daemon.work import Finish, Handle, Run
from swarmdsl.errors import CallFailed
from swarmdsl.topology.model import Limits
from swarmdsl.wire.messages import ChannelKey
from swarmdsl.wire.session.events import Inlet
from tests.handmade import link, task, topology
from tests.quick import quick

NODES = ["n2", "n1"]
FROM_N2 = Inlet("worker@n2#0", 0, ChannelKey(0, 0, 0))
FROM_N1 = Inlet("worker@n1#0", 0, ChannelKey(0, 1, 0))
LABEL = Inlet("worker@n1#0", 0, ChannelKey(1, 0, 0))
BOTH = {0: [0, 1], 1: [0], 2: [0]}
ONLY_SINK = {2: [0]}
AnyInstance = Gathering | Streaming


def gathering() -> Gathering:
    """Gathers `values` from two nodes, takes one `label`, and comes after both."""
    wiring = Wiring(
        topology(
            [task("spread", nodes=NODES), task("name"), task("sink")],
            [link("spread", "sink", "values", gather=True), link("name", "sink", "label", str)],
        ),
        "worker@n1#0",
    )
    return Gathering(wiring.hosted[2, 0], wiring)


def streaming(limits: Limits | None = None) -> Streaming:
    """Handles what two nodes push by `number`, and the label by `text`."""
    wiring = Wiring(
        topology(
            [task("spread", nodes=NODES), task("name"), task("sink", "daemon")],
            [link("spread", "sink", "number"), link("name", "sink", "text", str)],
            limits=limits,
        ),
        "sink@n1#0",
    )
    return quick(Streaming(wiring.hosted[2, 0], wiring))


def bring(
    instance: Gathering | Streaming,
    inlet: Inlet,
    upto: int,
    *values: object,
    round_number: int = 0,
) -> None:
    instance.deliver(inlet, upto, round_number, lambda: list(values))


def deliver_round(instance: Gathering | Streaming, number: int, base: int = 0) -> None:
    """What a whole round brings: first of all from the node whose name comes last."""
    for inlet, value in ((FROM_N2, base + 2), (FROM_N1, base + 1), (LABEL, "x")):
        bring(instance, inlet, base + 1, value, round_number=number)
        instance.end(inlet, base + 2, number)


def run_of(instance: Gathering) -> Run:
    work = instance.next_work()
    assert isinstance(work, Run)
    return work


def test_a_function_runs_once_when_all_its_inputs_have_ended() -> None:
    instance = gathering()
    instance.start_round(0, 0, BOTH)
    bring(instance, LABEL, 1, "x")
    instance.end(LABEL, 2, 0)
    assert instance.next_work() is None
    deliver_round(instance, 0)
    assert run_of(instance).round == 0
    assert instance.next_work() is None


def test_gathered_values_are_in_node_order_not_in_order_of_arrival() -> None:
    instance = gathering()
    instance.start_round(0, 0, BOTH)
    deliver_round(instance, 0)
    assert run_of(instance).arguments == {"values": [1, 2], "label": "x"}


def test_a_run_consumes_everything_up_to_the_ends() -> None:
    instance = gathering()
    instance.start_round(0, 0, BOTH)
    deliver_round(instance, 0)
    assert run_of(instance).consumed == {FROM_N1: 2, FROM_N2: 2, LABEL: 2}


def test_values_that_come_before_their_round_wait_for_it() -> None:
    instance = gathering()
    deliver_round(instance, 0)
    assert instance.next_work() is None
    instance.start_round(0, 0, BOTH)
    deliver_round(instance, 1, base=10)
    assert run_of(instance).arguments["values"] == [1, 2]
    instance.start_round(1, 0, BOTH)
    assert run_of(instance).arguments["values"] == [11, 12]


def test_values_of_tasks_that_do_not_run_are_kept() -> None:
    instance = gathering()
    instance.start_round(0, 0, BOTH)
    deliver_round(instance, 0)
    instance.next_work()
    instance.start_round(1, 0, ONLY_SINK)
    again = run_of(instance)
    assert again.arguments == {"values": [1, 2], "label": "x"}
    assert again.consumed == {}


def test_what_a_task_did_to_its_values_is_not_seen_in_the_next_round() -> None:
    instance = gathering()
    instance.start_round(0, 0, BOTH)
    bring(instance, FROM_N1, 1)
    instance.deliver(LABEL, 1, 0, lambda: [["as it came"]])
    for inlet in (FROM_N1, FROM_N2, LABEL):
        instance.end(inlet, 2, 0)
    run_of(instance).arguments["label"].append("altered")
    instance.start_round(1, 0, ONLY_SINK)
    assert run_of(instance).arguments["label"] == ["as it came"]


def test_a_task_that_runs_on_fewer_nodes_leaves_none_of_its_old_values() -> None:
    instance = gathering()
    instance.start_round(0, 0, BOTH)
    deliver_round(instance, 0)
    instance.next_work()
    instance.start_round(1, 0, {0: [1], 2: [0]})
    bring(instance, FROM_N1, 3, 7)
    instance.end(FROM_N1, 4, 1)
    assert run_of(instance).arguments == {"values": [7], "label": "x"}


def test_a_port_that_received_nothing_is_absent_and_a_gather_is_empty() -> None:
    instance = gathering()
    instance.start_round(0, 0, BOTH)
    for inlet in (FROM_N1, FROM_N2, LABEL):
        instance.end(inlet, 1, 0)
    assert run_of(instance).arguments == {"values": []}


def test_a_control_link_orders_and_binds_nothing() -> None:
    ordered = topology([task("first"), task("then")], [link("first", "then", None)])
    wiring = Wiring(ordered, "worker@n1#0")
    instance = Gathering(wiring.hosted[1, 0], wiring)
    instance.start_round(0, 0, {0: [0], 1: [0]})
    assert instance.next_work() is None
    instance.end(Inlet("worker@n1#0", 0, ChannelKey(0, 0, 0)), 1, 0)
    assert run_of(instance).arguments == {}


def test_a_task_without_inputs_runs_as_soon_as_its_round_starts() -> None:
    wiring = Wiring(topology([task("alone")], [link("alone")]), "worker@n1#0")
    instance = Gathering(wiring.hosted[0, 0], wiring)
    assert instance.next_work() is None
    instance.start_round(0, 0, {0: [0]})
    assert run_of(instance).arguments == {}


def test_a_daemon_handles_batches_in_order_of_arrival_by_the_handler_of_their_link() -> None:
    instance = streaming()
    instance.start_round(0, 0, BOTH)
    bring(instance, FROM_N2, 2, 1, 2)
    bring(instance, LABEL, 1, "x")
    bring(instance, FROM_N1, 1, 3)
    works = [instance.next_work() for _ in range(3)]
    assert [(one.handler, one.values) for one in works if isinstance(one, Handle)] == [
        ("number", [1, 2]),
        ("text", ["x"]),
        ("number", [3]),
    ]


def test_a_daemon_finishes_its_round_when_all_inputs_have_ended() -> None:
    instance = streaming()
    instance.start_round(0, 0, BOTH)
    deliver_round(instance, 0)
    works = [instance.next_work() for _ in range(3)]
    assert [type(one) for one in works] == [Handle, Handle, Finish]
    assert works[2] is not None
    assert works[2].consumed == {FROM_N1: 2, FROM_N2: 2, LABEL: 2}
    assert instance.next_work() is None


def test_what_several_inputs_bring_for_one_handler_is_handled_together_as_it_came() -> None:
    instance = streaming()
    instance.start_round(0, 0, BOTH)
    bring(instance, FROM_N2, 2, 1, 2)
    bring(instance, FROM_N1, 1, 3)
    bring(instance, FROM_N2, 3, 4)
    work = instance.next_work()
    assert isinstance(work, Handle)
    assert (work.values, work.consumed) == ([1, 2, 3, 4], {FROM_N2: 3, FROM_N1: 1})
    assert [(one.inlet, one.count, one.first) for one in work.parts] == [
        (FROM_N2, 2, 1),
        (FROM_N1, 1, 1),
        (FROM_N2, 1, 3),
    ]


def test_what_is_more_than_may_be_handled_in_a_row_is_handled_next() -> None:
    instance = streaming(Limits(batch_messages=3))
    instance.start_round(0, 0, BOTH)
    bring(instance, FROM_N2, 2, 1, 2)
    bring(instance, FROM_N1, 2, 3, 4)
    first, second = instance.next_work(), instance.next_work()
    assert isinstance(first, Handle)
    assert isinstance(second, Handle)
    assert (first.values, first.consumed) == ([1, 2, 3], {FROM_N2: 2, FROM_N1: 1})
    assert (second.values, second.consumed) == ([4], {FROM_N1: 2})
    assert second.parts[0].first == 2


def test_an_input_that_has_ended_is_not_read_further_until_all_have() -> None:
    instance = streaming()
    instance.start_round(0, 0, BOTH)
    deliver_round(instance, 0)
    bring(instance, FROM_N1, 3, "of the next round")
    works = [instance.next_work() for _ in range(4)]
    assert [type(one) for one in works] == [Handle, Handle, Finish, type(None)]
    instance.start_round(1, 0, BOTH)
    late = instance.next_work()
    assert isinstance(late, Handle)
    assert late.values == ["of the next round"]


def test_a_daemon_that_nothing_feeds_in_a_round_finishes_at_once() -> None:
    instance = streaming()
    instance.start_round(0, 0, ONLY_SINK)
    assert isinstance(instance.next_work(), Finish)


# ------------------------------------------------------------------ processes that come back


def again(inlet: Inlet) -> Inlet:
    """The same channel, of the next process of the same name."""
    return inlet._replace(incarnation=inlet.incarnation + 1)


@pytest.mark.parametrize("make", [gathering, streaming])
def test_what_waits_of_a_former_process_is_dropped(make: Callable[[], AnyInstance]) -> None:
    instance = make()
    instance.start_round(0, 0, BOTH)
    deliver_round(instance, 0)
    instance.forget("worker@n1#0")
    instance.forget("worker@n2#0")
    assert instance.next_work() is None


def test_a_function_waits_for_what_a_peer_that_came_back_pushes_again() -> None:
    instance = gathering()
    instance.start_round(0, 0, BOTH)
    deliver_round(instance, 0)
    instance.forget("worker@n2#0")
    assert instance.next_work() is None, "the END is void as well"
    bring(instance, again(FROM_N2), 1, 2)
    instance.end(again(FROM_N2), 2, 0)
    work = run_of(instance)
    assert work.arguments == {"values": [1, 2], "label": "x"}
    assert work.consumed == {FROM_N1: 2, again(FROM_N2): 2, LABEL: 2}


def test_what_other_peers_pushed_is_kept_when_one_is_forgotten() -> None:
    instance = streaming()
    instance.start_round(0, 0, BOTH)
    bring(instance, FROM_N2, 1, 2)
    bring(instance, FROM_N1, 1, 1)
    instance.forget("worker@n2#0")
    work = instance.next_work()
    assert isinstance(work, Handle)
    assert work.values == [1]
    assert instance.next_work() is None


def test_a_round_that_was_run_is_a_repeat_and_one_to_come_is_not() -> None:
    instance = gathering()
    assert not instance.is_repeat(0)
    instance.start_round(1, 0, BOTH)
    assert [instance.is_repeat(number) for number in (0, 1, 2)] == [True, False, False]
    deliver_round(instance, 1)
    run_of(instance)
    assert [instance.is_repeat(number) for number in (0, 1, 2)] == [True, True, False]


def test_an_instance_whose_earlier_process_is_done_does_nothing() -> None:
    instance = gathering()
    assert instance.start_round(0, 0, BOTH, done=True)
    deliver_round(instance, 0)
    assert instance.is_repeat(0)
    assert instance.next_work() is None


def test_what_came_before_an_instance_knew_that_it_is_done_is_given_back() -> None:
    instance = gathering()
    bring(instance, FROM_N1, 2, 7, 8)
    instance.end(FROM_N1, 3, 0)
    instance.start_round(0, 0, BOTH, done=True)
    assert instance.take_repeats() == [(FROM_N1, 2, 0), (FROM_N1, 3, 0)]
    assert instance.take_repeats() == []


def test_a_roster_that_has_grown_is_news_and_an_older_one_is_not() -> None:
    instance = gathering()
    assert instance.start_round(1, 0, ONLY_SINK)
    assert instance.start_round(1, 1, BOTH)
    assert not instance.start_round(1, 1, BOTH)
    assert not instance.start_round(1, 0, ONLY_SINK)
    assert not instance.start_round(0, 9, BOTH)


def test_an_instance_that_has_not_run_waits_for_the_sources_that_were_added() -> None:
    instance = gathering()
    instance.start_round(1, 0, {1: [0], 2: [0]})
    instance.start_round(1, 1, BOTH)
    bring(instance, LABEL, 1, "x")
    instance.end(LABEL, 2, 1)
    assert instance.next_work() is None
    for inlet in (FROM_N1, FROM_N2):
        bring(instance, inlet, 1, 5)
        instance.end(inlet, 2, 1)
    assert run_of(instance).arguments == {"values": [5, 5], "label": "x"}


def test_an_instance_that_has_run_does_not_run_again_for_sources_that_were_added() -> None:
    instance = gathering()
    instance.start_round(0, 0, BOTH)
    deliver_round(instance, 0)
    run_of(instance)
    instance.start_round(1, 0, ONLY_SINK)
    run_of(instance)
    instance.start_round(1, 1, BOTH)
    assert instance.next_work() is None
    assert instance.is_repeat(1)


def test_what_came_early_for_the_next_round_is_no_repeat_of_one_that_is_done() -> None:
    instance = gathering()
    deliver_round(instance, 1, 10)
    instance.start_round(0, 0, BOTH, done=True)
    assert instance.take_repeats() == []
    instance.start_round(1, 0, BOTH)
    assert run_of(instance).round == 1


def test_what_comes_again_of_a_round_that_is_done_is_taken_out() -> None:
    instance = gathering()
    deliver_round(instance, 0)
    deliver_round(instance, 1, 10)
    instance.start_round(0, 0, BOTH, done=True)
    assert sorted(upto for _, upto, _ in instance.take_repeats()) == [1, 1, 1, 2, 2, 2]
    instance.start_round(1, 0, BOTH)
    assert run_of(instance).round == 1


def test_batches_of_a_channel_that_wait_are_handled_together_up_to_its_end() -> None:
    instance = streaming()
    instance.start_round(0, 0, BOTH)
    for upto, values in ((2, "ab"), (3, "c"), (5, "de")):
        bring(instance, LABEL, upto, *values)
    instance.end(LABEL, 6, 0)
    work = instance.next_work()
    assert isinstance(work, Handle)
    assert (work.values, work.consumed) == ([*"abcde"], {LABEL: 5})
    assert instance.waiting(LABEL) == (0, 1)


def test_no_more_are_handled_together_than_share_a_frame() -> None:
    instance = streaming()
    instance.start_round(0, 0, BOTH)
    most = Limits().batch_messages
    for upto in range(most // 4, 2 * most, most // 4):
        bring(instance, LABEL, upto, *["x"] * (most // 4))
    taken = []
    while isinstance(work := instance.next_work(), Handle):
        taken.append((len(work.values), work.consumed[LABEL]))
    assert taken == [(most, most), (3 * most // 4, 7 * most // 4)]


def test_what_a_process_and_its_successor_pushed_is_not_handled_together() -> None:
    instance = streaming()
    instance.start_round(0, 0, BOTH)
    anew = LABEL._replace(incarnation=1)
    bring(instance, LABEL, 1, "a")
    bring(instance, anew, 1, "a")
    works = [instance.next_work(), instance.next_work()]
    assert [one.consumed for one in works if isinstance(one, Handle)] == [{LABEL: 1}, {anew: 1}]


def test_only_a_source_may_end_its_round() -> None:
    with pytest.raises(CallFailed, match="other tasks push to sink"):
        streaming().end_round()


GONE = frozenset({(0, 0)})
WITHOUT_N2 = Seating(absent=GONE, lost=GONE)


@pytest.mark.parametrize("make", [gathering, streaming])
def test_a_round_goes_on_without_a_lost_source_and_what_it_had_brought(
    make: Callable[[], AnyInstance],
) -> None:
    instance = make()
    instance.start_round(0, 0, BOTH)
    bring(instance, FROM_N2, 1, 2)
    for inlet, value in ((FROM_N1, 1), (LABEL, "x")):
        bring(instance, inlet, 1, value)
        instance.end(inlet, 2, 0)
    instance.start_round(0, 1, BOTH, WITHOUT_N2)
    work = []
    while (one := instance.next_work()) is not None:
        work.append(one)
    consumed = {inlet for one in work for inlet in one.consumed}
    assert consumed == {FROM_N1, LABEL}
    assert isinstance(work[-1], Run | Finish)


def test_one_whose_pair_is_lost_does_not_run_and_is_done() -> None:
    wiring = Wiring(
        topology(
            [task("spread", nodes=NODES), task("sink", nodes=NODES)],
            [link("spread", "sink", policy="pair")],
        ),
        "worker@n2#0",
    )
    instance = Gathering(wiring.hosted[1, 0], wiring)
    instance.start_round(0, 0, {0: [0, 1], 1: [0, 1]})
    assert instance.next_work() is None
    instance.start_round(0, 1, {0: [0, 1], 1: [0, 1]}, WITHOUT_N2)
    assert isinstance(instance.next_work(), Finish)


def test_one_that_handles_rests_until_something_waits_for_it_or_its_round_is_over() -> None:
    instance = streaming()
    assert instance.rests  # before a round
    instance.start_round(0, 0, BOTH)
    rests = [instance.rests]
    bring(instance, FROM_N1, 1, 7)
    rests.append(instance.rests)
    assert isinstance(instance.next_work(), Handle)
    rests.append(instance.rests)
    instance.end(FROM_N1, 2, 0)
    rests.append(instance.rests)  # others have not ended
    instance.end(FROM_N2, 1, 0)
    instance.end(LABEL, 1, 0)
    rests.append(instance.rests)
    assert isinstance(instance.next_work(), Finish)
    assert [*rests, instance.rests] == [True, False, True, True, False, True]
