from pathlib import Path

import pytest

from swarmdsl.cli.programs import is_topology, stored
from swarmdsl.errors import TopologyError
from tests.unit.cli.command_line import CommandLine


@pytest.fixture
def built(swarm: CommandLine, folder: Path) -> Path:
    assert swarm("compile", "words.py", "--slots", "1", "-o", "build").code == 0
    return folder / "build"


def test_folder_and_document_name_the_same_program(built: Path) -> None:
    assert stored(str(built)) == stored(str(built / "topology.toml"))
    assert is_topology(str(built))


def test_bundles_come_along(built: Path) -> None:
    program = stored(str(built))
    assert set(program.bundles) == {module.bundle for module in program.topology.modules}


def test_package_is_no_topology(folder: Path) -> None:
    (folder / "package").mkdir()
    (folder / "package" / "__init__.py").touch()
    assert not is_topology("package")


def test_folder_without_a_document_says_what_makes_one(folder: Path) -> None:
    (folder / "empty").mkdir()
    with pytest.raises(TopologyError, match="swarm compile TARGET -o empty"):
        stored("empty")


def test_altered_bundle_is_refused(built: Path) -> None:
    next((built / "bundles").iterdir()).write_bytes(b"altered")
    with pytest.raises(TopologyError, match="its SHA-256 differs"):
        stored(str(built))


def test_missing_bundle_is_named(built: Path) -> None:
    next((built / "bundles").iterdir()).unlink()
    with pytest.raises(TopologyError, match="cannot be read: No such file"):
        stored(str(built))


@pytest.mark.parametrize("argv", [["--nodes", "2"], ["--slots", "1"], ["--set", "a=1"]])
def test_compiler_s_flags_do_not_fit_what_is_compiled(
    swarm: CommandLine, built: Path, argv: list[str]
) -> None:
    ended = swarm("run", "build", *argv)
    assert ended.code == 2
    assert "build is compiled already" in ended.err


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (
            ["words.py", "--engine", "abacus"],
            "no engine 'abacus'; choose of: compose, docker, docker-swarm, process",
        ),
        (["words.py", "--set", "rounds"], "write it as key=value"),
        (["words.py", "--home", "words.py"], "runs cannot be kept under "),
        (["gone.toml"], "gone.toml: cannot be read"),
        ([], "no target is named"),
    ],
)
def test_run_that_cannot_begin_is_a_usage_error(
    swarm: CommandLine, argv: list[str], message: str
) -> None:
    ended = swarm("run", *argv)
    assert (ended.code, ended.out) == (2, "")
    assert message in ended.err


@pytest.mark.parametrize("verb", ["run", "compile"])
def test_a_folder_of_swarms_names_the_files_that_could_be_meant(
    swarm: CommandLine, verb: str
) -> None:
    ended = swarm(verb, ".")
    assert (ended.code, ended.out) == (2, "")
    assert "holds no topology.toml" in ended.err
    assert "If a swarm was meant: Name a file in it that defines one: words.py" in ended.err
