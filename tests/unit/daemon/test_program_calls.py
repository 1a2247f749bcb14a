"""What a program may ask, and what is said to anything else."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from swarmdsl.daemon.program_calls import ProgramCalls
from swarmdsl.daemon.program_stream import Lines, Piece
from swarmdsl.errors import CallFailed
from swarmdsl.light import TaskContext


class Asked:
    """A controller that remembers what it was asked."""

    def __init__(self, answer: object = None) -> None:
        self.calls: list[tuple[str, Mapping[str, object]]] = []
        self._answer = answer
        context = TaskContext(
            run="r", instance="a@n#0", alias="a", node="n", iteration=4, call=self._call
        )
        self.answering = ProgramCalls(context)

    def _call(self, method: str, arguments: Mapping[str, object], /) -> object:
        if self._answer is CallFailed:
            raise CallFailed(method, "nobody knows")
        self.calls.append((method, arguments))
        return self._answer

    def answer(self, line: bytes) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.answering.answer(Piece(1, line)))
        return found

    def ask(self, method: str, **arguments: object) -> dict[str, Any]:
        return self.answer(json.dumps({"method": method, "arguments": arguments}).encode())


@pytest.mark.parametrize(
    ("method", "given", "passed"),
    [
        ("globals.get", {"tag": "a"}, {"tag": "a"}),
        ("globals.set", {"tag": "a", "value": [1]}, {"tag": "a", "value": [1]}),
        ("globals.tags", {}, {}),
        ("results.add", {"tag": "a", "value": None}, {"tag": "a", "value": None}),
        ("results.select", {"tag": "a"}, {"tag": "a", "iteration": 4}),
        ("results.select", {"tag": "a", "iteration": 0}, {"tag": "a", "iteration": 0}),
        ("round.request", {}, {"alias": None, "node_ids": None}),
        ("round.request", {"node_ids": ["n1"]}, {"alias": None, "node_ids": ["n1"]}),
        ("round.stop", {}, {}),
        ("secrets.get", {"name": "a"}, {"name": "a"}),
    ],
)
def test_call_goes_on_to_the_controller(
    method: str, given: dict[str, object], passed: dict[str, object]
) -> None:
    asked = Asked(answer=7)
    assert asked.ask(method, **given) == {"ok": True, "value": 7}
    assert asked.calls == [(method, passed)]


def test_call_needs_no_arguments_where_there_are_none() -> None:
    assert Asked().answer(b'{"method": "round.stop"}') == {"ok": True, "value": None}


def test_refusal_of_the_controller_is_told() -> None:
    assert Asked(CallFailed).ask("globals.get", tag="a") == {
        "ok": False,
        "problem": "globals.get: nobody knows",
    }


def test_answer_that_no_language_can_read_is_told() -> None:
    answer = Asked(answer=object()).ask("globals.get", tag="a")
    assert not answer["ok"]
    assert "globals.get: a dict cannot be pushed or stored" in answer["problem"]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (b"GET / HTTP/1.1", "JSON"),
        (b"\xff\xfe", "invalid"),
        (b"[]", "Expected `object`"),
        (b'{"method": "round.stop", "arguments": {"a": ' + b"[" * 100_000, "recursion"),
        (
            b'{"method": "memory.recall"}',
            "there is no method 'memory.recall'; there are globals.get",
        ),
        (b'{"method": "globals.get"}', "missing required field `tag`"),
        (b'{"method": "globals.get", "arguments": {"tag": 1}}', "Expected `str`"),
        (b'{"method": "round.stop", "arguments": {"now": 1}}', "unknown field `now`"),
    ],
)
def test_garbage_is_answered_and_counted(line: bytes, told: str) -> None:
    asked = Asked()
    answer = asked.answer(line)
    assert not answer["ok"]
    assert told.lower() in answer["problem"].lower()
    assert (asked.answering.misunderstood, asked.calls) == (1, [])


def test_line_that_is_too_long_is_told_with_the_bound() -> None:
    [piece] = Lines(10).feed(b"x" * 11)
    asked = Asked()
    assert b"more than the 10 bytes" in asked.answering.answer(piece)
    assert asked.answering.misunderstood == 1


def test_a_secret_is_text_unless_base64_is_asked_for() -> None:
    asked = Asked(answer=b"sesame")
    assert asked.ask("secrets.get", name="a") == {"ok": True, "value": "sesame"}
    assert asked.ask("secrets.get", name="a", base64=True) == {"ok": True, "value": "c2VzYW1l"}


def test_a_secret_that_is_no_text_is_refused_as_text_with_the_way_out() -> None:
    asked = Asked(answer=b"\xff\xfe")
    answer = asked.ask("secrets.get", name="a")
    assert not answer["ok"]
    assert '"base64": true' in answer["problem"]
    assert asked.ask("secrets.get", name="a", base64=True) == {"ok": True, "value": "//4="}
