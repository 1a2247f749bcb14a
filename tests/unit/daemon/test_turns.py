"""Which instances of a daemon are asked for work, and when."""

from __future__ import annotations

from collections import Counter

import pytest

from swarmdsl.daemon.instance import Gathering
from swarmdsl.daemon.streaming import Streaming
from swarmdsl.daemon.turns import Turns
from swarmdsl.daemon.wiring import Place, Wiring
from swarmdsl.daemon.work import Finish, Work
from tests.handmade import link, task, topology

FIRST, SECOND = (0, 0), (1, 0)


class Asked(Counter[Place]):
    """Counts how often each instance was asked; those at `ready` have work, once."""

    def __init__(self) -> None:
        super().__init__()
        self.ready: set[Place] = set()

    def next_work(self, one: Gathering | Streaming) -> Work | None:
        place = (one.hosted.spec.task, one.hosted.spec.candidate)
        self[place] += 1
        if place not in self.ready:
            return None
        self.ready.discard(place)
        return Finish(one.hosted, 0, {})


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    asked = Asked()
    for kind in (Gathering, Streaming):
        monkeypatch.setattr(kind, "next_work", lambda one: asked.next_work(one))
    return asked


def turns() -> Turns:
    """Of two functions without inputs, in one daemon."""
    tasks = [task("first"), task("second")]
    wiring = Wiring(topology(tasks, [link("first"), link("second")]), "worker@n1#0")
    return Turns({place: Gathering(one, wiring) for place, one in wiring.hosted.items()})


def nobody(_place: Place) -> bool:
    return False


@pytest.mark.interpreted
def test_an_instance_that_had_no_work_is_not_asked_again_before_something_came(
    asked: Asked,
) -> None:
    some = turns()
    assert [some.next_work(nobody) for _ in range(3)] == [None] * 3
    assert asked == {FIRST: 1, SECOND: 1}
    some.wake(SECOND)
    some.wake(SECOND)
    assert some.next_work(nobody) is None
    assert asked == {FIRST: 1, SECOND: 2}


@pytest.mark.interpreted
def test_the_first_that_has_work_is_next_whoever_was_woken_first(asked: Asked) -> None:
    some = turns()
    some.next_work(nobody)
    asked.ready = {FIRST, SECOND}
    some.wake(SECOND)
    some.wake(FIRST)
    found = [some.next_work(nobody) for _ in range(3)]
    assert [one and one.hosted.spec.alias for one in found] == ["first", "second", None]


@pytest.mark.interpreted
def test_one_that_must_wait_is_not_asked_and_is_woken_with_all_others(asked: Asked) -> None:
    some = turns()
    asked.ready = {FIRST}
    assert some.next_work(lambda place: place == FIRST) is None
    assert asked[FIRST] == 0
    some.wake_all()
    found = some.next_work(nobody)
    assert found is not None
    assert found.hosted.spec.alias == "first"


@pytest.mark.interpreted
def test_a_daemon_module_is_asked_each_time_for_it_has_timers(asked: Asked) -> None:
    wiring = Wiring(topology([task("one", "daemon")], [link("one")]), "one@n1#0")
    some = Turns({place: Streaming(one, wiring) for place, one in wiring.hosted.items()})
    assert [some.next_work(nobody) for _ in range(3)] == [None] * 3
    assert asked == {FIRST: 3}


def test_those_that_are_ready_are_found_from_the_end_and_stay_in_turn() -> None:
    some = turns()
    assert some.ready(lambda _: True) == []
    for one in some._instances.values():
        one.start_round(0, 0, {0: [0], 1: [0]})
    some.wake_all()
    assert [one.hosted.spec.alias for one in some.ready(lambda _: True)] == ["second", "first"]
    assert [one.hosted.spec.alias for one in some.ready(lambda place: place == FIRST)] == ["first"]
    found = [some.next_work(nobody) for _ in range(3)]
    assert [one and one.hosted.spec.alias for one in found] == ["first", "second", None]
    assert some.ready(lambda _: True) == []
