"""`swarm up` and `swarm down` where nothing is begun: plans, names, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from swarmdsl.cli.deployed import named, source_of
from swarmdsl.control.deployments import Deployment, Deployments
from tests.unit.cli.command_line import CommandLine

HOME = ("--home", "home")


def keep(folder: Path, *deployments: Deployment) -> None:
    kept = Deployments(folder / "home")
    with kept.held():
        for one in deployments:
            kept.keep(one)


def deployed(folder: Path, file: str = "words.py", run: str = "") -> Deployment:
    return Deployment(source=str(folder / file), swarm="WordCount", run=run, engine="process")


def test_the_plan_goes_to_stdout_and_nothing_is_done(swarm: CommandLine, folder: Path) -> None:
    ended = swarm("up", "words.py", "--slots", "1", "--dry-run", *HOME)
    assert ended.code == 0
    assert ended.out == (
        "begin run        WordCount by process, 1 daemon: no run of it stands\n"
        "  start daemon     worker@node1#0: the topology has it\n"
    )
    assert not (folder / "home/runs").exists() or not [*(folder / "home/runs").iterdir()]


def test_a_plan_for_programs_has_each_operation_with_its_cause(swarm: CommandLine) -> None:
    ended = swarm("up", "words.py", "--slots", "1", "--dry-run", "--format", "json", *HOME)
    plan = json.loads(ended.out)
    assert plan["dry_run"] is True
    [begin] = plan["operations"]
    assert begin["operation"] == "begin run"
    assert begin["cause"] == "no run of it stands"
    assert [one["daemon"] for one in begin["daemons"]] == ["worker@node1#0"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--engine", "abacus"), "there is no engine 'abacus'"),
        (("--timeout", "soon"), "--timeout"),
        (("--transport", "pigeon"), "pigeon"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_done(
    swarm: CommandLine, words: tuple[str, ...], told: str
) -> None:
    ended = swarm("up", "words.py", *words, *HOME)
    assert ended.code == 2
    assert told in ended.err


def test_while_another_deploys_it_is_refused(swarm: CommandLine, folder: Path) -> None:
    with Deployments(folder / "home").held():
        ended = swarm("up", "words.py", *HOME)
    assert ended.code == 1
    assert "another swarm up or swarm down is under way" in ended.err


@pytest.mark.parametrize("what", [[], ["words.py"], ["20261121"]])
def test_where_nothing_is_up_there_is_nothing_to_take_down(
    swarm: CommandLine, what: list[str]
) -> None:
    ended = swarm("down", *what, *HOME)
    assert (ended.code, ended.out) == (0, "")
    assert ended.err.startswith("nothing to do: nothing")


def test_nothing_to_take_down_is_a_plan_too(swarm: CommandLine) -> None:
    assert swarm("down", "--dry-run", *HOME).out == "nothing to do\n"
    document = json.loads(swarm("down", "--format", "json", *HOME).out)
    assert (document["operations"], document["problem"]) == ([], None)


def test_if_several_are_up_the_one_that_is_meant_must_be_named(
    swarm: CommandLine, folder: Path
) -> None:
    keep(folder, deployed(folder), deployed(folder, "other.py", run="r2"))
    ended = swarm("down", *HOME)
    assert ended.code == 2
    assert "WordCount of" in ended.err
    assert "other.py, run r2" in ended.err


def test_one_whose_run_is_over_is_forgotten_when_it_is_taken_down(
    swarm: CommandLine, folder: Path
) -> None:
    keep(folder, deployed(folder, run="r1"))
    assert swarm("down", "words.py", "-q", *HOME).code == 0
    assert Deployments(folder / "home").all() == []


def test_the_target_of_the_project_is_meant_if_none_is_named(
    swarm: CommandLine, folder: Path
) -> None:
    (folder / "pyproject.toml").write_text('[tool.swarm]\ntarget = "words.py"\n', "utf-8")
    keep(folder, deployed(folder), deployed(folder, "other.py"))
    assert swarm("down", *HOME).code == 0
    assert [one.source for one in Deployments(folder / "home").all()] == [str(folder / "other.py")]


# --------------------------------------------------------------------------------------- names


def test_a_file_is_the_same_however_it_is_written(folder: Path) -> None:
    assert source_of("words.py") == source_of("./words.py") == source_of(str(folder / "words.py"))


def test_a_module_is_that_of_the_current_folder(folder: Path) -> None:
    assert source_of("package.module:WordCount") == (f"package.module of {folder}", "WordCount")


def test_a_class_names_one_of_several_in_a_file(folder: Path) -> None:
    source = str(folder / "words.py")
    one = Deployment(source=source, swarm="one")
    other = Deployment(source=source, swarm="two", of_class="Other")
    assert named([one, other], "words.py") == [one, other]
    assert named([one, other], "words.py:Other") == [other]
    assert named([one, other], "words.py:one") == [one]
    assert named([one, other], "words.py:none") == []


def test_a_run_names_its_swarm_also_by_a_beginning() -> None:
    one = Deployment(source="a.py", swarm="a", run="20261121-040600-3f9a")
    other = Deployment(source="b.py", swarm="b")
    assert named([one, other], "20261121") == [one]
    assert named([one, other], "2027") == []
