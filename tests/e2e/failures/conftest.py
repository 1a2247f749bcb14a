"""A run of an example in processes of its own, of which nothing may be left."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from swarmdsl.control.home import list_runs
from tests.chaos.battered_run import BatteredRun

KEPT = {"bundles", "controller.lock", "logs", "run.sqlite", "topology.toml", "transport"}


@pytest.fixture
def run() -> Iterator[BatteredRun]:
    with tempfile.TemporaryDirectory(prefix="fail-") as made, BatteredRun(Path(made)) as run:
        yield run
        run.until_nothing_lives()
        assert run.left_in_temporary == [], run.described()
        for folder in list_runs(run.home):
            assert {one.name for one in folder.path.iterdir()} <= KEPT, run.described()
