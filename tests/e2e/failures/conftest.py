"""A run of an example in processes of its own, of which nothing may be left."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos.battered_run import BatteredRun

KEPT = {"bundles", "controller.lock", "logs", "run.sqlite", "topology.toml"}


@pytest.fixture
def run() -> Iterator[BatteredRun]:
    with tempfile.TemporaryDirectory(prefix="fail-") as folder, BatteredRun(Path(folder)) as run:
        yield run
        run.until_nothing_lives()
        assert (run.left_in_temporary, run.left_in_folder - KEPT) == ([], set()), run.described()
