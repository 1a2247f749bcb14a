"""`swarm build`, as far as it needs no Docker, and what it says where there is none."""

from __future__ import annotations

from pathlib import Path

from swarmdsl.cli.exits import Exit
from tests.unit.cli.command_line import WORDS, CommandLine, write


def test_print_shows_the_dockerfiles_and_needs_no_docker(
    swarm: CommandLine, tmp_path: Path
) -> None:
    write(tmp_path / "words.py", WORDS)
    shown = swarm("build", "words.py", "--print", "--base-image", "science:3.12")
    assert shown.code == Exit.OK
    assert "ARG BASE_IMAGE=science:3.12" in shown.out
    assert 'LABEL swarmdsl.swarm="WordCount"' in shown.out


def test_a_compiled_topology_has_images_too(swarm: CommandLine, tmp_path: Path) -> None:
    write(tmp_path / "words.py", WORDS)
    swarm("compile", "words.py", "-o", "build/words")
    assert swarm("build", "build/words", "--print").code == Exit.OK


def test_without_docker_the_exit_code_is_that_of_a_missing_environment(
    swarm: CommandLine, tmp_path: Path
) -> None:
    write(tmp_path / "words.py", WORDS)
    place = f"unix://{tmp_path}/docker.sock"
    for verb in ("build", "run"):
        flags = ["--engine", "docker"] if verb == "run" else []
        ended = swarm(verb, "words.py", *flags, environment={"DOCKER_HOST": place})
        assert ended.code == Exit.ENVIRONMENT
        assert f"no Docker Engine answers at {place}" in ended.err


def test_prune_needs_docker_for_images_alone(swarm: CommandLine, tmp_path: Path) -> None:
    environment = {"DOCKER_HOST": f"unix://{tmp_path}/docker.sock"}
    assert swarm("prune", "--dry-run", environment=environment).code == Exit.OK
    asked = swarm("prune", "--dry-run", "--images", environment=environment)
    assert asked.code == Exit.ENVIRONMENT
