"""Arrays in the arena of a real process, while its readers and itself are killed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import cast

import pytest

from swarmdsl import Run, Swarm
from swarmdsl.compiler import load_target
from swarmdsl.control.happenings import DaemonLost, Happening
from tests.e2e.arena_swarm import ARRAYS, ROOM

pytestmark = pytest.mark.e2e

SWARM = Path(__file__).with_name("arena_swarm.py")
DEV_SHM = Path("/dev/shm")


def run_arena(folder: Path, **dies: int) -> tuple[Run, list[str]]:
    """The run, and who was lost."""
    for name, number in dies.items():
        (folder / f"{name}.dies").write_text(str(number), "utf-8")
    lost: list[str] = []

    def watch(happening: Happening) -> None:
        if isinstance(happening, DaemonLost):
            lost.append(happening.daemon.partition("@")[0])

    run = cast("Swarm", load_target(str(SWARM))).run(
        home=folder / "home",
        environment={**os.environ, "ARENA": str(folder)},
        observers=[watch],
    )
    assert run.state.name == "COMPLETED", run.reason.text
    return run, lost


def test_arrays_are_read_where_they_lie_and_who_hoards_them_gets_whole_ones(
    tmp_path: Path,
) -> None:
    before = {*DEV_SHM.iterdir()}
    run, lost = run_arena(tmp_path)
    reader, hoarder = run.value
    assert lost == []
    assert (reader["seen"], hoarder["seen"]) == (ARRAYS, ARRAYS)
    assert reader["whole"]
    assert hoarder["whole"]
    assert hoarder["kept"] == 3 * ROOM
    assert reader["shared"] > ARRAYS // 2
    assert {*DEV_SHM.iterdir()} == before


@pytest.mark.parametrize("who", ["Reader", "Hoarder", "images"])
def test_who_dies_costs_no_array_and_alters_none(tmp_path: Path, who: str) -> None:
    run, lost = run_arena(tmp_path, **{who: ARRAYS // 2})
    assert lost == [who.lower()]
    assert [one["seen"] for one in run.value] == [ARRAYS, ARRAYS]
    assert all(one["whole"] for one in run.value)


def test_all_may_die_in_turn(tmp_path: Path) -> None:
    run, lost = run_arena(tmp_path, Reader=20, images=90, Hoarder=150)
    assert sorted(lost) == ["hoarder", "images", "reader"]
    assert [one["seen"] for one in run.value] == [ARRAYS, ARRAYS]
    assert all(one["whole"] for one in run.value)
