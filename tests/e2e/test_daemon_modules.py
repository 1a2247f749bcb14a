"""Daemon modules in a real run: what they do beside handling a push and returning a value."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from swarmdsl import Daemon, Limits, Run, Swarm, Task, on
from swarmdsl.control.happenings import DaemonLost, Happening
from swarmdsl.control.state import RunState
from swarmdsl.light import World

pytestmark = pytest.mark.e2e


def numbers() -> Iterator[int]:
    yield from range(1, 5)


def run_of(folder: Path, daemon: type[Daemon], **options: Any) -> Run:
    """Run a daemon module on four numbers, one after another; it finds the folder as NOTES."""

    class Made(Swarm):
        limits = Limits(batch_messages=1)

        def execute(self) -> Task:
            return Task(daemon, method="any", alias="keeper")(Task(numbers, method="any"))

    environment = {**os.environ, "NOTES": str(folder)}
    return Made().run(nodes=2, home=folder / "home", environment=environment, **options)


def note(text: str) -> None:
    with Path(os.environ["NOTES"], "notes").open("a") as notes:
        notes.write(f"{text}\n")


def notes_in(folder: Path) -> list[str]:
    return Path(folder, "notes").read_text().splitlines()


class Opens(Daemon):
    """Is started, remembers, dies once, and is stopped."""

    total = 0

    def on_start(self, world: World) -> None:
        note(f"starts at {self.total}")
        self.iteration = world.iteration

    @on
    def add(self, number: int) -> int:
        self.total += number
        note(f"has {self.total} in round {self.iteration}")
        return self.total

    def on_stop(self) -> None:
        note(f"stops at {self.total}")


def test_a_daemon_module_is_told_when_its_work_begins_and_when_the_run_is_over(
    tmp_path: Path,
) -> None:
    assert run_of(tmp_path, Opens).value == [1, 3, 6, 10]
    begun, *handled, over = notes_in(tmp_path)
    assert (begun, over) == ("starts at 0", "stops at 10")
    assert handled == [f"has {total} in round 0" for total in (1, 3, 6, 10)]


class DiesAfterRounds(Opens):
    """Dies in its second round, where a snapshot of the first is kept."""

    @on
    def add(self, number: int, world: World) -> int:  # type: ignore[override]
        mark = Path(os.environ["NOTES"], "died")
        if world.iteration == 1 and not mark.exists():
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        self.total += number
        return self.total

    def snapshot(self) -> int:
        return self.total

    def restore(self, state: int) -> None:
        self.total = state


def test_a_process_that_is_started_anew_is_told_so_once_it_remembers(tmp_path: Path) -> None:
    lost: list[Happening] = []

    class Twice(Swarm):
        def execute(self) -> Task:
            return Task(DiesAfterRounds, method="any", alias="keeper")(Task(numbers, method="any"))

    run = Twice(2).run(
        nodes=2,
        home=tmp_path / "home",
        environment={**os.environ, "NOTES": str(tmp_path)},
        observers=[lambda one: lost.append(one) if isinstance(one, DaemonLost) else None],
    )
    assert run.value == [11, 13, 16, 20]
    assert len(lost) == 1
    assert notes_in(tmp_path) == ["starts at 0", "starts at 10", "stops at 20"]


class CannotStart(Daemon):
    def on_start(self) -> None:
        raise ConnectionError("no database")

    @on
    def add(self, number: int) -> int:
        return number

    def on_stop(self) -> None:
        note("stops")


def test_one_that_cannot_start_fails_the_run_and_is_not_stopped(tmp_path: Path) -> None:
    run = run_of(tmp_path, CannotStart)
    assert run.state is RunState.FAILED
    assert "keeper@node2#0 in round 0 raised ConnectionError: no database" in run.reason.text
    assert not Path(tmp_path, "notes").exists()


class CannotStop(Daemon):
    @on
    def add(self, number: int) -> int:
        return number

    def on_stop(self) -> None:
        raise ConnectionError("the database is gone")


def test_one_that_cannot_stop_says_so_in_its_log_and_changes_nothing(tmp_path: Path) -> None:
    run = run_of(tmp_path, CannotStop)
    assert (run.state, run.value) == (RunState.COMPLETED, [1, 2, 3, 4])
    logs = "".join(log.read_text() for log in tmp_path.rglob("*.log"))
    assert "ConnectionError: the database is gone" in logs
