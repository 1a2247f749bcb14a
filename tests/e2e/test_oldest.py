"""The wheel works with the oldest Python and the oldest libraries that pyproject.toml allows."""

from __future__ import annotations

import json
import shutil
import threading
import tomllib
from collections.abc import Iterator
from pathlib import Path
from socketserver import BaseRequestHandler, ThreadingMixIn, UnixStreamServer
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version

from tests.e2e.installing import REPOSITORY, carried_out, interpreter, said, wheel_made_in

EXTRAS = ("docker", "examples", "notebook", "testing", "yaml")
EXAMPLES = REPOSITORY / "examples"
NODES = """
[[node]]
name = "node1"
datasets = { digits = "here", digits_test = "here" }
"""

pytestmark = pytest.mark.timeout(300)


def project() -> dict[str, Any]:
    """What pyproject.toml says of the package."""
    stated = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))
    found: dict[str, Any] = stated["project"]
    return found


def least(allowed: SpecifierSet) -> Version:
    """The one version that it says is the least."""
    (one,) = allowed
    assert one.operator == ">=", f"{allowed} says no least version"
    return Version(one.version)


def minima() -> dict[NormalizedName, Version]:
    """The least version of each library, by name."""
    stated = project()
    extras = (one for extra in EXTRAS for one in stated["optional-dependencies"][extra])
    wanted = map(Requirement, (*stated["dependencies"], *extras))
    return {canonicalize_name(one.name): least(one.specifier) for one in wanted}


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of programs of an environment that has them all."""
    python = least(SpecifierSet(project()["requires-python"]))
    folder = tmp_path_factory.mktemp("oldest")
    carried_out(interpreter(str(python)), "-m", "venv", folder / "clean")
    exactly = folder / "minima.txt"
    exactly.write_text("".join(f"{name}=={one}\n" for name, one in minima().items()), "utf-8")
    wheel = f"{wheel_made_in(folder)}[{','.join(EXTRAS)}]"
    pip = (folder / "clean/bin/python", "-m", "pip", "install", "--quiet", "--no-compile")
    carried_out(*pip, "--constraint", exactly, wheel)
    return folder / "clean/bin"


@pytest.fixture
def examples(tmp_path: Path) -> Path:
    """The examples where nothing else is, so that the wheel is what they import."""
    shutil.copytree(EXAMPLES, tmp_path / "examples")
    (tmp_path / "examples/nodes.toml").write_text(NODES, "utf-8")
    (tmp_path / "examples/here").mkdir()
    return tmp_path / "examples"


@pytest.fixture
def mute_engine(tmp_path: Path) -> Iterator[str]:
    """The address of somebody who hangs up at once, and is no Docker Engine."""

    class Mute(ThreadingMixIn, UnixStreamServer):
        daemon_threads = True

    with Mute(str(tmp_path / "mute.sock"), BaseRequestHandler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"unix://{tmp_path}/mute.sock"
        server.shutdown()
        thread.join()


def test_the_environment_has_the_least_versions_and_no_others(programs: Path) -> None:
    listed = carried_out(programs / "python", "-m", "pip", "list", "--format", "json")
    start = listed.index("[")
    there = {canonicalize_name(one["name"]): one["version"] for one in json.loads(listed[start:])}
    assert {name: Version(there[name]) for name in minima()} == minima()


def test_a_new_project_passes_its_tests_and_runs(programs: Path, tmp_path: Path) -> None:
    carried_out(programs / "swarm", "new", "line", "--template", "federated", folder=tmp_path)
    line = tmp_path / "line"
    assert "4 passed" in carried_out(programs / "python", "-m", "pytest", "-q", folder=line)
    output = carried_out(programs / "swarm", "run", "--home", tmp_path / "home", folder=line)
    assert "COMPLETED: 38 rounds finished" in output


@pytest.mark.parametrize("name", ["wordcount", "federated_digits", "telescopes"])
def test_an_example_is_valid(name: str, programs: Path, examples: Path) -> None:
    words = ("validate", f"{name}.py", "--nodes", "nodes.toml")
    assert "no findings" in carried_out(programs / "swarm", *words, folder=examples)


def test_an_example_is_simulated(programs: Path, examples: Path) -> None:
    words = ("simulate", "wordcount.py", "--seeds", "3", "--jobs", "1")
    carried_out(programs / "swarm", *words, folder=examples)


def test_yaml_is_written(programs: Path, examples: Path) -> None:
    words = ("compile", "wordcount.py", "--engine", "compose", "-o", "made")
    carried_out(programs / "swarm", *words, folder=examples)
    assert "services:" in (examples / "made/compose.yaml").read_text("utf-8")


def test_a_notebook_knows_the_command(programs: Path, examples: Path) -> None:
    cell = "%load_ext swarmdsl\n%swarm graph wordcount.py"
    assert "reducer" in carried_out(programs / "ipython", "--quick", "-c", cell, folder=examples)


def test_the_client_of_docker_speaks_to_a_socket(
    programs: Path, examples: Path, mute_engine: str
) -> None:
    """docker 7.0 does not, with a newer requests: `Not supported URL scheme http+docker`."""
    words = ("run", "wordcount.py", "--engine", "docker", "--home", examples / "home")
    to = {"DOCKER_HOST": mute_engine}
    code, output = said(programs / "swarm", *words, folder=examples, environment=to)
    assert code == 3
    assert f"no Docker Engine answers at {mute_engine}" in output
    assert "URL scheme" not in output
