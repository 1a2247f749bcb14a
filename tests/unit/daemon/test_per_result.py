"""An instance that runs for each result: what makes work, and when credit returns."""

from __future__ import annotations

from dataclasses import replace

from swarmdsl.daemon.instances import instance_of
from swarmdsl.daemon.per_result import PerResult
from swarmdsl.daemon.wiring import Seating, Wiring
from swarmdsl.daemon.work import Finish, RunResult
from swarmdsl.wire.messages import ChannelKey
from swarmdsl.wire.session.events import Inlet
from tests.handmade import link, task, topology

FROM_N2 = Inlet("worker@n2#0", 0, ChannelKey(0, 0, 0))
FROM_N1 = Inlet("worker@n1#0", 0, ChannelKey(0, 1, 0))
OTHERS = Inlet("worker@n1#0", 0, ChannelKey(1, 0, 0))
EVERYBODY = {0: [0, 1], 1: [0], 2: [0]}


def each(*, others: bool = True) -> PerResult:
    """Runs for each result of `spread`, on two nodes; what `other` pushes is gathered."""
    links = [replace(link("spread", "each", "result"), condition="result")]
    links += [link("other", "each", "others", gather=True)] if others else []
    wiring = Wiring(
        topology([task("spread", nodes=["n2", "n1"]), task("other"), task("each")], links),
        "worker@n1#0",
    )
    made = instance_of(wiring.hosted[2, 0], wiring)
    assert isinstance(made, PerResult)
    return made


def bring(instance: PerResult, inlet: Inlet, upto: int, *values: object) -> None:
    instance.deliver(inlet, upto, 0, lambda: list(values))


def runs(instance: PerResult) -> list[RunResult]:
    """All runs that can be had now."""
    found = []
    while isinstance(work := instance.next_work(), RunResult):
        found.append(work)
    assert work is None
    return found


def test_results_wait_for_the_other_inputs() -> None:
    instance = each()
    instance.start_round(0, 0, EVERYBODY)
    bring(instance, FROM_N1, 1, "a")
    bring(instance, OTHERS, 1, "x")
    assert instance.next_work() is None
    instance.end(OTHERS, 2, 0)
    assert [one.arguments for one in runs(instance)] == [{"result": "a", "others": ["x"]}]


def test_results_come_in_order_of_arrival_and_each_consumes_its_own_position() -> None:
    instance = each(others=False)
    instance.start_round(0, 0, EVERYBODY)
    bring(instance, FROM_N2, 2, "a", "b")
    bring(instance, FROM_N1, 1, "c")
    bring(instance, FROM_N2, 3, "d")
    assert [(one.arguments["result"], one.consumed) for one in runs(instance)] == [
        ("a", {FROM_N2: 1}),
        ("b", {FROM_N2: 2}),
        ("c", {FROM_N1: 1}),
        ("d", {FROM_N2: 3}),
    ]


def test_what_one_run_did_to_the_other_inputs_the_next_does_not_see() -> None:
    instance = each()
    instance.start_round(0, 0, EVERYBODY)
    bring(instance, FROM_N1, 2, "a", "b")
    bring(instance, OTHERS, 1, ["fresh"])
    instance.deliver(OTHERS, 2, 0, lambda: [["as it came"]])
    instance.end(OTHERS, 3, 0)
    first = instance.next_work()
    assert isinstance(first, RunResult)
    first.arguments["others"][1].append("altered")
    second = instance.next_work()
    assert isinstance(second, RunResult)
    assert second.arguments["others"][1] == ["as it came"]


def test_the_round_ends_when_all_inputs_have_and_every_result_had_its_run() -> None:
    instance = each()
    instance.start_round(0, 0, EVERYBODY)
    bring(instance, FROM_N1, 1, "a")
    for key, upto in ((FROM_N1, 2), (FROM_N2, 1), (OTHERS, 1)):
        instance.end(key, upto, 0)
    assert isinstance(instance.next_work(), RunResult)
    finish = instance.next_work()
    assert isinstance(finish, Finish)
    assert finish.consumed == {FROM_N1: 2, FROM_N2: 1, OTHERS: 1}
    assert instance.next_work() is None


def test_without_results_there_is_no_run() -> None:
    instance = each()
    instance.start_round(0, 0, EVERYBODY)
    for key in (FROM_N1, FROM_N2, OTHERS):
        instance.end(key, 1, 0)
    assert isinstance(instance.next_work(), Finish)


