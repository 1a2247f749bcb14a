from pathlib import Path

import pytest

from swarmdsl.cli.exits import UsageError
from swarmdsl.cli.settings import Settings, read_project


def project(folder: Path, text: str) -> dict[str, str]:
    (folder / "pyproject.toml").write_text(text)
    return read_project(folder)


def test_flag_beats_variable_beats_project() -> None:
    flags = {"nodes": "1"}
    environment = {"SWARM_NODES": "2", "SWARM_HOME": "/env"}
    told = Settings(
        flags=flags, environment=environment, project={"nodes": "3", "home": "/file", "slots": "4"}
    )
    found = {name: told.find(name) for name in ("nodes", "home", "slots", "engine")}
    assert {name: one and one.text for name, one in found.items()} == {
        "nodes": "1",
        "home": "/env",
        "slots": "4",
        "engine": None,
    }


def test_origin_is_what_the_user_must_change() -> None:
    told = Settings(flags={"nodes": "1"}, environment={"SWARM_HOME": "h"}, project={"slots": "4"})
    origins = [one.origin for name in ("nodes", "home", "slots") if (one := told.find(name))]
    assert origins == ["--nodes", "SWARM_HOME", "slots in [tool.swarm]"]


def test_empty_variable_is_no_setting() -> None:
    assert Settings(environment={"SWARM_NODES": ""}).find("nodes") is None


def test_format_of_another_verb_is_the_default_of_this_one() -> None:
    told = Settings(environment={"SWARM_FORMAT": "concise"})
    assert (told.format("validate"), told.format("run")) == ("concise", "table")


def test_format_of_no_verb_is_refused() -> None:
    with pytest.raises(
        UsageError, match="SWARM_FORMAT: 'xml' is none of concise, dot, full, github, html, json"
    ):
        Settings(environment={"SWARM_FORMAT": "xml"}).format("run")


def test_project_without_a_table_says_nothing(tmp_path: Path) -> None:
    assert read_project(tmp_path) == {}
    assert project(tmp_path, "[project]\nname = 'x'\n") == {}


def test_project_may_hold_text_and_numbers(tmp_path: Path) -> None:
    found = project(tmp_path, '[tool.swarm]\ntarget = "fl.py"\nnodes = 4\n')
    assert found == {"target": "fl.py", "nodes": "4"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[tool.swarm]\ntraget = 'x'", "no key 'traget'; did you mean 'target'"),
        ("[tool.swarm]\ncolour = 'x'", "the keys are target, nodes, slots"),
        ("[tool.swarm]\nnodes = true", "must be text or a number, and is True"),
        ("[tool.swarm", "pyproject.toml cannot be read"),
        ("[tool]\nswarm = 3", r"\[tool.swarm\] in pyproject.toml must be a table"),
    ],
)
def test_bad_project_is_named(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        project(tmp_path, text)


def test_an_engine_has_a_table_of_its_own(tmp_path: Path) -> None:
    text = '[tool.swarm]\nnodes = 2\n[tool.swarm.docker]\nbase_image = "science:3.12"\n'
    told = Settings(project=project(tmp_path, text)).find("base_image")
    assert told is not None
    assert (told.text, told.origin) == ("science:3.12", "base_image in [tool.swarm.docker]")


def test_a_key_of_an_engine_belongs_into_its_table(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"\[tool.swarm\] in .* has no key 'base_image'"):
        project(tmp_path, '[tool.swarm]\nbase_image = "science:3.12"\n')


def test_a_key_that_an_engine_does_not_have_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"\[tool.swarm.docker\].*did you mean 'base_image'"):
        project(tmp_path, '[tool.swarm.docker]\nbase_imag = "science:3.12"\n')


def test_a_flag_of_two_words_is_named_as_it_is_written() -> None:
    told = Settings(flags={"base_image": "science:3.12"}).find("base_image")
    assert told is not None
    assert told.origin == "--base-image"
