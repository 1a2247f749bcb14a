"""What a task with a loop asks and tells is counted alike, however often it runs."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.e2e.told_swarm import FAILED, ROUNDS, Tells

pytestmark = pytest.mark.e2e


def test_a_task_that_runs_once_more_tells_nothing_twice_and_leaves_nothing_out(
    tmp_path: Path,
) -> None:
    environment = {**os.environ, FAILED: str(tmp_path / "failed")}
    run = Tells().run(home=tmp_path / "home", environment=environment)
    assert run.state.name == "COMPLETED", run.reason
    assert (tmp_path / "failed").exists()
    for tag in ("begun", "over"):
        assert [one["value"] for one in run.results(tag)] == [*range(ROUNDS)]
