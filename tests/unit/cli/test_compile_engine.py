"""`swarm compile --engine`: what it writes for an engine, and what it refuses."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.cli.command_line import CommandLine

Put = Callable[[str, str], Path]
SHOUTS = """
from swarmdsl import Module, Swarm, Task

class Shouts(Swarm):
    def execute(self):
        return Task(Module(None, "shout:1"), "any")
"""
COMPILE = ("compile", "words.py", "--slots", "1", "--engine", "compose")


def test_a_folder_for_compose_can_be_run_by_both(swarm: CommandLine, folder: Path) -> None:
    ended = swarm(*COMPILE, "-o", "build")
    assert (ended.code, ended.out) == (0, "")
    assert ended.err == (
        "wrote build/compose.yaml and what its images are made from\n"
        "run it with: cd build && docker-compose up --exit-code-from controller\n"
    )
    names = {str(one.relative_to(folder / "build")) for one in folder.glob("build/*")}
    (wheel,) = folder.glob("build/swarmdsl-*.whl")
    wanted = {"compose.yaml", "Dockerfile", "requirements.txt", ".dockerignore", "wheels"}
    assert names == {*wanted, wheel.name, "topology.toml", "bundles"}
    assert swarm("compile", "build", "--plan").code == 0


def test_the_same_source_gives_the_same_bytes(swarm: CommandLine, folder: Path) -> None:
    for name in ("first", "again"):
        assert swarm(*COMPILE, "-o", name).code == 0
    files = [one for one in (folder / "first").rglob("*") if one.is_file()]
    assert len(files) >= 8
    for file in files:
        other = folder / "again" / file.relative_to(folder / "first")
        assert other.read_bytes() == file.read_bytes()


def test_without_a_folder_the_compose_file_is_data(swarm: CommandLine) -> None:
    ended = swarm(*COMPILE)
    assert (ended.code, ended.err) == (0, "")
    assert "\nservices:\n  controller:\n" in ended.out


def test_a_compiled_topology_is_a_target_too(swarm: CommandLine) -> None:
    assert swarm("compile", "words.py", "--slots", "1", "-o", "build").code == 0
    assert swarm("compile", "build", "--engine", "compose").out == swarm(*COMPILE).out


def test_the_base_image_is_what_a_setting_says(swarm: CommandLine) -> None:
    ended = swarm(*COMPILE, environment={"SWARM_BASE_IMAGE": "science:3.12"})
    assert 'BASE_IMAGE: "${SWARM_BASE_IMAGE:-science:3.12}"' in ended.out
    assert swarm(*COMPILE, "--base-image", "science:3.12").out == ended.out


def test_no_difference_from_a_folder_is_told_and_fine(swarm: CommandLine) -> None:
    assert swarm(*COMPILE, "-o", "build").code == 0
    ended = swarm(*COMPILE, "--diff", "build")
    assert (ended.code, ended.out, ended.err) == (0, "", "no file of build would be another\n")


def test_differences_from_a_folder_are_told_line_by_line(swarm: CommandLine, folder: Path) -> None:
    assert swarm(*COMPILE, "-o", "build").code == 0
    (wheel,) = folder.glob("build/swarmdsl-*.whl")
    wheel.write_bytes(b"\xff older")
    (folder / "build" / "requirements.txt").unlink()
    ended = swarm(*COMPILE, "--base-image", "science:3.12", "--diff", "build")
    assert ended.code == 1
    assert "-ARG BASE_IMAGE=python:3.11-slim\n+ARG BASE_IMAGE=science:3.12\n" in ended.out
    assert "--- /dev/null\n+++ requirements.txt\n" in ended.out
    assert f"changed: {wheel.name}\n" in ended.out
    assert re.fullmatch(r"\d files of build would be another\n", ended.err)


@pytest.mark.parametrize("engine", ["process", "docker", "docker-swarm"])
def test_an_engine_without_files_of_its_own_is_told_in_one_sentence(
    swarm: CommandLine, engine: str
) -> None:
    here = ("--nodes", "1", "--slots", "1")  # else those of the cluster are meant
    plain = swarm("compile", "words.py", *here)
    ended = swarm("compile", "words.py", *here, "--engine", engine)
    assert (ended.code, ended.out) == (0, plain.out)
    assert ended.err.startswith(f"the engine {engine} needs no file beside the topology")
    assert ended.err.count("\n") == 1


def test_an_engine_in_a_variable_is_meant_for_runs(swarm: CommandLine) -> None:
    plain = swarm("compile", "words.py", "--slots", "1")
    said = {"SWARM_ENGINE": "compose"}
    assert swarm("compile", "words.py", "--slots", "1", environment=said) == plain


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--engine", "abacus"], "--engine: there is no engine 'abacus'; choose of: compose,"),
        (["--engine", "compose", "--plan"], "--engine compose writes files, and --plan"),
        (["--engine", "compose", "--format", "json"], "writes the topology as TOML"),
        (["--engine", "compose", "--diff", "nowhere"], "--diff nowhere: there is no such folder"),
        (["--engine", "compose", "-o", "words.py"], "-o words.py: "),
    ],
)
def test_what_cannot_be_is_refused(swarm: CommandLine, words: list[str], told: str) -> None:
    ended = swarm("compile", "words.py", "--slots", "1", *words)
    assert (ended.code, ended.out) == (2, "")
    assert told in ended.err


def test_a_file_that_cannot_be_read_is_told(swarm: CommandLine, folder: Path) -> None:
    (folder / "build" / "Dockerfile").mkdir(parents=True)
    ended = swarm(*COMPILE, "--diff", "build")
    assert ended.code == 2
    assert "--diff: " in ended.err


def test_on_a_host_the_engine_says_how_it_is_used(swarm: CommandLine) -> None:
    ended = swarm("run", "words.py", "--engine", "compose", "--home", "home")
    assert ended.code == 3
    assert "swarm compile TARGET --engine compose -o DIR" in ended.err


def test_a_module_that_is_an_image_needs_a_docker_that_can_be_asked(
    swarm: CommandLine, put: Put
) -> None:
    put("shouts.py", SHOUTS)
    nowhere = {"DOCKER_HOST": "unix:///nowhere/docker.sock"}
    ended = swarm("compile", "shouts.py", "--engine", "compose", environment=nowhere)
    assert (ended.code, ended.out) == (3, "")
    assert "is written in the image alone, and shout:1 cannot be asked: no Docker" in ended.err
