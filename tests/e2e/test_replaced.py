"""A daemon replaced on purpose while a run works: the result is the same, and it was no loss."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from swarmdsl import Daemon, Limits, Swarm, Task, on
from swarmdsl.control import asking
from swarmdsl.control.home import RunFolder
from swarmdsl.control.replaced import is_back, times_replaced
from swarmdsl.control.stored_run import StoredRun
from swarmdsl.control.waiting import Patience
from swarmdsl.errors import CallFailed

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]

COUNT = 400
PATIENCE_S = 60.0
DOUBLES = "doubles@node1#0"


def numbers(gate: str) -> Iterator[int]:
    """The second half comes when the gate is there."""
    yield from range(COUNT // 2)
    while not Path(gate).exists():
        threading.Event().wait(0.01)
    yield from range(COUNT // 2, COUNT)


class Doubles(Daemon):
    @on
    def double(self, number: int) -> int:
        return 2 * number


def total(doubled: list[int]) -> int:
    return sum(doubled)


class Line(Swarm):
    limits = Limits(restarts=0)  # one loss would end the run

    def __init__(self, gate: Path) -> None:
        super().__init__()
        self.gate = gate

    def execute(self) -> Task:
        source = Task(numbers, alias="numbers", inputs={"gate": str(self.gate)})
        doubles = Task(Doubles, method="any", alias="doubles")
        return Task(total, method="any", alias="total")(doubles(source))


def replace(stored: StoredRun, daemon: str) -> None:
    """Have it replaced, and wait until it is back."""
    before = times_replaced(stored, daemon)
    asking.replace_daemons(stored, {daemon: "any-image:1"}, Patience())
    assert Patience().until(lambda: is_back(stored, daemon, before), PATIENCE_S)


def test_one_that_is_replaced_again_and_again_changes_no_result(tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    run = Line(gate).run(home=tmp_path, background=True)
    stored = StoredRun.open(RunFolder(run.folder))
    for _ in range(3):
        replace(stored, DOUBLES)
    gate.touch()
    ended = run.wait(PATIENCE_S)
    assert ended.value == 2 * sum(range(COUNT))
    told = [one.kind for one in stored.events_of(["DaemonReplaced", "DaemonLost"])]
    assert told == ["DaemonReplaced"] * 3


def test_a_daemon_that_the_run_has_not_is_refused_and_the_run_goes_on(tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    run = Line(gate).run(home=tmp_path, background=True)
    with pytest.raises(CallFailed, match="the run has no daemon ghost@node1#0"):
        replace(StoredRun.open(RunFolder(run.folder)), "ghost@node1#0")
    gate.touch()
    assert run.wait(PATIENCE_S).value == 2 * sum(range(COUNT))
