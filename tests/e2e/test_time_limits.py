"""Tasks that do not let themselves be interrupted, in real runs: their time is limited."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from swarmdsl import Daemon, Swarm, Task, on
from swarmdsl.control.happenings import DaemonLost, Happening, InstanceRetried
from swarmdsl.runs import Run

pytestmark = pytest.mark.e2e


class One(Swarm):
    """A swarm of whatever the test makes."""

    def __init__(self, task: Any) -> None:
        super().__init__()
        self._task = task

    def execute(self) -> Any:
        return self._task()


def run_of(tmp_path: Path, task: Any, told: list[Happening] | None = None) -> Run:
    observers = [] if told is None else [told.append]
    return One(task).run(home=tmp_path / "home", observers=observers)


def calls(file: str) -> int:
    """How often it has been called, by any process."""
    path = Path(file)
    with path.open("a") as tally:
        tally.write(".")
    return len(path.read_text())


def burn_and_swallow() -> None:
    try:
        while True:
            pass
    except:  # noqa: E722 - as people write it
        pass


def deaf() -> str:
    burn_and_swallow()
    return "too late"


def deaf_at_first(file: str) -> Iterator[str]:
    yield "first"
    if calls(file) == 1:
        burn_and_swallow()
        yield "too late"
    yield "in time"


def listed(values: list[str]) -> list[str]:
    return values


def test_a_result_that_comes_after_the_limit_is_not_accepted(tmp_path: Path) -> None:
    run = run_of(tmp_path, lambda: Task(deaf, "any", timeout=0.2))

    assert run.state.value == "FAILED"
    assert run.reason is not None
    assert "deaf@node1#0 took more than its 0.2 s" in run.reason.text
    assert "its code caught the interruption: write `except Exception:`" in run.reason.text
    assert "in burn_and_swallow" in run.reason.details
    assert "contextlib" not in run.reason.details


def test_what_is_pushed_after_the_limit_is_nothing_that_anybody_gets(tmp_path: Path) -> None:
    inputs = {"file": str(tmp_path / "tally")}

    def execute() -> Task:
        source = Task(deaf_at_first, inputs=inputs, timeout=0.2, retries=1)
        return Task(listed, "any")(source)

    assert run_of(tmp_path, execute).value == ["first", "in time"]


class Deaf(Daemon):
    """Its handler swallows the interruption, and returns something."""

    @on
    def handle(self, number: int) -> int:
        if number == 1:
            burn_and_swallow()
        return number


def three() -> Iterator[int]:
    yield from range(3)


def test_a_handler_that_swallows_the_interruption_ends_the_run(tmp_path: Path) -> None:
    run = run_of(tmp_path, lambda: Task(Deaf, "any", timeout=0.2)(Task(three, "any")))
    assert run.state.value == "FAILED"
    assert run.reason is not None
    assert "Deaf@node1#0 took more than its 0.2 s" in run.reason.text


def in_c() -> int:
    return sum(range(10**12))  # it never looks for signals


def in_c_at_first(file: str) -> str:
    if calls(file) == 1:
        in_c()
    return "in time"


def test_one_that_cannot_be_interrupted_fails_for_its_timeout(tmp_path: Path) -> None:
    told: list[Happening] = []
    run = run_of(tmp_path, lambda: Task(in_c, "any", timeout=0.2), told)

    assert run.state.value == "FAILED"
    assert run.reason is not None
    assert run.reason.kind.value == "task_failed"
    assert "in_c@node1#0 in round 0 took more than its timeout of 0.2 s" in run.reason.text
    assert ", in in_c\n    return sum(range(10**12))" in run.reason.details
    assert "shell.py" not in run.reason.details
    assert not [one for one in told if isinstance(one, DaemonLost)]


def test_its_retries_count_and_not_those_of_a_lost_daemon(tmp_path: Path) -> None:
    told: list[Happening] = []
    inputs = {"file": str(tmp_path / "tally")}

    def execute() -> Task:
        return Task(in_c_at_first, "any", inputs=inputs, timeout=0.2, retries=1)

    assert run_of(tmp_path, execute, told).value == "in time"
    [retried] = [one for one in told if isinstance(one, InstanceRetried)]
    assert (retried.failures, retried.attempts) == (1, 2)


class InC(Daemon):
    """Its handler does not come back."""

    @on
    def handle(self, number: int) -> int:
        return number if number < 2 else in_c()


def test_a_handler_that_cannot_be_interrupted_ends_the_run(tmp_path: Path) -> None:
    run = run_of(tmp_path, lambda: Task(InC, "any", timeout=0.2)(Task(three, "any")))
    assert run.state.value == "FAILED"
    assert run.reason is not None
    assert "InC@node1#0 in round 0 took more than its timeout of 0.2 s" in run.reason.text
    assert "so its process was ended; at push 3 of three@node1#0; " in run.reason.text