def test_results_of_the_next_round_wait_for_it() -> None:
    instance = each()
    instance.start_round(0, 0, EVERYBODY)
    for key in (FROM_N1, FROM_N2, OTHERS):
        instance.end(key, 1, 0)
    bring(instance, FROM_N1, 2, "early")
    assert isinstance(instance.next_work(), Finish)
    assert instance.next_work() is None
    instance.start_round(1, 0, EVERYBODY)
    assert instance.next_work() is None
    instance.end(OTHERS, 2, 1)
    assert [one.arguments for one in runs(instance)] == [{"result": "early", "others": []}]


def test_credit_of_a_result_returns_at_once_while_the_other_inputs_are_missing() -> None:
    instance = each()
    instance.start_round(0, 0, EVERYBODY)
    assert instance.takes_at_once(FROM_N1.channel)
    bring(instance, FROM_N1, 1, "a")
    instance.end(OTHERS, 1, 0)
    assert [one.in_inbox for one in runs(instance)] == [False]


def test_afterwards_it_returns_with_the_run() -> None:
    instance = each()
    instance.start_round(0, 0, EVERYBODY)
    instance.end(OTHERS, 1, 0)
    assert not instance.takes_at_once(FROM_N1.channel)
    bring(instance, FROM_N1, 1, "a")
    assert [one.in_inbox for one in runs(instance)] == [True]


def test_what_comes_behind_the_end_is_taken_at_once_for_its_round_lacks_inputs() -> None:
    instance = each()
    instance.start_round(0, 0, EVERYBODY)
    instance.end(OTHERS, 1, 0)
    instance.end(FROM_N1, 1, 0)
    assert (instance.takes_at_once(FROM_N1.channel), instance.takes_at_once(FROM_N2.channel)) == (
        True,
        False,
    )


def test_with_results_alone_credit_always_tells_how_busy_it_is() -> None:
    instance = each(others=False)
    assert not instance.takes_at_once(FROM_N1.channel)
    instance.start_round(0, 0, EVERYBODY)
    assert not instance.takes_at_once(FROM_N1.channel)


def test_what_was_gathered_from_a_process_that_died_comes_again_before_the_next_run() -> None:
    instance = each()
    instance.start_round(0, 0, EVERYBODY)
    bring(instance, OTHERS, 1, "old")
    instance.end(OTHERS, 2, 0)
    bring(instance, FROM_N2, 2, "a", "b")
    assert isinstance(instance.next_work(), RunResult)
    instance.forget(OTHERS.peer)
    assert instance.next_work() is None
    anew = OTHERS._replace(incarnation=1)
    bring(instance, anew, 1, "new")
    instance.end(anew, 2, 0)
    second = instance.next_work()
    assert isinstance(second, RunResult)
    assert second.arguments == {"result": "b", "others": ["new"]}
    instance.end(FROM_N2, 3, 0)
    instance.end(FROM_N1._replace(incarnation=1), 1, 0)
    finish = instance.next_work()
    assert isinstance(finish, Finish)
    assert finish.consumed[anew] == 2
    assert OTHERS not in finish.consumed


def test_an_inbox_that_is_emptied_gives_back_the_credit_that_has_not_returned() -> None:
    instance = each(others=False)
    bring(instance, FROM_N1, 2, "a", "b")
    instance.start_round(0, 0, EVERYBODY, done=True)
    assert instance.take_repeats() == [(FROM_N1, 2, 2)]
    early = each()
    bring(early, FROM_N1, 2, "a", "b")
    early.start_round(0, 0, EVERYBODY, done=True)
    assert early.take_repeats() == [(FROM_N1, 2, 0)]


def test_without_the_pair_that_all_its_runs_see_it_ends_the_round_and_has_taken_everything() -> (
    None
):
    links = [
        replace(link("spread", "each", "result"), condition="result"),
        link("other", "each", "others", gather=True, policy="pair"),
    ]
    made = topology([task("spread", nodes=["n2", "n1"]), task("other"), task("each")], links)
    wiring = Wiring(made, "worker@n1#0")
    instance = PerResult(wiring.hosted[2, 0], wiring)
    instance.start_round(0, 0, EVERYBODY)
    instance.end(OTHERS, 1, 0)  # from now on its results wait for their runs in the inbox
    bring(instance, FROM_N1, 2, "a", "b")
    assert isinstance(instance.next_work(), RunResult)
    lost = Seating(absent=frozenset({(1, 0)}), lost=frozenset({(1, 0)}))
    instance.start_round(0, 1, EVERYBODY, lost)
    assert instance.take_void() == [(FROM_N1, 1)]
    assert instance.takes_at_once(FROM_N2.channel)
    assert instance.next_work() is None
    bring(instance, FROM_N2, 1, "c")
    instance.end(FROM_N1, 3, 0)
    instance.end(FROM_N2, 2, 0)
    work = instance.next_work()
    assert isinstance(work, Finish)
    assert work.consumed == {FROM_N1: 3, FROM_N2: 2}
    assert instance.next_work() is None
