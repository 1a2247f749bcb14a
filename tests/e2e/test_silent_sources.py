"""A source that is silent keeps nothing of what it has yielded to itself."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from swarmdsl.control.waiting import Patience
from tests.e2e.blocking_swarm import ASKED, Blocking
from tests.e2e.gates import PATIENCE_S
from tests.e2e.patient_swarm import BURST, Patient

pytestmark = pytest.mark.e2e


def test_a_burst_arrives_before_a_silence_and_a_silent_source_answers_calls(tmp_path: Path) -> None:
    (tmp_path / "seen").mkdir()
    environment = {**os.environ, "SEEN": str(tmp_path / "seen")}
    run = Patient().run(background=True, home=tmp_path / "home", environment=environment)
    try:
        last = tmp_path / "seen" / str(2 * BURST + BURST - 1)
        assert Patience().until(last.exists, PATIENCE_S), "the burst has not arrived"
        assert run.call("bursts", "hear") == 2
        ended = run.wait(PATIENCE_S)
    finally:
        if not run.state.final:
            run.kill()
    assert ended.state.name == "COMPLETED", ended.reason
    assert sorted(ended.value) == [*range(BURST, 3 * BURST)]


def test_a_source_that_blocks_after_none_has_pushed_all_before(tmp_path: Path) -> None:
    answers = tmp_path / "answers"
    os.mkfifo(answers)
    environment = {**os.environ, "ANSWERS": str(answers)}
    run = Blocking().run(background=True, home=tmp_path / "home", environment=environment)
    try:
        ended = run.wait(PATIENCE_S)
    finally:
        if not run.state.final:
            run.kill()
    assert ended.state.name == "COMPLETED", ended.reason
    assert [one["value"] for one in ended.results("taken")] == [*range(ASKED)]
