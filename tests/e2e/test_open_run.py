"""Runs that are kept where the environment says, and opened again in Python."""

from __future__ import annotations

from pathlib import Path

import pytest

from swarmdsl import Swarm, Task, open_run
from swarmdsl.errors import RunNotEnded, RunNotFound
from swarmdsl.light import World
from tests.e2e.background_swarm import Endless

pytestmark = pytest.mark.e2e


def letters(word: str, world: World) -> int:
    world.results.add("word", word)
    return len(word)


def broken() -> int:
    raise ValueError("no letters")


class Letters(Swarm):
    def execute(self) -> Task:
        return Task(letters, inputs={"word": "swarm"})


class Broken(Swarm):
    def execute(self) -> Task:
        return Task(broken, method="any")


@pytest.fixture(autouse=True)
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SWARM_HOME", str(tmp_path / "kept"))
    return tmp_path / "kept"


def test_a_run_is_kept_where_the_environment_says(kept: Path) -> None:
    run = Letters().run()
    assert run.folder.parent == kept / "runs"


def test_what_is_said_in_the_code_is_stronger_than_the_environment(tmp_path: Path) -> None:
    run = Letters().run(home=tmp_path / "other")
    assert run.folder.parent == tmp_path / "other" / "runs"
    assert open_run(home=tmp_path / "other").id == run.id
    with pytest.raises(RunNotFound):
        open_run()


def test_a_run_that_has_ended_may_be_waited_for_and_is_there_at_once() -> None:
    run = Letters().run()
    assert run.wait() is run
    assert run.wait(timeout=0).value == 5
    assert open_run("last").wait().wait().value == 5


def test_a_run_that_has_ended_is_opened_with_all_that_it_left() -> None:
    ran = Letters().run()
    assert ran.reason.text == "1 round finished"
    for name in ("last", ran.id, ran.id[:-1]):
        run = open_run(name)
        assert (run.id, run.folder, run.state) == (ran.id, ran.folder, ran.state)
        assert (run.value, run.results("word")) == (5, ran.results("word"))
        assert run.wait(timeout=1.0).reason == ran.reason


def test_a_run_in_the_background_is_opened_by_another_and_ended_by_it() -> None:
    Endless().run(background=True)
    run = open_run()
    with pytest.raises(RunNotEnded):
        run.wait(timeout=0.01)
    assert run.kill().state.name == "STOPPED"


def test_a_run_that_failed_says_why() -> None:
    ended = Broken().run()
    assert "ValueError: no letters" in open_run().wait(timeout=1.0).reason.text
    reason = open_run().reason
    assert reason is not None
    assert reason.text == ended.reason.text
