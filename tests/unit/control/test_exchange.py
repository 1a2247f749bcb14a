"""Calls of tasks and of other processes, as the store and the daemons see them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from swarmdsl.control.core import ControlCore
from swarmdsl.control.exchange import Exchange
from swarmdsl.control.questions import Answer, Question
from swarmdsl.control.records import RunRecord
from swarmdsl.control.store import Store
from swarmdsl.daemon.redaction import Redaction
from swarmdsl.daemon.reports import DESCRIBE, INVOKE, WITHDRAW, Invocation
from swarmdsl.wire.codec import decode_blob, encode_blob
from swarmdsl.wire.messages import AnyMessage, Call, Reply
from tests.handmade import chain

CALLEE = "double@n2#0"
WORKER = "worker@n1#0"
CALLER = "source@n1#0"
TOKEN = "0" * 32
SECRET = "open-sesame"


class Sessions:
    """Connections on which everything arrives."""

    def __init__(self) -> None:
        self.said: list[tuple[str, AnyMessage]] = []

    def number_of(self, peer: str) -> int:
        return 1

    def say(self, peer: str, message: AnyMessage) -> None:
        self.said.append((peer, message))

    def take(self) -> list[tuple[str, AnyMessage]]:
        said, self.said = self.said, []
        return said


class Begun(ControlCore):
    """A round of all tasks has begun."""

    @property
    def seated(self) -> Mapping[int, Sequence[int]]:
        return {0: [0], 1: [0], 2: [0]}


class Bench:
    """An exchange between a store and sessions."""

    def __init__(self, store: Store, controllers_before: int = 0) -> None:
        self.sessions = Sessions()
        core = Begun(chain(), "r")
        redaction = Redaction([SECRET.encode()])
        self.exchange = Exchange(chain(), core, store, self.sessions, controllers_before, redaction)
        for peer in (CALLEE, WORKER):
            self.exchange.connected(peer, 0)

    def call(self, effect: str = "1~1", number: int = 7, **changed: object) -> None:
        arguments: dict[str, object] = {
            "alias": "double",
            "node": None,
            "method": "get",
            "timeout_s": 10.0,
            "arguments": [encode_blob(5)],
            "keywords": {},
        }
        blob = encode_blob(arguments | changed)
        self.exchange.take(WORKER, Call(1, number, CALLER, 0, "daemon.call", blob, effect), 0.0)
        self.exchange.carry_out()

    def asked(self) -> list[Call]:
        """What the daemons have been asked since the last time."""
        return [one for _, one in self.sessions.take() if isinstance(one, Call)]

    def told(self) -> list[tuple[str, int, bool, Any]]:
        """What callers have been told since the last time."""
        return [
            (peer, one.number, one.ok, decode_blob(one.payload))
            for peer, one in self.sessions.take()
            if isinstance(one, Reply)
        ]

    def answer(self, number: int, value: object, *, ok: bool = True) -> list[Answer]:
        self.exchange.answered(CALLEE, Reply(1, number, ok, encode_blob(value)))
        return self.exchange.carry_out()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    run = RunRecord(id="r", swarm="s", topology_hash="h", state="RUNNING", created_at=0.0)
    made = Store.create(tmp_path / "run.sqlite", run)
    yield made
    made.close()


@pytest.fixture
def bench(store: Store) -> Bench:
    return Bench(store)


def test_a_call_goes_to_its_daemon_and_its_answer_to_the_caller(bench: Bench) -> None:
    bench.call()
    [call] = bench.asked()
    assert (call.instance, call.method, call.number) == (CALLEE, INVOKE, 1)
    assert decode_blob(call.arguments, Invocation) == Invocation(
        method="get", timeout_s=10.0, arguments=[encode_blob(5)], keywords={}
    )
    bench.answer(1, "found")
    assert bench.told() == [(WORKER, 7, True, "found")]


def test_a_call_that_is_asked_again_while_it_is_under_way_is_not_made_again(bench: Bench) -> None:
    bench.call()
    bench.call()
    assert len(bench.asked()) == 1
    bench.answer(1, "found")
    assert bench.told() == [(WORKER, 7, True, "found")]


@pytest.mark.parametrize("ok", [True, False])
def test_a_call_that_was_answered_is_answered_alike_to_a_second_execution(
    bench: Bench, *, ok: bool
) -> None:
    bench.call()
    bench.answer(1, "so it is", ok=ok)
    bench.sessions.take()
    bench.exchange.connected(WORKER, 1)
    bench.call(number=2)
    assert bench.told() == [(WORKER, 2, ok, "so it is")]


def test_another_attempt_calls_anew(bench: Bench) -> None:
    bench.call("1~1")
    bench.answer(1, "no luck", ok=False)
    bench.call("1~2")
    assert [one.number for one in bench.asked()] == [1, 2]


def test_the_process_after_the_one_that_asked_is_told_nothing(bench: Bench) -> None:
    bench.call("0.1")
    bench.exchange.connected(WORKER, 1)
    bench.answer(1, "found")
    assert bench.told() == []


def test_a_second_execution_waits_for_the_call_of_the_first(bench: Bench) -> None:
    bench.call()
    bench.exchange.connected(WORKER, 1)
    bench.call(number=3)
    bench.answer(1, "found")
    assert bench.told() == [(WORKER, 3, True, "found")]


@pytest.mark.parametrize("effect", ["1~1", "0.1"])
def test_a_controller_that_takes_over_makes_no_call_again(store: Store, effect: str) -> None:
    Bench(store).call(effect)
    successor = Bench(store, controllers_before=1)
    for _ in range(2):
        successor.call(effect)
        [(_, _, ok, text)] = successor.told()
        assert not ok
        assert "the controller was replaced while the call was under way" in text


def test_what_a_handler_asked_is_kept_until_it_asks_again_whatever_the_round(
    bench: Bench, store: Store
) -> None:
    bench.call("0.1")
    bench.answer(1, "first")
    store.begin_round(5)
    bench.sessions.take()
    bench.call("0.1")
    assert bench.told() == [(WORKER, 7, True, "first")]
    bench.call("0.2")
    bench.answer(2, "second")
    bench.sessions.take()
    bench.call("0.1")
    assert [one.number for one in bench.asked()] == [3], "its handler has read the answer"


def test_an_error_that_tells_a_secret_is_told_and_kept_without_it(
    bench: Bench,
) -> None:
    # Its caller gave it the value, so the daemon that raised cannot know it for a secret.
    bench.call()
    bench.answer(1, f"it raised ValueError: {SECRET}", ok=False)
    assert bench.told() == [(WORKER, 7, False, "it raised ValueError: ***")]
    bench.exchange.ask(question(), 0.0)
    bench.exchange.carry_out()
    [answer] = bench.answer(2, f"it raised ValueError: {SECRET}", ok=False)
    assert decode_blob(answer.payload) == "it raised ValueError: ***"


def test_a_late_call_is_told_as_such(bench: Bench) -> None:
    bench.call()
    bench.exchange.tick(10.0)
    bench.exchange.carry_out()
    [(_, _, ok, told)] = bench.told()
    assert not ok
    assert told["timeout_s"] == 10.0
    assert told["late"].startswith(f"no answer from {CALLEE} within 10 s")


def test_a_late_call_is_taken_back_from_its_daemon(bench: Bench) -> None:
    bench.call()
    [call] = bench.asked()
    bench.exchange.tick(10.0)
    bench.exchange.carry_out()
    assert [(one.method, one.number) for one in bench.asked()] == [(WITHDRAW, call.number)]


def test_a_call_that_makes_no_sense_is_refused_and_leaves_no_trace(bench: Bench) -> None:
    bench.call(alias="nobody")
    bench.call(timeout_s="long")
    (_, _, _, first), (_, _, _, second) = bench.told()
    assert first == "no task is named so; there are: double"
    assert second.startswith("its arguments are wrong")
    bench.call()
    assert len(bench.asked()) == 1


def test_a_daemon_that_dies_is_told_of(bench: Bench) -> None:
    bench.call()
    bench.exchange.lost(CALLEE)
    bench.exchange.carry_out()
    [(_, _, ok, text)] = bench.told()
    assert not ok
    assert text.startswith(f"the process of {CALLEE} died before it had answered")


def question(method: str = "get", alias: str = "double") -> Question:
    return Question(token=TOKEN, alias=alias, method=method, timeout_s=5.0)


def test_another_process_is_answered_by_its_token(bench: Bench) -> None:
    bench.exchange.ask(question(), 0.0)
    assert bench.exchange.carry_out() == []
    assert [one.method for one in bench.asked()] == [INVOKE]
    assert bench.answer(1, "found") == [Answer(TOKEN, ok=True, payload=encode_blob("found"))]


def test_another_process_may_ask_what_a_daemon_is(bench: Bench) -> None:
    bench.exchange.ask(question(method=""), 0.0)
    bench.exchange.carry_out()
    assert [one.method for one in bench.asked()] == [DESCRIBE]


def test_another_process_is_told_what_is_wrong(bench: Bench) -> None:
    bench.exchange.ask(question(alias="source"), 0.0)
    [answer] = bench.exchange.carry_out()
    assert not answer.ok
    assert decode_blob(answer.payload) == "it is a function, and only daemon modules answer calls"


def test_the_end_of_the_run_is_told(bench: Bench) -> None:
    bench.exchange.ask(question(), 0.0)
    bench.exchange.close("the run is over: stopped")
    [answer] = bench.exchange.carry_out()
    assert decode_blob(answer.payload) == "the run is over: stopped"
