"""Swarms that Compose runs: the host has the folder that was compiled, and not swarmdsl."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from swarmdsl import Swarm
from swarmdsl.compiler import load_target
from swarmdsl.deploy.engines.docker_client import DockerClient
from tests.compose_case import Project, compose_client
from tests.e2e.captured import Capture
from tests.e2e.entered_swarm import IMAGE
from tests.shell_image import shout_image

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]

REPOSITORY = Path(__file__).resolve().parents[2]
SWARMS = "tests/e2e/composed_swarm.py"
PATIENCE_S = 150.0
AS_JSON = ("run", "--rm", "-T", "controller", "--format", "json")
Compile = Callable[..., Project]


@pytest.fixture
def client() -> Iterator[DockerClient]:
    made = compose_client()
    yield made
    made.close()


@pytest.fixture
def project_of(client: DockerClient, tmp_path: Path) -> Iterator[Compile]:
    """Compiles a swarm for Compose and makes its images; all of it is removed after the test."""
    made: list[Project] = []

    def compile_it(target: str, nodes: int, **variables: str) -> Project:
        folder = tmp_path / "project"
        words = ["compile", target, "--nodes", str(nodes), "--slots", "1", "--engine", "compose"]
        command = [sys.executable, "-m", "swarmdsl", *words, "-o", str(folder)]
        subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True)
        project = Project(folder, f"swarmdsl-test-{os.getpid()}", variables)
        made.append(project)
        project.build()
        return project

    yield compile_it
    for project in made:
        project.do("down", "--volumes", "--rmi", "all", "--timeout", "1")


def left_of(client: DockerClient, project: Project) -> list[str]:
    """What Docker still has of a project beside its images."""
    chosen = {"label": f"com.docker.compose.project={project.name}"}
    containers = [one["Id"] for one in client.api.containers(all=True, filters=chosen)]
    networks = [one["Name"] for one in client.api.networks(filters=chosen)]
    volumes = client.api.volumes(filters=chosen)["Volumes"] or []
    return [*containers, *networks, *(one["Name"] for one in volumes)]


def wait_until(asked: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + PATIENCE_S
    while not asked():
        assert time.monotonic() < deadline_s, "it did not come to be"
        signal.sigtimedwait([], 0.2)


def is_at_work(client: DockerClient, container: str) -> bool:
    """Whether a task there has left its mark."""
    asked = client.api.exec_create(container, ["python3", "-c", "open('/tmp/begun')"])
    client.api.exec_start(asked)
    return bool(client.api.exec_inspect(asked)["ExitCode"] == 0)


def test_words_are_counted_as_by_processes_and_nothing_is_left(
    client: DockerClient, project_of: Compile, tmp_path: Path
) -> None:
    project = project_of("examples/wordcount.py", 2)
    assert project.do("config", "--quiet").returncode == 0

    shown = project.do("up", "--exit-code-from", "controller")
    assert shown.returncode == 0, shown.stderr
    assert "COMPLETED: 1 round finished" in shown.stdout

    told = project.do(*AS_JSON)
    assert told.returncode == 0, told.stderr
    swarm = load_target(f"{REPOSITORY}/examples/wordcount.py")
    assert isinstance(swarm, Swarm)
    assert json.loads(told.stdout)["value"] == swarm.run(nodes=2, home=tmp_path / "home").value

    kept = project.json_of("controller", "ps", "--all", "--format", "json")
    assert [one["state"] for one in kept["runs"]] == ["COMPLETED", "COMPLETED"]

    assert project.do("down", "--volumes", "--timeout", "1").returncode == 0
    assert left_of(client, project) == []


@pytest.mark.parametrize(("name", "nodes"), [("Shouts", 1), ("ShoutsFar", 2)])
def test_a_module_that_is_an_image_runs_by_its_own_entry_point(
    client: DockerClient, project_of: Compile, name: str, nodes: int
) -> None:
    shout_image(client, IMAGE)
    project = project_of(f"tests/e2e/entered_swarm.py:{name}", nodes)
    assert project.do("config", "--quiet").returncode == 0
    made = project.do("build")
    assert made.returncode == 0, made.stderr
    told = project.do(*AS_JSON)
    assert told.returncode == 0, told.stderr
    assert json.loads(told.stdout)["value"] == ["hello, from-the-image in /work", "PEAR", "FIG"]


def test_a_container_that_is_killed_is_started_anew_and_the_run_ends_well(
    client: DockerClient, project_of: Compile
) -> None:
    project = project_of(f"{SWARMS}:Outlives", 2)
    running = project.begin(*AS_JSON)
    wait_until(lambda: bool(project.container("worker-node1-0")))
    container = project.container("worker-node1-0")
    wait_until(lambda: is_at_work(client, container))
    seen = client.api.inspect_container(container)
    os.kill(seen["State"]["Pid"], signal.SIGKILL)
    out, err = running.communicate(timeout=PATIENCE_S)

    assert running.returncode == 0, err
    assert json.loads(out)["value"] == 42
    assert "daemon worker@node1#0 was lost (SIGKILL)" in err
    assert (seen["Config"]["User"], seen["HostConfig"]["ReadonlyRootfs"]) == ("65534:65534", True)
    assert seen["HostConfig"]["CapDrop"] == ["ALL"]
    assert seen["HostConfig"]["SecurityOpt"] == ["no-new-privileges:true"]


def test_ctrl_c_ends_the_run_in_good_order(client: DockerClient, project_of: Compile) -> None:
    project = project_of(f"{SWARMS}:Endless", 1)
    up = project.begin("up", "--exit-code-from", "controller")
    wait_until(lambda: bool(project.container("worker-node1-0")))
    container = project.container("worker-node1-0")
    wait_until(lambda: is_at_work(client, container))
    interrupt(up)

    ended = [project.container("controller"), container]
    codes = [client.api.inspect_container(one)["State"]["ExitCode"] for one in ended]
    assert codes == [130, 0]
    (run,) = project.json_of("controller", "ps", "--all", "--format", "json")["runs"]
    assert run["state"] == "STOPPED"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may look at all that passes a bridge")
def test_a_secret_reaches_its_task_and_is_seen_nowhere(
    client: DockerClient, project_of: Compile, tmp_path: Path
) -> None:
    marker = "a marker that nobody else writes"
    (tmp_path / "given").mkdir()
    (tmp_path / "given" / "token").write_text(marker, "utf-8")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine").chmod(0o777)
    project = project_of(
        f"{SWARMS}:Whispers",
        2,
        SWARM_SECRETS=str(tmp_path / "given"),
        SWARM_RUNS=str(tmp_path / "mine"),
    )
    project.do("up", "--detach", "worker-node1-0", "worker-node2-0")
    [network] = client.api.networks(names=[f"{project.name}_default"])
    capture = Capture(f"br-{network['Id'][:12]}")
    told = project.do(*AS_JSON)
    seen = capture.stop()

    assert json.loads(told.stdout)["value"] == [1_000, len(marker)], told.stderr
    assert len(seen) > 10_000
    assert marker.encode() not in seen
    compiled = b"".join(one.read_bytes() for one in project.folder.rglob("*") if one.is_file())
    assert marker.encode() not in compiled
    runs = [one for one in (tmp_path / "mine").rglob("*") if one.is_file()]
    assert "topology.toml" in {one.name for one in runs}  # The user has them on the host.
    assert not [one for one in runs if marker.encode() in one.read_bytes()]


def test_networks_of_the_swarm_are_joined_beside_that_of_the_project(project_of: Compile) -> None:
    project = project_of("tests/e2e/networked_swarm.py:Apart", 3)
    told = project.do(*AS_JSON)
    assert json.loads(told.stdout)["value"] == [2, 2], told.stderr


def interrupt(process: subprocess.Popen[str]) -> None:
    """Ctrl-C, and all that it says until its end."""
    assert process.stdout is not None
    assert select.select([process.stdout], [], [], PATIENCE_S)[0]
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=PATIENCE_S)
