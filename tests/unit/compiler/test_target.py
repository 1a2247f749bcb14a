from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from swarmdsl.compiler import load_target
from swarmdsl.errors import TargetError

HEAD = "from swarmdsl.dsl import Swarm, Task\n"
SWARM = "class {}(Swarm):\n    def execute(self):\n        return Task(len)\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.chdir(tmp_path)
    path, before = list(sys.path), set(sys.modules)
    yield tmp_path
    sys.path[:] = path
    for name in set(sys.modules) - before:
        del sys.modules[name]


def refused(target: str) -> str:
    with pytest.raises(TargetError) as caught:
        load_target(target)
    return str(caught.value)


def test_only_swarm_of_a_file_is_found(folder: Path) -> None:
    (folder / "job.py").write_text(HEAD + SWARM.format("Job"))
    assert load_target("job.py").name == "Job"
    assert load_target(str(folder / "job.py")).name == "Job"


def test_base_class_without_execute_is_no_target(folder: Path) -> None:
    text = f"{HEAD}class Base(Swarm):\n    pass\n{SWARM.format('Job').replace('Swarm', 'Base')}"
    (folder / "job.py").write_text(text)
    assert load_target("job.py").name == "Job"


def test_imported_swarm_is_no_target_of_the_importer(folder: Path) -> None:
    (folder / "lib.py").write_text(HEAD + SWARM.format("Other"))
    (folder / "job.py").write_text("from lib import Other\n" + HEAD + SWARM.format("Job"))
    assert load_target("job.py").name == "Job"
    assert load_target("job.py:Other").name == "Other"


def test_module_and_class_are_found(folder: Path) -> None:
    (folder / "pack").mkdir()
    (folder / "pack" / "job.py").write_text(HEAD + SWARM.format("Job"))
    sys.path.insert(0, str(folder))
    assert load_target("pack.job:Job").name == "Job"


def test_instance_is_taken_as_it_is(folder: Path) -> None:
    text = HEAD + SWARM.format("Job") + "job = Job(max_iteration=7)\n"
    (folder / "job.py").write_text(text)
    assert load_target("job.py:job").max_iteration == 7


def test_several_swarms_are_listed(folder: Path) -> None:
    (folder / "job.py").write_text(HEAD + SWARM.format("One") + SWARM.format("Two"))
    assert "it has 2 swarms: One, Two. Say which one, as in job.py:One." in refused("job.py")


def test_misspelt_class_is_told_the_nearest(folder: Path) -> None:
    (folder / "job.py").write_text(HEAD + SWARM.format("Job"))
    assert "it has no Jbo. Did you mean 'Job'? It has: Job." in refused("job.py:Jbo")
    assert "Task is no swarm" in refused("job.py:Task")


def test_broken_file_is_told_with_the_users_line(folder: Path) -> None:
    (folder / "job.py").write_text("x = 1\nboom = 1 / 0\n")
    assert "ZeroDivisionError" in refused("job.py")
    assert "--> job.py:2:8   boom = 1 / 0" in refused("job.py")
    (folder / "job.py").write_text("def f(:\n")
    assert "--> job.py:1:7   def f(:" in refused("job.py")


def test_constructor_that_fails_is_told_with_the_users_line(folder: Path) -> None:
    text = HEAD + SWARM.format("Job") + "    def __init__(self, size): ...\n"
    (folder / "job.py").write_text(text)
    assert "A target is made without arguments" in refused("job.py")


@pytest.mark.parametrize(
    ("target", "told"),
    [
        ("none.py", "there is no file none.py"),
        ("no_such_module", "there is no module no_such_module"),
        ("json", "it has no swarm"),
        ("logs/none.log", "there is no file logs/none.log"),
    ],
)
def test_target_that_is_nothing_is_refused(target: str, told: str) -> None:
    assert told in refused(target)


@pytest.mark.parametrize("target", ["web.log", "../{folder}/web.log", "web.log:Job"])
def test_a_file_that_is_no_python_is_told_what_is_expected(folder: Path, target: str) -> None:
    (folder / "web.log").write_text("GET /\n")
    assert refused(target.format(folder=folder.name)).endswith(
        "it is no Python file. A target is file.py, file.py:Class or package.module:Class."
    )


def test_missing_import_inside_a_target_is_its_own_error(folder: Path) -> None:
    (folder / "job.py").write_text("import not_installed\n")
    assert "importing it raised ModuleNotFoundError" in refused("job.py")


def test_what_only_a_task_has_is_to_be_read_inside_it(folder: Path) -> None:
    (folder / "job.py").write_text(
        "from swarmdsl.light import Local\nIMAGES = Local().get_numpy_data('images')\n"
    )
    said = refused("job.py")
    assert "importing it asks for Local.get_numpy_data, which only a running task has" in said
    assert "job.py:2:10" in said
    assert "Read it inside the task: in its function" in said
    assert "entered" not in said


def test_a_file_that_is_part_of_a_package_is_to_be_named_as_such(folder: Path) -> None:
    package = folder / "mine" / "inner"
    package.mkdir(parents=True)
    for one in (package, package.parent):
        (one / "__init__.py").touch()
    (package / "job.py").write_text("from .steps import work\n")
    told = refused("mine/inner/job.py:Job")
    assert f"name it mine.inner.job:Job, in {folder.resolve()}." in told


def test_a_relative_import_outside_of_any_package_is_told_so(folder: Path) -> None:
    (folder / "job.py").write_text("from .steps import work\n")
    assert f"It is part of no package: {folder.resolve()} has no __init__.py." in refused("job.py")


def test_file_that_hides_a_library_is_refused(folder: Path) -> None:
    (folder / "json.py").write_text(HEAD + SWARM.format("Job"))
    assert "Give the file another name" in refused("json.py")


def test_file_is_read_anew_each_time(folder: Path) -> None:
    for name in ("One", "Two"):
        (folder / "job.py").write_text(HEAD + SWARM.format(name))
        assert load_target("job.py").name == name


def test_a_folder_is_told_what_is_expected_and_which_files_could_be_meant(folder: Path) -> None:
    (folder / "job.py").write_text(HEAD + SWARM.format("Job"))
    (folder / "setup.py").write_text("print(1)\n")
    assert "it is a folder, and no swarm. A target is file.py, file.py:Class or" in refused(".")
    assert refused(".").endswith("Name a file in it that defines one: job.py.")
    (folder / "empty").mkdir()
    assert "No file in it defines one" in refused("empty")


def test_a_package_that_is_a_folder_here_is_imported(folder: Path) -> None:
    (folder / "pack").mkdir()
    (folder / "pack" / "__init__.py").write_text(HEAD + SWARM.format("Job"))
    sys.path.insert(0, str(folder))
    assert load_target("pack").name == "Job"
