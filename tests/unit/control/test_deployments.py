"""What is kept of deployed swarms, and that one process at a time changes it."""

from __future__ import annotations

from pathlib import Path

import pytest

from swarmdsl.control.deployments import FOLDER, Deployment, Deployments
from swarmdsl.errors import DeploymentBusy, DeploymentUnreadable, RunUnkept

WORDS = Deployment(source="/home/me/words.py", swarm="WordCount", run="r1", made=["swarm-words:1"])


def test_what_was_kept_is_found_by_its_source_and_its_name(tmp_path: Path) -> None:
    deployments = Deployments(tmp_path)
    with deployments.held():
        deployments.keep(WORDS)
    assert deployments.of("/home/me/words.py", "WordCount") == WORDS
    assert deployments.all() == [WORDS]


def test_one_that_was_never_deployed_is_empty(tmp_path: Path) -> None:
    found = Deployments(tmp_path).of("/home/me/words.py", "WordCount", "Words")
    assert found == Deployment(source="/home/me/words.py", swarm="WordCount", of_class="Words")


@pytest.mark.parametrize(
    ("source", "swarm"), [("/home/me/other.py", "WordCount"), ("/home/me/words.py", "Other")]
)
def test_another_source_or_name_is_another_swarm(tmp_path: Path, source: str, swarm: str) -> None:
    deployments = Deployments(tmp_path)
    with deployments.held():
        deployments.keep(WORDS)
    assert deployments.of(source, swarm).run == ""


def test_what_is_kept_anew_takes_the_place_of_what_was(tmp_path: Path) -> None:
    deployments = Deployments(tmp_path)
    with deployments.held():
        deployments.keep(WORDS)
        deployments.keep(Deployment(source=WORDS.source, swarm=WORDS.swarm, run="r2"))
    assert [one.run for one in deployments.all()] == ["r2"]


def test_what_was_taken_down_is_forgotten_and_twice_is_no_mistake(tmp_path: Path) -> None:
    deployments = Deployments(tmp_path)
    with deployments.held():
        deployments.keep(WORDS)
        deployments.forget(WORDS)
        deployments.forget(WORDS)
    assert deployments.all() == []


def test_a_home_where_nothing_was_deployed_has_none(tmp_path: Path) -> None:
    assert Deployments(tmp_path / "nowhere").all() == []


def test_while_one_deploys_another_is_refused(tmp_path: Path) -> None:
    with (
        Deployments(tmp_path).held(),
        pytest.raises(DeploymentBusy, match=r"another swarm up or swarm down is under way"),
        Deployments(tmp_path).held(),
    ):
        pass
    with Deployments(tmp_path).held():
        pass  # when the first has ended


def test_a_file_that_was_altered_is_told_with_what_to_do(tmp_path: Path) -> None:
    deployments = Deployments(tmp_path)
    with deployments.held():
        deployments.keep(WORDS)
    [file] = (tmp_path / FOLDER).glob("*.json")
    file.write_text("{", "utf-8")
    with pytest.raises(DeploymentUnreadable, match=r"is not what swarm up wrote: .*Remove it"):
        deployments.all()


def test_a_home_that_takes_nothing_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    with pytest.raises(RunUnkept), Deployments(tmp_path / "file").held():
        pass


def test_names_are_readable_and_bounded() -> None:
    name = Deployment(source="s", swarm="Ein Schwärmchen " * 20).name
    assert name.startswith("ein-schw-rmchen-ein")
    assert len(name) < 80
    assert Deployment(source="s", swarm="Ω").name.startswith("swarm-")
