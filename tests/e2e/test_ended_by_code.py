"""Tasks whose code ends the process that they are in, in real runs."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from swarmdsl import Daemon, Limits, Swarm, Task, on
from swarmdsl.control.happenings import DaemonLost, Happening

pytestmark = pytest.mark.e2e


def leave(file: str) -> int:
    with Path(file).open("a") as tally:
        tally.write(".")
    os._exit(0)


def deep() -> int:
    return ctypes.string_at(0)[0]


def crash(file: str) -> int:
    with Path(file).open("a") as tally:
        tally.write(".")
    return deep()


class One(Swarm):
    """A swarm of one task on one of the nodes."""

    limits = Limits(restarts=2)

    def __init__(self, function: Callable[[str], int], file: Path) -> None:
        super().__init__()
        self._function, self._file = function, file

    def execute(self) -> Task:
        return Task(self._function, method="any", inputs={"file": str(self._file)})


@pytest.mark.parametrize(
    ("function", "how", "details"),
    [
        (leave, "your code ended the process of leave@node1#0 in round 0 (exit code 0)", ""),
        (
            crash,
            "crashed the process of crash@node1#0 in round 0 (SIGSEGV)",
            ", in crash\n    return deep()\n",
        ),
    ],
)
def test_it_is_started_as_often_as_the_limit_says_and_the_reason_says_what_it_did(
    tmp_path: Path, function: Callable[[str], int], how: str, details: str
) -> None:
    told: list[Happening] = []
    swarm = One(function, tmp_path / "tally")
    run = swarm.run(home=tmp_path / "home", nodes=2, observers=[told.append])

    assert run.state.value == "FAILED"
    assert run.reason is not None
    assert f"{how}, attempt 3 of 3; " in run.reason.text
    assert details in run.reason.details
    assert len((tmp_path / "tally").read_text()) == 3
    lost = [one.text for one in told if isinstance(one, DaemonLost)]
    assert [f"attempt {number} of 3" in text for number, text in enumerate(lost, 1)] == [True, True]


def test_a_crash_is_told_by_the_lines_of_the_users_code(tmp_path: Path) -> None:
    run = One(crash, tmp_path / "tally").run(home=tmp_path / "home")

    details = run.reason.details
    assert ", in crash\n    return deep()\n" in details
    assert ", in deep\n    return ctypes.string_at(0)[0]\n" in details
    assert details.endswith("Fatal Python error: Segmentation fault")
    assert not any(ours in details for ours in ("shell.py", "forkserver.py", "/bundles/"))


def numbers() -> Iterator[int]:
    yield from range(1, 6)


class Fragile(Daemon):
    """Cannot do with one of the numbers."""

    @on
    def take(self, number: int) -> None:
        if number == 4:
            deep()


class Leaving(Fragile):
    @on
    def take(self, number: int) -> None:
        if number == 4:
            os._exit(3)


class Stream(Swarm):
    limits = Limits(restarts=1)

    def __init__(self, reader: type[Daemon]) -> None:
        super().__init__()
        self._reader = reader

    def execute(self) -> Task:
        return Task(self._reader, "any")(Task(numbers, "any", alias="numbers"))


@pytest.mark.parametrize("reader", [Fragile, Leaving])
def test_a_handler_that_ends_its_process_again_is_told_with_the_push_it_was_at(
    tmp_path: Path, reader: type[Daemon]
) -> None:
    run = Stream(reader).run(home=tmp_path)
    assert "attempt 2 of 2; at push 4 of numbers@node1#0; " in run.reason.text
