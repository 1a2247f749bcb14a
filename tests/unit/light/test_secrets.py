"""A secret as the code of a task asks for it."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from swarmdsl.errors import CallFailed, OutsideTask
from swarmdsl.light import entered, secret
from tests.unit.light.asked import Asked


def test_the_controller_is_asked_each_time() -> None:
    asked = Asked({"secrets.get": b"sesame"})
    with entered(asked.context()):
        assert (secret("token"), secret("token", bytes)) == ("sesame", b"sesame")
    assert asked.calls == [("secrets.get", {"name": "token"})] * 2


def test_outside_of_a_task_there_is_none() -> None:
    with pytest.raises(OutsideTask, match="secret works only"):
        secret("token")


def test_bytes_that_are_no_text_are_to_be_asked_for_as_bytes() -> None:
    with entered(Asked({"secrets.get": b"\xff\xfe"}).context()):
        with pytest.raises(CallFailed, match=r"secret\('key', bytes\)") as caught:
            secret("key")
        assert secret("key", bytes) == b"\xff\xfe"
    assert caught.value.__cause__ is None  # which would hold the value


def test_an_answer_that_is_neither_is_refused() -> None:
    with (
        entered(Asked({"secrets.get": 3}).context()),
        pytest.raises(CallFailed, match="of type int"),
    ):
        secret("token")


def test_another_thread_may_not_ask() -> None:
    problems: list[str] = []

    def ask() -> None:
        with pytest.raises(OutsideTask) as caught:
            secret("token")
        problems.append(str(caught.value))

    with entered(Asked({"secrets.get": b"sesame"}).context()):
        thread = threading.Thread(target=ask)
        thread.start()
        thread.join()
    assert len(problems) == 1


def test_a_test_gives_them_with_the_context() -> None:
    context = replace(Asked().context(), secrets={"token": "sesame", "key": b"\xff"})
    with entered(context):
        assert (secret("token"), secret("token", bytes)) == ("sesame", b"sesame")
        assert secret("key", bytes) == b"\xff"
        with pytest.raises(CallFailed, match="no secret 'tokn'; it has: key, token"):
            secret("tokn")
    assert "sesame" not in repr(context)
