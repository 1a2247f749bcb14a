"""Drawing from a source: what is looked at in between, and when it is asked where it stands."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from types import SimpleNamespace
from typing import Any, cast

import pytest

from swarmdsl.daemon.drawing import GREETING_S, Drawing
from swarmdsl.daemon.memory_limit import NoMemoryLimit
from swarmdsl.daemon.program import Source
from swarmdsl.daemon.work import Produce, Work
from swarmdsl.topology.resources import Resources


class Scripted:
    """A source, and all that a daemon has around it: notes what is asked of it."""

    def __init__(
        self,
        script: Sequence[object],
        *,
        replays: bool = False,
        ends_after: int = 99,
        unheard_s: float = 0.0,
    ) -> None:
        self.noted: list[str] = []
        self.waits = False
        self._script = iter(script)
        self._replays = replays
        self._looks_left = ends_after
        self._unheard_s = unheard_s
        self._moment_s = self.blocked_s = 0.0
        self.sources = self.switchboard = self.measures = self

    def produce(self, _work: Produce) -> Iterator[object]:
        return self

    def __iter__(self) -> Iterator[object]:
        return self

    def __next__(self) -> object:
        value = next(self._script)
        self.waits = value is None
        return value

    def position(self) -> str:
        return "here"

    def replays(self, _work: Produce) -> bool:
        return self._replays

    def stand(self, _work: Produce, position: str) -> None:
        self.noted.append(position)

    def exhausted(self, _work: Produce) -> None:
        self.noted.append("exhausted")

    def linger_s(self, _work: Produce) -> float:
        return 0.0

    def must_end(self, _work: Produce, _now_s: float) -> bool:
        return self._looks_left <= 0

    def stage_from(
        self, _work: Produce, values: Iterator[object], _now_s: Callable[[], float], _due_s: float
    ) -> bool:
        try:
            self.noted.append(f"drew {next(values)}")
        except StopIteration:
            return False
        return True

    def look(self, _work: Work, note: Callable[[], None]) -> None:
        self._looks_left -= 1
        self.noted.append("look")
        note()

    def now_s(self) -> float:
        return self._moment_s

    @property
    def awaits_greeting(self) -> bool:
        """Whether its receiver has not been heard yet."""
        return self._moment_s < self._unheard_s

    def blocked(self, seconds: float) -> None:
        """So long its daemon has waited for others."""
        self.blocked_s += seconds

    def wait(self, seconds: float) -> None:
        """Let time pass, as its daemon does while it takes in what comes."""
        self._moment_s += seconds
        self.noted.append("waited")


class Plain(Scripted):
    """A source that is no `async def`: while it makes up its next value, nothing else is done."""

    def produce(self, _work: Produce) -> Iterator[object]:
        return (value for value in self._script)


def drawn(source: Scripted) -> list[str]:
    """All that happens while a daemon draws from a source."""
    hosted = SimpleNamespace(task=SimpleNamespace(resources=Resources()))
    core: Any = source
    drawing = Drawing(core, NoMemoryLimit(), source.now_s, source.look, lambda: None, source.wait)
    drawing.produce(Produce(cast("Any", hosted), 0, None, {}), cast("Source", source))
    return source.noted


def test_after_each_time_the_daemon_looks_around_and_at_the_end_as_well() -> None:
    happened = drawn(Scripted([1, 2], replays=False))
    assert happened == ["drew 1", "look", "drew 2", "look", "exhausted", "look"]


def test_a_source_that_can_be_asked_again_is_asked_where_it_stands_at_each_yield() -> None:
    happened = drawn(Scripted([1], replays=True))
    assert happened == ["drew 1", "look", "here", "exhausted", "look", "here"]


def test_one_that_is_at_work_on_its_next_value_is_not_asked_where_it_stands() -> None:
    happened = drawn(Scripted([1, None, 2], replays=True))
    assert happened[:7] == ["drew 1", "look", "here", "drew None", "look", "drew 2", "look"]


@pytest.mark.parametrize(("script", "drew"), [([1, 2, 3], 1), ([1, None, 2, 3], 1)])
def test_a_source_that_must_end_is_left_at_a_yield(script: list[object], drew: int) -> None:
    happened = drawn(Scripted(script, replays=False, ends_after=1))
    assert sum(one.startswith("drew") for one in happened) == drew


def test_a_source_that_must_end_while_it_is_at_work_is_waited_for() -> None:
    happened = drawn(Scripted([None, None, 1, 2], replays=False, ends_after=1))
    assert [one for one in happened if one.startswith("drew")] == [
        "drew None",
        "drew None",
        "drew 1",
    ]


def test_a_receiver_that_starts_is_waited_for_before_more_is_drawn() -> None:
    happened = drawn(Plain([1, 2], unheard_s=0.08))
    assert happened[:7] == ["drew 1", "look", "waited", "look", "waited", "look", "drew 2"]


def test_one_that_does_not_answer_is_waited_for_once() -> None:
    source = Plain([1, 2], unheard_s=math.inf)
    happened = drawn(source)
    assert "waited" not in happened[happened.index("drew 2") :]
    assert source.now_s() == pytest.approx(GREETING_S)
    assert source.blocked_s == pytest.approx(GREETING_S)


def test_a_source_that_waits_elsewhere_does_not_wait_for_receivers() -> None:
    assert "waited" not in drawn(Scripted([1, 2], unheard_s=math.inf))
