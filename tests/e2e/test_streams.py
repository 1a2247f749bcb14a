"""A stream survives the deaths of its source and of those who read it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import cast

import pytest

from swarmdsl import Swarm
from swarmdsl.compiler import load_target
from swarmdsl.control.happenings import DaemonLost, Happening
from tests.e2e.streaming_swarm import COUNTER_DIES_AT, NUMBERS, SOURCE_DIES_AT

SWARM = Path(__file__).with_name("streaming_swarm.py")


@pytest.mark.e2e
def test_a_replayable_source_and_a_counter_with_snapshots_lose_nothing(tmp_path: Path) -> None:
    lost: list[str] = []

    def watch(happening: Happening) -> None:
        if isinstance(happening, DaemonLost):
            lost.append(happening.daemon.partition("@")[0])

    run = cast("Swarm", load_target(str(SWARM))).run(
        nodes=3,
        home=tmp_path,
        environment={**os.environ, "DEATHS": str(tmp_path)},
        observers=[watch],
    )
    assert run.state.name == "COMPLETED", run.reason.text
    assert sorted(lost) == ["count"] * len(COUNTER_DIES_AT) + ["source"] * len(SOURCE_DIES_AT)
    assert set(run.value) == set(range(1_000, NUMBERS + 1, 1_000))
