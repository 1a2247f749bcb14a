"""Calls that wait in a daemon: in order, each once, bounded, and not after their time."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from swarmdsl.daemon.asked import ANSWERS_KEPT, Asked
from swarmdsl.daemon.instances import instance_of
from swarmdsl.daemon.memory import Remembering
from swarmdsl.daemon.reports import (
    CALL_BYTES_MAX,
    CALLS_WAITING_MAX,
    DESCRIBE,
    INVOKE,
    WITHDRAW,
    Invocation,
    Recollection,
)
from swarmdsl.daemon.wiring import Wiring
from swarmdsl.daemon.work import Respond
from swarmdsl.wire.codec import decode_blob, encode_blob
from swarmdsl.wire.messages import Call, Reply
from tests.handmade import link, task, topology

NAME = "model@n1#0"
TOPOLOGY = topology([task("model", "daemon")], [link("model")])


class Bench:
    """One daemon module, whose answers are kept as they are said."""

    def __init__(self, *, remembers: bool = False, recalls: bool = False) -> None:
        wiring = Wiring(TOPOLOGY, NAME)
        hosted = wiring.hosted[0, 0]
        self.instance = (
            Remembering(hosted, wiring, recalls=recalls)
            if remembers
            else instance_of(hosted, wiring)
        )
        self.said: list[Reply] = []
        self.asked = Asked({(0, 0): self.instance}, self.said.append)

    def call(
        self,
        number: int,
        method: str = "get",
        *,
        timeout_s: float = 10.0,
        instance: str = NAME,
        kind: str = INVOKE,
    ) -> bool:
        blob = encode_blob(Invocation(method=method, timeout_s=timeout_s))
        return self.asked.take(Call(1, number, instance, 0, kind, blob, ""))

    def next(self) -> Respond:
        work = self.asked.next()
        assert work is not None
        return work

    def answers(self) -> list[tuple[int, bool, Any]]:
        return [(one.number, one.ok, decode_blob(one.payload)) for one in self.said]


def test_calls_are_handed_out_in_the_order_in_which_they_came() -> None:
    bench = Bench()
    assert all(bench.call(number) for number in (1, 2, 5))
    assert [bench.next().number for _ in range(3)] == [1, 2, 5]
    assert bench.asked.next() is None


def test_an_answer_is_said_with_the_number_of_its_call() -> None:
    bench = Bench()
    bench.call(4)
    bench.asked.answer(bench.next(), encode_blob("found"), ok=True)
    assert bench.answers() == [(4, True, "found")]


def test_a_call_that_is_said_again_is_not_handed_out_again() -> None:
    bench = Bench()
    bench.call(1)
    bench.call(1)
    work = bench.next()
    bench.call(1)
    assert bench.asked.next() is None
    assert bench.said == []
    bench.asked.answer(work, encode_blob("found"), ok=True)
    bench.call(1)
    assert bench.asked.next() is None
    assert bench.answers() == [(1, True, "found")] * 2


def test_an_answer_that_is_kept_no_more_is_told_to_be_lost() -> None:
    bench = Bench()
    for number in range(1, ANSWERS_KEPT + 2):
        bench.call(number)
        bench.asked.answer(bench.next(), encode_blob(number), ok=True)
    bench.call(1)
    number, ok, text = bench.answers()[-1]
    assert (number, ok) == (1, False)
    assert text == "it was answered, and the answer was lost on its way"
    assert bench.asked.next() is None


def test_large_answers_are_not_kept_together() -> None:
    bench = Bench()
    for number in (1, 2):
        bench.call(number)
        bench.asked.answer(bench.next(), bytes(CALL_BYTES_MAX - 8), ok=True)
    bench.call(1)
    assert not bench.said[-1].ok
    bench.call(2)
    assert bench.said[-1].ok


def test_an_answer_that_is_too_large_is_an_error() -> None:
    bench = Bench()
    bench.call(1)
    bench.asked.answer(bench.next(), bytes(CALL_BYTES_MAX + 1), ok=True)
    [(_, ok, text)] = bench.answers()
    assert not ok
    assert text == (
        f"its answer is too large: {CALL_BYTES_MAX + 1} bytes are too many for a call, which may "
        f"carry {CALL_BYTES_MAX}; push large values instead"
    )


def test_only_so_many_calls_wait() -> None:
    bench = Bench()
    for number in range(1, CALLS_WAITING_MAX + 2):
        bench.call(number)
    assert bench.answers() == [
        (CALLS_WAITING_MAX + 1, False, f"{CALLS_WAITING_MAX} calls wait for it already")
    ]
    assert bench.next().number == 1


def test_a_call_that_has_waited_too_long_is_not_begun() -> None:
    bench = Bench()
    bench.call(1, timeout_s=10.0)
    bench.call(2, timeout_s=1.0)
    bench.asked.now_s = 1.0
    assert bench.next().number == 1
    assert bench.asked.next() is None
    assert bench.answers() == [(2, False, "it was not begun in time")]


def test_a_call_that_is_taken_back_is_not_begun() -> None:
    bench = Bench()
    bench.call(1)
    bench.call(2)
    bench.call(1, kind=WITHDRAW)
    assert bench.next().number == 2
    assert bench.asked.next() is None


def test_what_is_at_work_or_unknown_is_not_taken_back() -> None:
    bench = Bench()
    bench.call(1)
    work = bench.next()
    bench.call(1, kind=WITHDRAW)
    bench.call(9, kind=WITHDRAW)
    bench.asked.answer(work, encode_blob("done"), ok=True)
    assert bench.answers() == [(1, True, "done")]
    bench.call(2)
    assert bench.next().number == 2


def test_a_call_for_somebody_else_is_refused() -> None:
    bench = Bench()
    bench.call(1, instance="other@n1#0")
    assert bench.answers() == [(1, False, "other@n1#0 is not hosted here")]


def test_a_call_that_cannot_be_read_is_refused() -> None:
    bench = Bench()
    assert bench.asked.take(Call(1, 1, NAME, 0, INVOKE, encode_blob({"method": 5}), ""))
    [(_, ok, text)] = bench.answers()
    assert not ok
    assert text.startswith("the call cannot be read")


def test_other_questions_are_none_of_its_business() -> None:
    bench = Bench()
    assert not bench.call(1, kind="round.takes")
    assert bench.asked.next() is None


def test_a_module_that_is_to_be_restored_answers_when_it_is_itself_again() -> None:
    bench = Bench(remembers=True, recalls=True)
    assert isinstance(bench.instance, Remembering)
    bench.call(1)
    assert bench.asked.next() is None
    bench.instance.recall(Recollection(snapshot=None))
    assert bench.next().number == 1


@pytest.mark.parametrize(
    ("kind", "method", "changed"), [(INVOKE, "put", True), (DESCRIBE, "", False)]
)
def test_what_a_call_may_have_changed_is_saved(kind: str, method: str, *, changed: bool) -> None:
    bench = Bench(remembers=True)
    assert isinstance(bench.instance, Remembering)
    bench.call(1, method, kind=kind)
    bench.asked.answer(bench.next(), encode_blob(None), ok=True)
    assert bench.instance.memory.changed is changed


def test_work_that_answers_a_call_names_its_method() -> None:
    bench = Bench()
    bench.call(1, "tune")
    assert msgspec.structs.asdict(bench.next().invocation)["method"] == "tune"
