"""How a daemon waits that looks again and again before it sleeps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate
from typing import cast

import pytest

from swarmdsl.daemon.spin import BRIEFLY_S, SHORT_MIN, SPIN_S, Spinning, spins
from swarmdsl.daemon.wiring import Wiring
from swarmdsl.transport.base import Arrival, Connection, Endpoint
from tests.handmade import link, task, topology

LOOK_S = SPIN_S / 8  # exact in binary, so that times add up
MESSAGE = Arrival(1, [memoryview(b"push")])


class Line:
    """An endpoint at which something arrives at given times, and the clock that goes with it."""

    def __init__(self, *arrive_s: float) -> None:
        self.now_s = 0.0
        self.slept_s: list[float] = []
        self.given_way = 0
        self._arrive_s = list(arrive_s)

    def receive(self, timeout_s: float, blocked: Sequence[Connection] = ()) -> list[Arrival]:
        if timeout_s:
            self.slept_s.append(timeout_s)
            self.now_s = min([self.now_s + timeout_s, *self._arrive_s])
        if not self._arrive_s or self._arrive_s[0] > self.now_s:
            return []
        self._arrive_s.pop(0)
        return [MESSAGE]

    def give_way(self) -> None:
        self.given_way += 1
        self.now_s += LOOK_S


def spinning(line: Line, *, briefly: bool = False) -> Spinning:
    return Spinning(cast("Endpoint", line), lambda: line.now_s, line.give_way, briefly=briefly)


def test_what_comes_soon_is_received_by_one_that_has_not_slept() -> None:
    line = Line(3 * LOOK_S)
    assert spinning(line).receive(1.0) == [MESSAGE]
    assert (line.slept_s, line.given_way) == ([], 3)


def test_it_sleeps_when_nothing_has_come_for_a_while_and_is_woken_up() -> None:
    line = Line(0.5)
    assert spinning(line).receive(1.0) == [MESSAGE]
    assert line.slept_s == [1.0 - SPIN_S]
    assert line.now_s == 0.5


def test_it_spins_anew_after_each_message_and_not_after_each_wait() -> None:
    line = Line(0.5, 0.5 + 2 * LOOK_S)
    waits = spinning(line)
    assert [len(waits.receive(0.25)) for _ in range(3)] == [0, 1, 1]
    assert line.slept_s == [0.25 - SPIN_S, 0.25]
    assert line.given_way == 8 + 2


def test_it_waits_no_longer_than_it_may() -> None:
    line = Line()
    assert spinning(line).receive(2 * LOOK_S) == []
    assert (line.now_s, line.slept_s) == (2 * LOOK_S, [])


def test_it_does_not_wait_where_there_is_other_work() -> None:
    line = Line()
    assert spinning(line).receive(0.0) == []
    assert line.given_way == 0


def test_who_does_not_take_what_is_sent_to_it_is_waited_for_asleep() -> None:
    line = Line()
    waits = spinning(line)
    waits.receive(1.0, [7])
    assert (line.slept_s, line.given_way) == ([1.0], 0)


SOON_S = BRIEFLY_S / 2


def brief(*pauses_s: float) -> Line:
    """What has become of waits for messages, each of which comes so long after the one before."""
    line = Line(*accumulate(pauses_s))
    waits = spinning(line, briefly=True)
    for _ in pauses_s:
        assert waits.receive(1.0) == [MESSAGE]
    return line


def test_by_default_a_wait_is_slept_through() -> None:
    assert brief(SOON_S, 1.0, SOON_S).given_way == 0


def test_one_is_not_that_follows_on_some_that_were_short() -> None:
    line = brief(*[SOON_S] * SHORT_MIN, SOON_S)
    assert (len(line.slept_s), line.given_way) == (SHORT_MIN, 1)


def test_and_after_one_that_was_not_short_the_next_is_slept_through_again() -> None:
    line = brief(*[SOON_S] * SHORT_MIN, 0.5, SOON_S)
    looked_s = line.given_way * LOOK_S
    assert BRIEFLY_S <= looked_s < BRIEFLY_S + LOOK_S
    assert line.slept_s[SHORT_MIN:] == pytest.approx([1.0 - looked_s, 1.0])


def test_what_has_waited_already_is_no_wait_at_all() -> None:
    line = Line(*[0.0] * 2 * SHORT_MIN)
    waits = spinning(line, briefly=True)
    for _ in range(2 * SHORT_MIN):
        waits.receive(0.0)
    waits.receive(1.0)
    assert line.given_way == 0


@pytest.mark.parametrize(("daemon", "does"), [("sink@n1#0", True), ("source@n1#0", False)])
def test_only_the_receiver_of_such_a_link_spins(daemon: str, *, does: bool) -> None:
    tasks = [task("source", "daemon"), task("sink", "daemon")]
    spun = replace(link("source", "sink", "take"), wait="spin")
    assert spins(Wiring(topology(tasks, [spun]), daemon)) is does
    assert not spins(Wiring(topology(tasks, [link("source", "sink", "take")]), daemon))
