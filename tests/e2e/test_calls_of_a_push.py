"""What a push costs in calls of Python: those are counted, as times depend on the machine."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.e2e.counted_swarm import Counted

pytestmark = pytest.mark.e2e

CALLS_MAX = 170


def test_a_push_that_comes_alone_is_handed_on_with_few_calls(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    environment = {**os.environ, "COUNTED_PIPE": str(pipe)}
    run = Counted().run(home=tmp_path / "home", environment=environment)
    assert run.value is None, run.reason
    (told,) = run.results("calls")
    assert told["value"] < CALLS_MAX
