"""Calls on their way: said once to each process, told of once, and never without an end."""

from __future__ import annotations

import math

import pytest

from swarmdsl.control.relay import (
    NUMBERS_PER_CONTROLLER,
    Ask,
    FromOutside,
    FromTask,
    Relay,
    Verdict,
    Withdraw,
)
from swarmdsl.daemon.reports import CALLS_WAITING_MAX
from swarmdsl.errors import CallFailed
from swarmdsl.topology.expand import InstanceSpec

SOMEBODY = FromOutside("0" * 32)


def instance(alias: str) -> InstanceSpec:
    name = f"{alias}@n1#0"
    return InstanceSpec(name=name, alias=alias, task=0, candidate=0, daemon=name, node="n1")


def task(alias: str, effect: str = "0.1", incarnation: int = 0) -> FromTask:
    name = f"{alias}@n1#0"
    return FromTask(name, incarnation, 1, name, 0, effect)


@pytest.fixture
def relay() -> Relay:
    made = Relay(0)
    for alias in ("model", "left", "right"):
        made.connected(f"{alias}@n1#0", 0)
    return made


def begin(relay: Relay, caller: FromTask | FromOutside = SOMEBODY, to: str = "model") -> None:
    relay.begin(caller, instance(to), b"arguments", 10.0, 0.0)


def told(relay: Relay) -> list[Verdict]:
    return [one for one in relay.take() if isinstance(one, Verdict)]


def asks(relay: Relay) -> list[int]:
    return [one.number for one in relay.take() if isinstance(one, Ask)]


def test_a_call_is_said_to_its_daemon(relay: Relay) -> None:
    begin(relay)
    assert relay.take() == [Ask(1, "model@n1#0", "model@n1#0", "daemon.invoke", b"arguments")]
    assert relay.take() == []


def test_whoever_asked_is_told_the_answer(relay: Relay) -> None:
    begin(relay)
    assert relay.answered("model@n1#0", 1, b"answer", ok=True)
    assert told(relay) == [Verdict(SOMEBODY, answer=b"answer")]


def test_what_the_daemon_refuses_is_told_as_a_problem(relay: Relay) -> None:
    begin(relay)
    assert relay.answered("model@n1#0", 1, b"no", ok=False)
    assert told(relay) == [Verdict(SOMEBODY, problem=b"no")]


def test_nobody_is_told_twice(relay: Relay) -> None:
    begin(relay)
    assert relay.answered("model@n1#0", 1, b"answer", ok=True)
    assert not relay.answered("model@n1#0", 1, b"answer", ok=True)
    relay.lost("model@n1#0")
    relay.tick(99.0)
    relay.close("over")
    assert len(told(relay)) == 1


def test_only_the_daemon_that_was_asked_can_answer(relay: Relay) -> None:
    begin(relay)
    assert not relay.answered("left@n1#0", 1, b"answer", ok=True)
    assert told(relay) == []


def test_a_call_is_said_again_on_a_new_connection(relay: Relay) -> None:
    begin(relay)
    assert asks(relay) == [1]
    relay.connected("model@n1#0", 0)
    assert asks(relay) == [1]


def test_a_call_that_was_said_to_a_process_that_died_is_lost_at_once(relay: Relay) -> None:
    begin(relay)
    relay.lost("model@n1#0")
    [verdict] = told(relay)
    assert str(verdict.problem).startswith("the process of model@n1#0 died before it had answered")
    relay.connected("model@n1#0", 1)
    assert asks(relay) == []


def test_a_death_that_nobody_saw_is_known_by_the_next_process(relay: Relay) -> None:
    begin(relay)
    relay.connected("model@n1#0", 1)
    [verdict] = told(relay)
    assert "died" in str(verdict.problem)


def test_a_call_that_was_not_said_yet_waits_for_the_next_process(relay: Relay) -> None:
    relay.lost("model@n1#0")
    begin(relay)
    assert asks(relay) == []
    relay.lost("model@n1#0")
    relay.connected("model@n1#0", 1)
    assert asks(relay) == [1]


