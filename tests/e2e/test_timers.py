"""Timers of daemon modules in real runs: beside handlers, and as the only thing there is."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from swarmdsl import BackgroundRun, Daemon, Limits, Run, Swarm, Task, every, on
from swarmdsl.control.happenings import DaemonLost, Happening, PushesLost
from swarmdsl.control.state import RunState
from swarmdsl.light import World

pytestmark = pytest.mark.e2e

TICK_S = 0.02


def gather(values: list[int]) -> list[int]:
    return values


class Slow(Daemon):
    """A source whose values come one after another, each when the last has been noted below."""

    def produce(self) -> Iterator[int | None]:
        for number in range(3):
            yield number
            while not Path(os.environ["FOLDER"], f"noted {number}").exists():
                yield None


class Totals(Daemon):
    """Keeps what comes, and pushes it by the clock."""

    total = 0
    noted = -1

    @on
    def add(self, number: int) -> None:
        self.total += 1 + number

    @every(seconds=TICK_S)
    def tell(self, world: World) -> int | None:
        if not self.total:
            return None
        self.noted += 1
        Path(os.environ["FOLDER"], f"noted {self.noted}").touch()
        told, self.total = self.total, 0
        return told

    def on_round_end(self) -> int:
        return -1 - self.total


class Timed(Swarm):
    def execute(self) -> Task:
        keeper = Task(Totals, "any", alias="keeper")(Task(Slow, "any"))
        return Task(gather, "any", inputs={})(keeper)


def environment(folder: Path) -> dict[str, str]:
    return {**os.environ, "FOLDER": str(folder)}


def test_a_timer_pushes_what_handlers_left_and_the_end_of_the_round_what_is_left_then(
    tmp_path: Path,
) -> None:
    # The source waits for the timer each time, so no handler could have let the round go on.
    run = Timed().run(home=tmp_path / "home", environment=environment(tmp_path))
    assert run.value == [1, 2, 3, -1]


class Flood(Daemon):
    """Endless work beside a timer: the source ends once the timer was called."""

    def produce(self) -> Iterator[int]:
        while not Path(os.environ["FOLDER"], "ticked").exists():
            yield 1


class Busy(Daemon):
    @on
    def take(self, number: int) -> None:
        threading.Event().wait(0.001)  # work, as long as many of them are

    @every(seconds=TICK_S)
    def tick(self) -> None:
        Path(os.environ["FOLDER"], "ticked").touch()


class Flooded(Swarm):
    def execute(self) -> Task:
        return Task(Busy, "any")(Task(Flood, "any"))


def test_a_timer_is_called_while_pushes_never_cease(tmp_path: Path) -> None:
    run = Flooded().run(home=tmp_path / "home", environment=environment(tmp_path))
    assert run.state is RunState.COMPLETED


class Hurried(Daemon):
    """Its timer takes longer than its period, so it is always due."""

    @on
    def take(self, number: int) -> int:
        Path(os.environ["FOLDER"], f"noted {number}").touch()
        return number

    @every(seconds=TICK_S)
    def tick(self) -> None:
        threading.Event().wait(2 * TICK_S)  # work that takes as long


class HurriedSwarm(Swarm):
    def execute(self) -> Task:
        return Task(Hurried, "any")(Task(Slow, "any"))


def test_pushes_are_handled_beside_a_timer_that_takes_longer_than_its_period(
    tmp_path: Path,
) -> None:
    run = HurriedSwarm().run(home=tmp_path / "home", environment=environment(tmp_path))
    assert run.value == [0, 1, 2]


class Countdown(Daemon):
    """A source by its timer alone; counts down to one, in each round."""

    left = 4

    @every(seconds=TICK_S)
    def count(self) -> int:
        self.left -= 1
        if self.left == 1:
            self.finish()
        return self.left

    def on_round_end(self) -> int:
        self.left = 4
        return 0


class Launch(Swarm):
    max_iteration = 2

    def execute(self) -> Task:
        return Task(gather, "any", inputs={})(Task(Countdown, "any"))


def test_a_source_by_its_timer_ends_its_round_when_it_says_so(tmp_path: Path) -> None:
    assert Launch().run(home=tmp_path).value == [3, 2, 1, 0]


class Finishes(Daemon):
    @on
    def take(self, number: int) -> None: ...

    @every(seconds=TICK_S)
    def end(self) -> None:
        self.finish()


class Waits(Daemon):
    def produce(self) -> Iterator[int | None]:
        while True:
            yield None


class FinishesForOthers(Swarm):
    def execute(self) -> Task:
        return Task(Finishes, "any", alias="impatient")(Task(Waits, "any"))


def test_who_is_pushed_to_cannot_end_a_round(tmp_path: Path) -> None:
    run = FinishesForOthers().run(home=tmp_path)
    assert run.state is RunState.FAILED
    assert "other tasks push to impatient, so its round ends when theirs have" in run.reason.text


class Beats(Daemon):
    """A source without an end of its own."""

    beats = 0

    @every(seconds=TICK_S)
    def beat(self) -> int:
        self.beats += 1
        return self.beats


class Counted(Daemon):
    @on
    def take(self, beat: int) -> int:
        Path(os.environ["FOLDER"], "beating").touch()
        return beat


class Endless(Swarm):
    def execute(self) -> Task:
        return Task(Counted, "any")(Task(Beats, "any"))


def test_a_source_without_an_end_ends_when_the_run_is_asked_to_stop(tmp_path: Path) -> None:
    run = Endless().run(home=tmp_path / "home", environment=environment(tmp_path), background=True)
    assert isinstance(run, BackgroundRun)
    await_file(tmp_path / "beating")
    ended = run.stop(timeout=60)
    assert (ended.state, ended.reason.text) == (
        RunState.COMPLETED,
        "a stop was asked for; 1 round finished",
    )
    assert ended.value == list(range(1, len(ended.value) + 1))


def await_file(file: Path) -> None:
    waiting = threading.Event()
    for _ in range(6_000):
        if file.exists():
            return
        waiting.wait(0.01)
    raise AssertionError(f"{file.name} never came")


class Dying(Daemon):
    """Dies once, after its second value has been noted below."""

    beats = 0

    @every(seconds=TICK_S)
    def beat(self) -> int:
        died = Path(os.environ["FOLDER"], "died")
        if not died.exists() and Path(os.environ["FOLDER"], "taken 2").exists():
            died.touch()
            os._exit(9)
        self.beats += 1
        if self.beats >= 5 and died.exists():
            self.finish()
        return self.beats


class Going(Dying):
    """As it, but another process goes on where it was, in what it has opened."""

    is_open = False

    def on_start(self) -> None:
        self.is_open = True

    def position(self) -> int:
        return self.beats

    def seek(self, position: int) -> None:
        assert self.is_open
        self.beats = position


class Noting(Daemon):
    @on
    def take(self, beat: int) -> int:
        Path(os.environ["FOLDER"], f"taken {beat}").touch()
        return beat


def run_of(source: type[Daemon], folder: Path) -> tuple[Run, list[Happening]]:
    class Made(Swarm):
        limits = Limits(batch_messages=1)

        def execute(self) -> Task:
            return Task(Noting, "any")(Task(source, "any", alias="source"))

    told: list[Happening] = []
    options: dict[str, Any] = {"home": folder / "home", "environment": environment(folder)}
    return Made().run(observers=[told.append], **options), told


def test_a_source_that_can_be_asked_again_beats_on_in_another_process(tmp_path: Path) -> None:
    run, told = run_of(Going, tmp_path)
    assert [one.daemon for one in told if isinstance(one, DaemonLost)] == ["source@node1#0"]
    assert list(dict.fromkeys(run.value)) == [*range(1, run.value[-1] + 1)]
    assert not any(isinstance(one, PushesLost) for one in told)


def test_of_a_source_that_cannot_the_round_goes_on_without_the_rest(tmp_path: Path) -> None:
    run, told = run_of(Dying, tmp_path)
    assert run.state is RunState.COMPLETED
    assert run.value == [*range(1, len(run.value) + 1)]
    assert [one.daemon for one in told if isinstance(one, DaemonLost)] == ["source@node1#0"]


class Dead(Daemon):
    """Pushes nothing, and ends when the one below has died."""

    def produce(self) -> Iterator[int | None]:
        while not Path(os.environ["FOLDER"], "died").exists():
            yield None


class Remembers(Daemon):
    """Nothing but its timer changes it. Dies once, at its second snapshot: the first is kept."""

    calls = snapshots = remembered = 0

    @on
    def take(self, number: int) -> None: ...

    @every(seconds=TICK_S)
    def tick(self) -> None:
        self.calls += 1

    def snapshot(self) -> int:
        self.snapshots += 1
        died = Path(os.environ["FOLDER"], "died")
        if self.snapshots == 2 and not died.exists():
            died.touch()
            os._exit(9)
        return self.calls

    def restore(self, state: int) -> None:
        self.remembered = state

    def on_round_end(self) -> int:
        return self.remembered


class Remembered(Swarm):
    limits = Limits(snapshot_every_s=0.01)

    def execute(self) -> Task:
        return Task(Remembers, "any")(Task(Dead, "any"))


def test_what_a_timer_has_changed_is_remembered(tmp_path: Path) -> None:
    run = Remembered().run(home=tmp_path / "home", environment=environment(tmp_path))
    assert run.value[-1] >= 1
