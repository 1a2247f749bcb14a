"""A chain that goes from one node to the other and back: it is over with its last function."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from swarmdsl import Inventory, Node, Swarm, Task
from swarmdsl.control.happenings import DaemonLost, Happening, InstanceConfirmed, RoundFinished
from swarmdsl.runs import Run

pytestmark = pytest.mark.e2e

LENGTH = 60
NODES = Inventory(nodes=(Node(name="node1", slots=1), Node(name="node2", slots=1)))


def begin() -> int:
    return 0


def later(values: list[int]) -> int:
    return values[0] + 1


def dying(values: list[int], file: str) -> int:
    """Its process dies, the first time."""
    try:
        Path(file).touch(exist_ok=False)
    except FileExistsError:
        return values[0] + 1
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("it is dead")


class Across(Swarm):
    """Every second function is on the other node; one of them may die."""

    def __init__(self, dies: str = "", rounds: int = 1) -> None:
        super().__init__(max_iteration=rounds)
        self.dies = dies

    def execute(self) -> Task:
        made = Task(begin, method="fixed", specified_ids=["node1"], alias="t0")
        for number in range(1, LENGTH):
            node, alias = f"node{1 + number % 2}", f"t{number}"
            if self.dies and number == LENGTH // 2:
                inputs = {"file": self.dies}
                task = Task(dying, method="fixed", specified_ids=[node], alias=alias, inputs=inputs)
                made = task(made)
            else:
                made = Task(later, method="fixed", specified_ids=[node], alias=alias)(made)
        return made


def run_of(swarm: Swarm, home: Path, *observers: Callable[[Happening], None]) -> Run:
    return swarm.run(NODES, home=home, observers=observers)


def test_all_that_was_pushed_is_counted_as_confirmed_with_the_last_function(tmp_path: Path) -> None:
    run = run_of(Across(), tmp_path)
    assert run.value == [LENGTH - 1]
    between = [one for one in run.stats.links if one.destination != "run"]
    assert len(between) == LENGTH - 1
    assert {(one.sent, one.unconfirmed, one.round_trip.count) for one in between} == {(1, 0, 1)}


def test_each_function_is_told_to_be_done_once(tmp_path: Path) -> None:
    told: list[Happening] = []
    run_of(Across(rounds=2), tmp_path, told.append)
    confirmed = [(one.instance, one.round) for one in told if isinstance(one, InstanceConfirmed)]
    assert len(confirmed) == len({*confirmed}) == 2 * LENGTH
    assert sum(isinstance(one, RoundFinished) for one in told) == 2


@pytest.mark.parametrize("rounds", [1, 3])
def test_a_worker_that_dies_in_the_middle_takes_nothing_along(tmp_path: Path, rounds: int) -> None:
    lost: list[Happening] = []

    def see(happening: Happening) -> None:
        if isinstance(happening, DaemonLost):
            lost.append(happening)

    run = run_of(Across(str(tmp_path / "died"), rounds), tmp_path / "home", see)
    assert len(lost) == 1
    assert run.value == [LENGTH - 1]
    assert all(one.unconfirmed == 0 for one in run.stats.links)
