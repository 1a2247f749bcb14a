"""What marks a method that answers calls, and how a task makes a call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from swarmdsl import Daemon
from swarmdsl import call as public_call
from swarmdsl.errors import CallFailed, CallTimedOut, OutsideTask
from swarmdsl.light import TaskContext, World, call, call_daemon, entered
from swarmdsl.light.calls import CALL_TIMEOUT_MAX_S
from swarmdsl.light.daemon import calls_of
from tests.unit.light.asked import Asked


class Base(Daemon):
    @call
    def first(self) -> None: ...


class Model(Base):
    @call
    async def second(self) -> None: ...

    def unmarked(self) -> None: ...


def failing(error: Exception) -> TaskContext:
    def fail(_method: str, _arguments: Mapping[str, object], /) -> object:
        raise error

    return TaskContext(run="r", instance="a@n#0", alias="a", node="n", iteration=0, call=fail)


def test_marked_methods_are_found_base_classes_first() -> None:
    assert [one.__name__ for one in calls_of(Model)] == ["first", "second"]


def test_the_mark_is_public_and_one() -> None:
    assert public_call is call


def test_a_call_is_asked_for_as_it_is_written() -> None:
    asked = Asked({"daemon.call": "done"})
    with entered(asked.context()):
        assert call_daemon("model", "tune", 0.5, [1], timeout=2, node="n3", steps=4) == "done"
    [(method, arguments)] = asked.calls
    given: Any = dict(arguments)
    assert method == "daemon.call"
    assert given == {
        "alias": "model",
        "method": "tune",
        "node": "n3",
        "timeout_s": 2.0,
        "arguments": [0.5, [1]],
        "keywords": {"steps": 4},
    }


def test_a_daemon_and_the_world_call_likewise() -> None:
    asked = Asked({"daemon.call": 1})
    with entered(asked.context()):
        assert Model().call("other", "get", 5, node="n2") == 1
        assert World().call("other", "get", 5, node="n2") == 1
    first, second = asked.calls
    assert first == second


@pytest.mark.parametrize("timeout", [0, -1.0, CALL_TIMEOUT_MAX_S + 1, float("nan"), True, "5s"])
def test_a_timeout_is_some_seconds(timeout: Any) -> None:
    asked = Asked()
    with (
        entered(asked.context()),
        pytest.raises(CallFailed, match=r"model\.get: timeout=.*; give seconds, more than 0"),
    ):
        call_daemon("model", "get", timeout=timeout)
    assert asked.calls == []


def test_a_call_names_a_method() -> None:
    asked = Asked()
    with (
        entered(asked.context()),
        pytest.raises(CallFailed, match=r"model\.: a call names a method"),
    ):
        call_daemon("model", "")
    assert asked.calls == []


def test_an_error_names_the_method_that_was_called() -> None:
    error = CallFailed("daemon.call", "it raised ValueError: no")
    with entered(failing(error)), pytest.raises(CallFailed) as raised:
        call_daemon("model", "tune")
    assert str(raised.value) == "model.tune: it raised ValueError: no"


def test_a_late_answer_is_an_error_of_its_own() -> None:
    error = CallTimedOut("daemon.call", 2.0, "no answer from model@n#0 within 2 s")
    with entered(failing(error)), pytest.raises(CallTimedOut) as raised:
        call_daemon("model", "tune", timeout=2.0)
    assert str(raised.value) == "model.tune: no answer from model@n#0 within 2 s"
    assert raised.value.timeout_s == 2.0


def test_nobody_is_called_outside_of_a_run() -> None:
    with pytest.raises(OutsideTask, match=r"model\.tune works only while a swarm runs"):
        call_daemon("model", "tune")
