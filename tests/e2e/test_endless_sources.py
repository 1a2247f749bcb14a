"""Sources that produce without an end, in real runs: they end when a stop is asked for."""

from __future__ import annotations

import os
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from swarmdsl import BackgroundRun, Daemon, Limits, Swarm, Task, on
from swarmdsl.control.state import RunState
from swarmdsl.light import World

pytestmark = pytest.mark.e2e


def mark(name: str) -> None:
    Path(os.environ["FOLDER"], name).touch()


class Numbers(Daemon):
    """A source without an end, that has something to clean up."""

    def produce(self) -> Iterator[int]:
        number = 0
        try:
            while True:
                number += 1
                yield number
        finally:
            mark("cleaned up")


class AsyncNumbers(Daemon):
    async def produce(self) -> AsyncIterator[int]:
        number = 0
        try:
            while True:
                number += 1
                yield number
        finally:
            mark("cleaned up")


class Total(Daemon):
    """How many numbers came, and which was the highest."""

    def __init__(self) -> None:
        self.count = self.highest = 0

    @on
    def take(self, number: int) -> None:
        self.count += 1
        self.highest = max(self.highest, number)
        if number == 1:
            mark("it runs")

    def on_round_end(self) -> tuple[int, int]:
        return self.count, self.highest


class Endless(Swarm):
    limits = Limits(stop_timeout_s=0.2)

    def __init__(self, source: type[Daemon]) -> None:
        super().__init__()
        self._source = source

    def execute(self) -> Task:
        return Task(Total, "any")(Task(self._source, "any"))


def await_file(file: Path) -> None:
    waiting = threading.Event()
    for _ in range(6_000):
        if file.exists():
            return
        waiting.wait(0.01)
    pytest.fail(f"{file} never came")


@pytest.mark.parametrize("source", [Numbers, AsyncNumbers])
def test_one_that_is_asked_to_stop_ends_its_round_in_good_order_and_cleans_up(
    tmp_path: Path, source: type[Daemon]
) -> None:
    environment = {**os.environ, "FOLDER": str(tmp_path)}
    run = Endless(source).run(home=tmp_path / "home", environment=environment, background=True)
    assert isinstance(run, BackgroundRun)
    await_file(tmp_path / "it runs")
    ended = run.stop(timeout=60)
    assert (ended.state, ended.reason.text) == (
        RunState.COMPLETED,
        "a stop was asked for; 1 round finished",
    )
    [(count, highest)] = ended.value
    assert count == highest > 0, "nothing that it yielded is lost"
    assert (tmp_path / "cleaned up").exists()


class Hundred(Daemon):
    """A source that comes to its end by itself."""

    def produce(self) -> Iterator[int]:
        yield from range(1, 101)


class Sated(Daemon):
    """Wants no further round as soon as something has come."""

    @on
    def take(self, number: int, world: World) -> int:
        if number == 1:
            world.stop_swarm()
        return number


class Finite(Swarm):
    limits = Limits(stop_timeout_s=60.0)

    def execute(self) -> Task:
        return Task(Sated, "any")(Task(Hundred, "any"))


def test_one_that_comes_to_its_end_in_time_is_not_cut_short(tmp_path: Path) -> None:
    assert Finite().run(home=tmp_path).value == [*range(1, 101)]
