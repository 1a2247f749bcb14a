"""A Docker Engine that fails a run: what is said, with which exit code, and what is left of it."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from swarmdsl.deploy.engine import DaemonStartFailed
from swarmdsl.deploy.engines.docker_client import DockerClient
from swarmdsl.deploy.engines.docker_ground import ground, key_folder_of, labels_of
from swarmdsl.errors import EngineError
from tests.contracts.engine_case import bench_for, options_for
from tests.docker_case import docker_client, plain_image
from tests.own_docker import OwnDocker, own_docker

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]

REPOSITORY = Path(__file__).resolve().parents[2]
SWARMS = "tests/e2e/contained_swarm.py"
KIB, MIB = 2**10, 2**20


@pytest.fixture(scope="module")
def own() -> Iterator[OwnDocker]:
    with own_docker() as made:
        yield made


@pytest.fixture
def client() -> Iterator[DockerClient]:
    made = docker_client()
    yield made
    made.close()


def left_in(own: OwnDocker) -> dict[str, set[str]]:
    """What an engine has: containers, networks, volumes, and layers without a name."""
    client = own.client()
    try:
        api = client.api
        nameless = api.images(filters={"dangling": True})
        return {
            "containers": {one["Id"] for one in api.containers(all=True)},
            "networks": {one["Name"] for one in api.networks()} - {"bridge", "host", "none"},
            "volumes": {one["Name"] for one in api.volumes()["Volumes"] or ()},
            "layers": {one["Id"] for one in nameless},
        }
    finally:
        client.close()


NOTHING: dict[str, set[str]] = {"containers": set(), "networks": set(), "volumes": set()}
CLEAN = {**NOTHING, "layers": set[str]()}


def run_words(target: str, home: Path) -> tuple[str, ...]:
    return ("run", f"{SWARMS}:{target}", "--engine", "docker", "--home", str(home))


# ----------------------------------------------------------------------------------- no space


@pytest.mark.parametrize("left", [100 * KIB, 9 * MIB], ids=["for its context", "for a layer"])
def test_a_build_without_space_ends_with_3_and_leaves_no_layer(
    own: OwnDocker, tmp_path: Path, left: int
) -> None:
    with own.filled(left):
        ended = own.swarm(*run_words("Falls", tmp_path))
    assert ended.returncode == 3, ended.stderr
    assert "cannot make the image swarm-falls" in ended.stderr
    assert left_in(own) == CLEAN


def test_a_build_without_space_says_how_to_make_room(own: OwnDocker) -> None:
    with own.filled(100 * KIB):
        ended = own.swarm("build", f"{SWARMS}:Falls")
    assert ended.returncode == 3
    assert "no space left on device" in ended.stderr
    assert "`swarm prune --images`" in ended.stderr


def test_a_container_that_finds_no_space_fails_the_run_and_leaves_nothing(
    own: OwnDocker, tmp_path: Path
) -> None:
    assert own.swarm("build", f"{SWARMS}:Falls").returncode == 0
    with own.filled(0):
        ended = own.swarm(*run_words("Falls", tmp_path))
    assert ended.returncode in {1, 3}  # for the container, or for the network before it
    assert "no space left on device; make room: `swarm prune --images`" in ended.stderr
    assert left_in(own) == CLEAN


# ------------------------------------------------------------------------ an engine that is killed


@pytest.mark.parametrize(
    ("at", "code"),
    [("making the image", 3), (": starting", 1), ("daemon connected", 1)],
    ids=["while it makes an image", "while it makes containers", "while they run"],
)
def test_an_engine_that_is_killed_ends_the_run_and_what_is_left_is_pruned(
    own: OwnDocker, tmp_path: Path, at: str, code: int
) -> None:
    # Of another name each time, so that there is an image to make.
    file = tmp_path / "waits.py"
    text = (REPOSITORY / SWARMS).read_text("utf-8")
    file.write_text(f"{text}\n\n# killed at {at!r}\n", "utf-8")
    words = ("run", f"{file}:Waits", "--engine", "docker", "--home", str(tmp_path))
    said = ""
    with own.begin(*words) as process:
        assert process.stderr is not None
        for line in process.stderr:
            said += line
            if at in line:
                break
        own.kill()
        said += process.communicate(timeout=60)[1]
    own.start()

    assert process.returncode == code, said
    assert "answer" in said, said
    pruned = own.swarm("prune", "--yes", "--home", str(tmp_path))
    assert pruned.returncode == 0, pruned.stderr
    assert {**left_in(own), "layers": set()} == CLEAN
    assert not [*Path("/dev/shm").glob(f"swarm-{run_of(tmp_path)}*")]


def run_of(home: Path) -> str:
    """The id of the only run there."""
    [folder] = (home / "runs").iterdir()
    return folder.name


# ------------------------------------------------------------------------------ names in use


def test_a_network_of_somebody_else_is_neither_used_nor_removed(
    client: DockerClient, tmp_path: Path
) -> None:
    run = f"named-by-{os.getpid()}"
    theirs = client.api.create_network(f"swarm-{run}")["Id"]
    try:
        with (
            pytest.raises(EngineError, match=rf"exists; .*`docker network rm swarm-{run}`"),
            ground(client, run, tmp_path, {"a": "image"}, {}, {}),
        ):
            pass
        assert client.api.inspect_network(theirs)["Id"] == theirs
        assert not key_folder_of(run).exists()
    finally:
        client.api.remove_network(theirs)


def test_a_container_of_somebody_else_is_neither_used_nor_removed(
    client: DockerClient, tmp_path: Path
) -> None:
    with bench_for("docker", options_for(tmp_path / "run", {"EXTRA": ""})) as bench:
        name = f"swarm-{bench.options.run}-1"
        theirs = client.api.create_container(plain_image(client), ["true"], name=name)["Id"]
        try:
            bench.start("waits@a#0")
            [failed] = bench.wait_for(DaemonStartFailed)
            assert f"`docker rm --force {name}` removes it" in failed.problem
            assert client.api.inspect_container(theirs)["Id"] == theirs
        finally:
            client.remove(theirs)


def test_what_a_run_has_left_is_removed_and_its_names_are_free(
    client: DockerClient, tmp_path: Path
) -> None:
    run = f"left-by-{os.getpid()}"
    client.make_network(f"swarm-{run}", labels_of(run, tmp_path))
    client.api.create_container(
        plain_image(client), ["true"], name=f"swarm-{run}-1", labels=labels_of(run, tmp_path)
    )
    client.remove_run(run)
    with ground(client, run, tmp_path, {"a": "image"}, {}, {}) as made:
        assert made.network == f"swarm-{run}"
    assert not client.api.networks(names=[f"swarm-{run}"])


# ------------------------------------------------------------------------- what there is not


def test_without_docker_py_it_is_said_how_to_install_it(tmp_path: Path) -> None:
    asked = (
        "import sys; sys.modules['docker'] = None; from swarmdsl.cli.entry import carry_out;"
        "sys.exit(carry_out(sys.argv[1:], {}))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", asked, *run_words("Falls", tmp_path)],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 3
    assert "pip install 'swarmdsl[docker]'" in ended.stderr
    assert not [*tmp_path.glob("runs/*")]


def test_a_socket_that_one_may_not_use_ends_with_3_and_names_the_group(
    own: OwnDocker, tmp_path: Path
) -> None:
    asked = (
        "import os, sys; from swarmdsl.cli.entry import carry_out;"
        "*words, first, second = sys.argv[1:];"
        # Whoever is nobody cannot load much, so all is loaded before.
        "carry_out([*words, first], {'DOCKER_HOST': 'unix:///nowhere'});"
        "os.geteuid() or os.seteuid(65534);"
        "sys.exit(carry_out([*words, second], {'DOCKER_HOST': os.environ['DOCKER_HOST']}))"
    )
    with tempfile.TemporaryDirectory() as home:
        Path(home).chmod(0o777)
        ended = subprocess.run(
            [sys.executable, "-c", asked, *run_words("Falls", tmp_path), home],
            cwd=REPOSITORY,
            env=own.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert not [*Path(home).glob("runs/*")]
    assert ended.returncode == 3, ended.stderr
    assert "Permission denied; only root and the group of that file may use it" in ended.stderr
