import tomllib
from pathlib import Path

import pytest

from swarmdsl.cli.new import TEMPLATES, project
from swarmdsl.cli.parser import make_parser
from tests.unit.cli.command_line import CommandLine


def test_a_project_is_made_and_the_next_steps_are_told(swarm: CommandLine, folder: Path) -> None:
    ended = swarm("new", "ours")
    assert (ended.code, ended.out) == (0, "")
    assert ended.err.startswith("made ours: Counts the words of some lines")
    assert "cd ours" in ended.err
    assert (folder / "ours/swarm.py").is_file()


def test_it_can_be_validated_at_once(
    swarm: CommandLine, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    swarm("new", "deep/ours", "--template", "stream")
    monkeypatch.chdir(folder / "deep/ours")
    ended = swarm("validate", "--strict")
    assert (ended.code, ended.out) == (0, "no findings\n")


def test_what_is_there_already_is_not_touched(swarm: CommandLine, folder: Path) -> None:
    (folder / "ours").mkdir()
    ended = swarm("new", "ours")
    assert ended.code == 2
    assert "ours is there already: choose another name" in ended.err
    assert not list((folder / "ours").iterdir())


@pytest.mark.parametrize("name", ["-", "../..", "a b", "", "n" * 65])
def test_a_name_that_is_none_is_refused(swarm: CommandLine, name: str) -> None:
    ended = swarm("new", "--", name)
    assert ended.code == 2
    assert "is no name for a project" in ended.err


def test_a_folder_that_cannot_be_made_is_told(swarm: CommandLine, folder: Path) -> None:
    (folder / "file").touch()
    ended = swarm("new", "file/ours")
    assert ended.code == 2
    assert "file/ours cannot be made: Not a directory" in ended.err


def test_the_help_names_every_template() -> None:
    with pytest.raises(SystemExit):
        make_parser().parse_args(["new", "ours", "--template", "none"])
    for kind in TEMPLATES:
        assert make_parser().parse_args(["new", "ours", "--template", kind]).template == kind


@pytest.mark.parametrize("kind", TEMPLATES)
def test_every_project_has_tests_a_check_before_commits_and_one_in_ci(kind: str) -> None:
    made = project(kind, "ours")
    assert {".github/workflows/ci.yml", ".gitignore", ".pre-commit-config.yaml"} < set(made)
    assert {"README.md", "pyproject.toml", "swarm.py", "tests/test_swarm.py"} < set(made)
    assert made["README.md"].startswith("# ours\n")
    assert tomllib.loads(made["pyproject.toml"])["tool"]["swarm"]["target"] == "swarm.py"


@pytest.mark.parametrize("kind", TEMPLATES)
def test_nothing_is_left_to_be_filled_in(kind: str) -> None:
    made = project(kind, "ours")
    assert not [name for name, text in made.items() if "{{" in text.replace("${{", "")]
    assert not [name for name in made if name.endswith(".in") or "__pycache__" in name]
