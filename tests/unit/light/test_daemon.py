"""Which methods of a daemon class are handlers."""

from __future__ import annotations

from swarmdsl.light import Daemon, on
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
