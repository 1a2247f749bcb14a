"""The timers of an instance that is pushed to: beside its pushes, and at the end of its round."""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType

from swarmdsl.daemon.instance import Methods
from swarmdsl.daemon.streaming import Streaming
from swarmdsl.daemon.wiring import Wiring
from swarmdsl.daemon.work import Handle, Invoke
from tests.handmade import link, task, topology
from tests.unit.daemon.test_instance import BOTH, LABEL, NODES, bring, deliver_round, streaming


def timed(
    *, round_end: bool = False, periods_s: Mapping[str, float] = MappingProxyType({"beat": 1.0})
) -> Streaming:
    """As `streaming`, with timers: by default one that is due every second."""
    hosted = streaming().hosted
    wiring = Wiring(
        topology(
            [task("spread", nodes=NODES), task("name"), task("sink", "daemon")],
            [link("spread", "sink", "number"), link("name", "sink", "text", str)],
        ),
        "sink@n1#0",
    )
    instance = Streaming(hosted, wiring, Methods(periods_s, "on_round_end" if round_end else ""))
    instance.start_round(0, 0, BOTH)
    return instance


def test_a_timer_that_is_due_comes_before_what_waits_in_the_inbox() -> None:
    instance = timed()
    instance.tick(0.0)
    bring(instance, LABEL, 1, "x")
    instance.tick(1.0)
    assert isinstance(instance.next_work(), Invoke)
    assert isinstance(instance.next_work(), Handle)


def test_a_timer_that_is_always_due_keeps_neither_pushes_nor_the_end_of_the_round_waiting() -> None:
    instance = timed()
    instance.tick(0.0)
    deliver_round(instance, 0)
    done: list[str] = []
    for now_s in range(1, 9):
        instance.tick(float(now_s))  # each piece of work takes as long as the timer's period
        done.append(type(instance.next_work()).__name__)
    assert done == [*["Invoke", "Handle"] * 3, "Invoke", "Finish"]


def test_each_timer_that_is_due_is_called_before_another_push() -> None:
    instance = timed(periods_s={"beat": 1.0, "tell": 1.0})
    instance.tick(0.0)
    deliver_round(instance, 0)
    methods = []
    for now_s in range(1, 7):
        instance.tick(float(now_s))
        work = instance.next_work()
        methods.append(work.method if isinstance(work, Invoke) else type(work).__name__)
    assert methods == ["beat", "tell", "Handle"] * 2


def test_a_batch_is_divided_for_the_sake_of_the_timers_and_nothing_of_it_is_lost() -> None:
    instance = timed()
    bring(instance, LABEL, 5, *"abcde")
    handled = []
    while isinstance(work := instance.next_work(), Handle):
        instance.worked(work, 0.001 * len(work.values))
        handled.append((work.values, work.consumed[LABEL]))
    assert handled == [(["a"], 1), (["b", "c"], 3), (["d", "e"], 5)]
    assert instance.waiting(LABEL) == (0, 0)


def test_half_a_batch_waits_as_what_it_is() -> None:
    instance = timed()
    bring(instance, LABEL, 5, *"abcde")
    instance.next_work()
    assert instance.waiting(LABEL) == (4, 4)


def test_the_last_method_is_called_when_all_has_been_handled_and_no_timer_after_it() -> None:
    instance = timed(round_end=True)
    instance.tick(0.0)
    deliver_round(instance, 0)
    methods = []
    while (work := instance.next_work()) is not None:
        instance.tick(100.0)
        methods.append(work.method if isinstance(work, Invoke) else type(work).__name__)
    assert methods == ["Handle", "beat", "Handle", "Handle", "on_round_end", "Finish"]


def test_timers_rest_between_rounds() -> None:
    instance = timed()
    deliver_round(instance, 0)
    while instance.next_work() is not None:
        pass
    assert instance.tick(50.0) == math.inf
