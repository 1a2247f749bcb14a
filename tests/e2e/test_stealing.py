"""Uneven functions on the two workers of a node, in real processes: the idle one takes over."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from swarmdsl import Inventory, Limits, Node, Run, Swarm, Task
from swarmdsl.control.happenings import DaemonLost, Happening, InstanceStolen
from swarmdsl.light import World

pytestmark = pytest.mark.e2e

TWO_WORKERS = Inventory(nodes=(Node(name="node1", slots=2),))
FUNCTIONS = 24
LONG_S = 0.05
IDLE, BUSY = "worker@node1#0", "worker@node1#1"
Floats = NDArray[np.float32]


def readings() -> Floats:
    """More than fits a message: it lies in memory that the workers of a node share."""
    return np.ones(25_000, dtype=np.float32)


def scale(readings: Floats, by: int, folder: str, world: World) -> dict[str, Any]:
    """Long for even numbers, and short for odd ones, which are dealt to the other worker."""
    pid, beside = os.getpid(), Path(folder)
    if by % 2:
        (beside / "idle").write_text(str(pid), encoding="utf-8")
    else:
        time.sleep(LONG_S)
        is_thief = (beside / "idle").exists() and (beside / "idle").read_text("utf-8") == str(pid)
        if is_thief and (beside / "die").exists():
            (beside / "die").unlink()
            os.kill(pid, signal.SIGKILL)
        if is_thief and (beside / "raise").exists():
            raise ValueError(f"{by} is not to my taste")
    world.results.add("by", by)
    return {"by": by, "pid": pid, "sum": float((readings * by).sum())}


def together(scaled: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return scaled


class Uneven(Swarm):
    """A source, many functions after it, and one that gathers them all."""

    def __init__(self, folder: Path, limits: Limits) -> None:
        super().__init__(limits=limits)
        self.folder = folder

    def execute(self) -> Task:
        source = Task(readings, method="any")
        scaled = [
            Task(scale, alias=f"scale_{by}", inputs={"by": by, "folder": str(self.folder)})(source)
            for by in range(FUNCTIONS)
        ]
        return Task(together, method="any")(scaled)


def run_of(
    tmp_path: Path, limits: Limits | None = None, marked: str = ""
) -> tuple[Run, list[Happening]]:
    told: list[Happening] = []
    if marked:
        (tmp_path / marked).touch()
    swarm = Uneven(tmp_path, limits or Limits())
    return swarm.run(TWO_WORKERS, home=tmp_path / "home", observers=[told.append]), told


def rows_of(run: Run) -> list[dict[str, Any]]:
    """What the functions gave."""
    assert run.state.value == "COMPLETED", run.reason
    rows: list[dict[str, Any]] = run.value
    assert [row["sum"] for row in rows] == [25_000.0 * by for by in range(FUNCTIONS)]
    return rows


def stolen_in(told: list[Happening]) -> list[InstanceStolen]:
    return [one for one in told if isinstance(one, InstanceStolen)]


def test_what_waits_at_a_busy_worker_is_run_by_the_idle_one_and_nothing_twice(
    tmp_path: Path,
) -> None:
    run, told = run_of(tmp_path)
    stolen = {one.alias: one for one in stolen_in(told)}
    processes: dict[str, set[int]] = {BUSY: set(), IDLE: set()}
    for row in rows_of(run):
        alias, host = f"scale_{row['by']}", IDLE if row["by"] % 2 else BUSY
        assert alias not in stolen or stolen[alias].daemon == host
        processes[stolen[alias].by if alias in stolen else host].add(row["pid"])
    assert {one.by for one in stolen.values() if one.daemon == BUSY} == {IDLE}
    assert [len(pids) for pids in processes.values()] == [1, 1]
    assert sorted(one["value"] for one in run.results("by")) == [*range(FUNCTIONS)]
    assert {one["node"] for one in run.results("by")} == {"node1"}


def test_limits_may_keep_each_run_where_it_was_dealt_to(tmp_path: Path) -> None:
    run, told = run_of(tmp_path, Limits(steal_after_s=0.0))
    rows = rows_of(run)
    assert not stolen_in(told)
    assert len({row["pid"] for row in rows if row["by"] % 2 == 0}) == 1


def test_a_thief_that_dies_costs_a_repetition_and_no_value(tmp_path: Path) -> None:
    run, told = run_of(tmp_path, marked="die")
    rows_of(run)
    assert [one.daemon for one in told if isinstance(one, DaemonLost)] == [IDLE]
    assert sorted(one["value"] for one in run.results("by")) == [*range(FUNCTIONS)]


def test_a_function_that_fails_at_the_thief_fails_the_run_under_its_own_name(
    tmp_path: Path,
) -> None:
    run, told = run_of(tmp_path, marked="raise")
    assert run.state.value == "FAILED"
    assert run.reason is not None
    assert "ValueError: " in run.reason.text
    assert "is not to my taste" in run.reason.text
    assert run.reason.text.split(" ")[0] in {one.instance for one in stolen_in(told)}
