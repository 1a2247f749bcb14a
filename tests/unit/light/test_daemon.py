"""Which methods of a daemon class are handlers."""

from __future__ import annotations

import contextvars
import threading
from typing import Any

import pytest

from swarmdsl.errors import CallFailed, OutsideTask
from swarmdsl.light import Daemon, TaskContext, call, entered, every, on
from swarmdsl.light.context import Push, Pushing
from swarmdsl.light.daemon import handlers_of


class Base(Daemon):
    @on
    def first(self, value: int) -> None: ...

    def no_handler(self, value: int) -> None: ...

    @on
    def second(self, value: str) -> None: ...


class Derived(Base):
    @on
    def third(self, value: float) -> None: ...

    def first(self, value: int) -> None: ...


def names(daemon: type[Daemon]) -> list[str]:
    return [handler.__name__ for handler in handlers_of(daemon)]


def test_handlers_are_the_marked_methods_in_order_of_definition() -> None:
    assert names(Base) == ["first", "second"]


def test_handlers_of_base_classes_come_first_and_may_be_overridden() -> None:
    assert names(Derived) == ["first", "second", "third"]
    assert handlers_of(Derived)[0] is Derived.first


def test_a_handler_is_still_a_method_that_can_be_called() -> None:
    class Echo(Daemon):
        @on
        def repeat(self, text: str) -> str:
            return text

    assert Echo().repeat("once") == "once"


class Pushes(Daemon):
    @on
    def handle(self, value: int) -> None:
        self.push(value)
        self.push(value, to="one")


def context(push: Push | None = None) -> TaskContext:
    return TaskContext(
        run="r",
        instance="a@n#0",
        alias="a",
        node="n",
        iteration=0,
        call=lambda method, arguments: None,
        push=push,
    )


def test_a_test_may_take_what_a_handler_pushes() -> None:
    pushed: list[tuple[object, str | None]] = []
    with entered(context(lambda value, to: pushed.append((value, to)))):
        Pushes().handle(5)
    assert pushed == [(5, None), (5, "one")]


def test_a_timer_without_the_word_seconds_is_told_what_to_write() -> None:
    marked: Any = every
    for wrong in ((0.5,), (lambda self: 1,), ()):
        with pytest.raises(TypeError, match=r"^write @every\(seconds=0\.5\)"):
            marked(*wrong)


@pytest.mark.parametrize("marked", [on, call])
def test_a_mark_that_is_given_a_type_is_told_what_to_write(marked: Any) -> None:
    class Point: ...

    for wrong in (int, Point, list[int], int | None, "int", None):
        with pytest.raises(TypeError, match=f"^write @{marked.__name__} alone, above the method"):
            marked(wrong)


def test_outside_a_task_nothing_is_pushed() -> None:
    with pytest.raises(OutsideTask, match="push works only while a swarm runs"):
        Pushes().push(1)


def test_what_is_no_handler_may_not_push() -> None:
    with entered(context()), pytest.raises(CallFailed, match="only a handler may push"):
        Pushes().push(1)


def test_another_thread_than_the_handlers_may_not_push() -> None:
    refused: list[CallFailed] = []

    def work() -> None:
        with entered(context()):
            try:
                Pushes().push(1)
            except CallFailed as error:
                refused.append(error)

    with Pushing(print):
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    assert len(refused) == 1


def test_what_goes_on_after_its_handler_has_returned_may_not_push() -> None:
    with entered(context()):
        with Pushing(print):
            carried = contextvars.copy_context()
        with pytest.raises(CallFailed, match="until it has returned"):
            carried.run(Pushes().push, 1)