def test_a_call_that_waits_for_a_daemon_that_is_lost_for_good_is_refused(relay: Relay) -> None:
    relay.lost("model@n1#0")
    begin(relay)
    begin(relay, to="left")
    relay.give_up({"model@n1#0"})
    [verdict] = told(relay)
    assert verdict.problem == (
        "the call was not carried out: model@n1#0 is missing, "
        "its daemon model@n1#0 is lost for good"
    )
    assert relay.answered("left@n1#0", 2, b"answer", ok=True)


def test_a_call_has_an_end(relay: Relay) -> None:
    begin(relay)
    assert relay.tick(4.0) == 10.0
    assert told(relay) == []
    assert relay.tick(10.0) == math.inf
    [verdict] = told(relay)
    assert verdict.late_s == 10.0
    assert str(verdict.problem).startswith("no answer from model@n1#0 within 10 s")
    assert not relay.answered("model@n1#0", 1, b"late", ok=True)


def test_only_what_was_said_to_a_daemon_is_taken_back_when_its_time_is_over(relay: Relay) -> None:
    begin(relay)
    relay.lost("left@n1#0")
    begin(relay, to="left")
    relay.tick(10.0)
    assert [one for one in relay.take() if isinstance(one, Withdraw)] == [Withdraw(1, "model@n1#0")]


def test_a_daemon_that_never_connected_is_told_as_the_reason(relay: Relay) -> None:
    relay.lost("model@n1#0")
    begin(relay)
    relay.tick(10.0)
    assert "its process has not connected" in str(told(relay)[0].problem)


def test_two_that_wait_for_one_another_are_both_told(relay: Relay) -> None:
    begin(relay, task("left"), to="right")
    relay.begin(task("right"), instance("left"), b"", 12.0, 0.0)
    relay.tick(10.0)
    relay.tick(12.0)
    first, second = (str(one.problem) for one in told(relay))
    assert "waits for the next: left@n1#0 -> right@n1#0 -> left@n1#0" in first
    assert "waits for the next: left@n1#0 -> right@n1#0 -> left@n1#0" in second


def test_one_that_waits_for_another_is_told_so(relay: Relay) -> None:
    begin(relay, to="left")
    relay.begin(task("left"), instance("right"), b"", 60.0, 0.0)
    relay.tick(10.0)
    assert "it waits itself for an answer of right@n1#0" in str(told(relay)[0].problem)


def test_a_daemon_that_calls_itself_is_refused_at_once(relay: Relay) -> None:
    with pytest.raises(CallFailed, match=r"cannot call itself; use `self\.method"):
        begin(relay, task("model"))
    assert relay.take() == []


def test_only_so_many_calls_wait_for_one_daemon(relay: Relay) -> None:
    for _ in range(CALLS_WAITING_MAX):
        begin(relay)
    with pytest.raises(CallFailed, match=f"{CALLS_WAITING_MAX} calls wait for it already"):
        begin(relay)
    begin(relay, to="left")


def test_a_call_that_is_asked_once_more_goes_on_for_who_asked_last(relay: Relay) -> None:
    begin(relay, task("left", "3"))
    again = task("left", "3", incarnation=1)
    assert relay.is_under_way(again)
    assert not relay.is_under_way(task("left", "4"))
    relay.answered("model@n1#0", 1, b"answer", ok=True)
    assert [one.caller for one in told(relay)] == [again]
    assert not relay.is_under_way(again)


def test_the_end_of_the_run_ends_all_calls(relay: Relay) -> None:
    begin(relay)
    begin(relay, task("left"))
    relay.close("the run is over")
    assert [one.problem for one in told(relay)] == ["the run is over"] * 2


def test_numbers_of_another_controller_are_higher() -> None:
    relay = Relay(2)
    relay.connected("model@n1#0", 0)
    begin(relay)
    assert asks(relay) == [2 * NUMBERS_PER_CONTROLLER + 1]
