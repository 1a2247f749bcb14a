"""A loop of large arrays: those on the controller's host read them where they lie."""

from __future__ import annotations

import gc
import os
from pathlib import Path

import numpy as np
import pytest

from swarmdsl import Run
from swarmdsl.control.happenings import DaemonLost, Happening, Observer
from tests.e2e.model_swarm import DIES, LEARNERS, ROUNDS, Learns, Sends

pytestmark = pytest.mark.e2e


def rounds_of(swarm: Learns, home: Path, *observers: Observer, dies: str = "") -> Run:
    environment = {**os.environ, DIES: dies}
    run = swarm.run(nodes=swarm.nodes, home=home, environment=environment, observers=observers)
    assert run.state.name == "COMPLETED", run.reason
    model, _, writeable = run.value
    np.testing.assert_array_equal(model, np.full_like(model, ROUNDS))
    assert not writeable
    return run


def test_all_learners_of_a_round_read_one_copy_of_the_model(tmp_path: Path) -> None:
    assert rounds_of(Learns(), tmp_path).value[1] == len(LEARNERS)


def test_where_no_memory_may_be_shared_each_is_sent_its_own(tmp_path: Path) -> None:
    assert rounds_of(Sends(), tmp_path).value[1] == 0


def test_a_learner_that_is_started_anew_finds_the_model_of_its_round(tmp_path: Path) -> None:
    lost: list[str] = []

    def watch(happening: Happening) -> None:
        if isinstance(happening, DaemonLost):
            lost.append(happening.daemon)

    run = rounds_of(Learns(), tmp_path, watch, dies=f"south:{tmp_path / 'died'}")
    assert lost == ["worker@south#0"]
    assert run.value[1] == len(LEARNERS)


def test_what_is_pushed_to_the_controller_lies_where_it_was_made(tmp_path: Path) -> None:
    arrays = [one.arrays for one in rounds_of(Learns(), tmp_path).stats.daemons]
    shared = sum(one.get("shared", 0) for one in arrays)
    assert shared > sum(one.get("unseen", 0) for one in arrays)


def opened() -> list[str]:
    """What this process has open, without what numbers it; what other tests left is gone."""
    gc.collect()
    found = [one.readlink() for one in Path("/proc/self/fd").iterdir() if one.is_symlink()]
    return sorted(str(one).partition(":")[0] for one in found)


def test_nothing_stays_open_when_the_run_is_over(tmp_path: Path) -> None:
    rounds_of(Learns(), tmp_path / "first")
    before = opened()
    rounds_of(Learns(), tmp_path / "second")
    assert opened() == before
    assert "memfd:swarm" not in Path("/proc/self/maps").read_text("utf-8")
