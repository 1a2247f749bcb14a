"""How a daemon object answers: its arguments are typed, and what goes wrong is a sentence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from swarmdsl import Daemon, call, on
from swarmdsl.daemon.event_loop import EventLoop
from swarmdsl.daemon.injected import injected_into
from swarmdsl.daemon.reports import Invocation
from swarmdsl.daemon.responding import Responder, sentence_of
from swarmdsl.errors import CallRefused
from swarmdsl.light import World
from swarmdsl.wire.codec import decode_blob, encode_blob


@dataclass
class Point:
    x: int
    y: int


class Model(Daemon):
    def __init__(self) -> None:
        self.rate = 0.5
        self.seen: Any = None

    @call
    def tune(self, rate: float, steps: int = 1) -> float:
        self.rate, before = rate * steps, self.rate
        return before

    @call
    async def later(self) -> int:
        return 7

    @call
    def anything(self, value):  # type: ignore[no-untyped-def]
        self.seen = value
        return value

    @call
    def move(self, point: Point) -> Point:
        self.seen = point
        return Point(point.y, point.x)

    @call
    def mean(self, *numbers: int, **named: int) -> float:
        return (sum(numbers) + sum(named.values())) / (len(numbers) + len(named))

    @call
    def where(self, world: World, number: int) -> bool:
        return (type(world), number) == (World, 3)

    @call
    def image(self, pixels: NDArray[np.float32]) -> NDArray[np.float32]:
        return pixels * 2

    @call
    def wrong(self) -> int:
        return "five"  # type: ignore[return-value]

    @call
    def stuck(self) -> Any:
        return object()

    @call
    def nothing(self) -> None: ...

    @on
    def take(self, number: int) -> None: ...

    def hidden(self) -> None: ...


def asked(model: Model, method: str, *arguments: object, **keywords: object) -> Any:
    loop = EventLoop()
    responder = Responder(model, loop, injected_into)
    invocation = Invocation(
        method=method,
        timeout_s=1.0,
        arguments=[encode_blob(one) for one in arguments],
        keywords={name: encode_blob(one) for name, one in keywords.items()},
    )
    try:
        return decode_blob(responder.respond(invocation))
    finally:
        loop.close()


def refused(method: str, *arguments: object, **keywords: object) -> str:
    model = Model()
    with pytest.raises(CallRefused) as raised:
        asked(model, method, *arguments, **keywords)
    assert (model.rate, model.seen) == (0.5, None), "the method was not reached"
    return str(raised.value)


def test_a_method_is_called_with_its_arguments_and_its_result_returns() -> None:
    model = Model()
    assert asked(model, "tune", 0.25, steps=2) == 0.5
    assert model.rate == 0.5


def test_async_methods_are_awaited() -> None:
    assert asked(Model(), "later") == 7


def test_nothing_is_an_answer_too() -> None:
    assert asked(Model(), "nothing") is None


def test_a_record_arrives_as_the_class_that_the_parameter_says() -> None:
    model = Model()
    assert asked(model, "move", {"x": 1, "y": 2}) == {"x": 2, "y": 1}
    assert model.seen == Point(1, 2)


def test_an_array_arrives_as_one() -> None:
    assert asked(Model(), "image", np.ones(3, np.float32)).tolist() == [2.0, 2.0, 2.0]


def test_without_an_annotation_it_takes_anything() -> None:
    assert asked(Model(), "anything", {"deep": [1]}) == {"deep": [1]}


def test_any_number_of_arguments_is_typed_one_by_one() -> None:
    assert asked(Model(), "mean", 1, 2, third=3) == 2.0
    assert refused("mean", 1, "two").startswith("numbers is no int: Expected `int`, got `str`")
    assert refused("mean", third="3").startswith("third is no int")


def test_what_is_handed_in_is_no_argument() -> None:
    assert asked(Model(), "where", 3) is True
    assert asked(Model(), "where", number=3) is True
    assert "it is where(number: int) -> bool" in refused("where", 3, world=1)


def test_an_argument_of_another_type_never_reaches_the_method() -> None:
    assert refused("tune", "fast") == (
        "rate is no float: Expected `float`, got `str`; "
        "it is tune(rate: float, steps: int = 1) -> float"
    )
    assert refused("image", np.ones(3, np.int64)).startswith("pixels is no ")


def test_a_missing_argument_is_told_with_how_it_is_called() -> None:
    assert refused("tune") == (
        "it is tune(rate: float, steps: int = 1) -> float: missing a required argument: 'rate'"
    )
    assert "got an unexpected keyword argument 'pace'" in refused("tune", 1.0, pace=2)


def test_a_method_that_there_is_not_is_told_with_those_that_there_are() -> None:
    text = refused("tun")
    assert text.startswith("it has no such method; it answers tune(rate: float, steps: int = 1)")
    assert "later() -> int" in text


@pytest.mark.parametrize("name", ["hidden", "take", "push", "__init__"])
def test_what_is_not_marked_is_never_called(name: str) -> None:
    assert refused(name).startswith(f"{name} is not marked with @call; it answers ")


def test_a_result_is_what_the_method_says_or_an_error() -> None:
    with pytest.raises(CallRefused, match=r"it returned a str, and says: wrong\(\) -> int"):
        asked(Model(), "wrong")
    with pytest.raises(CallRefused, match=r"what it returned cannot travel: .*object"):
        asked(Model(), "stuck")


def test_a_raise_is_told_with_type_message_and_line() -> None:
    def fall() -> None:
        raise ValueError("rate must be positive")

    with pytest.raises(ValueError, match="rate") as raised:
        fall()
    line = raised.traceback[-1].lineno + 1
    assert sentence_of(raised.value) == (
        f"it raised ValueError: rate must be positive (test_responding.py, line {line}, in fall)"
    )


def test_a_raise_without_a_message_or_a_line_is_told_as_well() -> None:
    assert sentence_of(KeyError()) == "it raised KeyError"
    assert sentence_of(CallRefused("no")) == "no"


def test_with_no_method_it_says_what_it_takes_and_answers() -> None:
    told = asked(Model(), "")
    assert told["handlers"] == [{"name": "take", "takes": "int", "yields": []}]
    assert told["calls"][0] == {
        "name": "tune",
        "parameters": [
            {"name": "rate", "type": "float", "default": None},
            {"name": "steps", "type": "int", "default": "1"},
        ],
        "returns": "float",
    }
