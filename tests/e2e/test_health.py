"""What Docker shows of the health of containers, whose daemons are stopped and go on."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from swarmdsl import Swarm
from swarmdsl.compiler import load_target
from swarmdsl.daemon.probe import HEALTH_FILE
from swarmdsl.deploy.engines.docker_client import DockerClient
from swarmdsl.deploy.images.healthcheck import LOOKS, looks_before_replaced
from tests.docker_case import BASE_IMAGE, docker_client, plain_image
from tests.e2e.entered_swarm import SLEEPY
from tests.e2e.test_compose import Compile, project_of
from tests.e2e.test_up import DOUBLES, TARGET, Home, containers_of
from tests.nodes import three_nodes
from tests.shell_image import shell_image

__all__ = ["project_of"]  # a fixture

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(480)]

PATIENCE_S = 150.0
STOPPED_S = 600
LINE = f"""
from parts import Doubles, Sums, Ticks
from swarmdsl import Limits, Swarm, Task

class Line(Swarm):
    limits = Limits(stopped_s={STOPPED_S})  # so that nobody but Docker says anything

    def execute(self):
        doubled = Task(Doubles, "any", alias="doubles")(Task(Ticks, "any", alias="ticks"))
        return Task(Sums, "any", alias="sums")(doubled)
"""
SIGNAL = f"""
import os, sys
os.kill(int(open({HEALTH_FILE!r}).read().split()[1]), int(sys.argv[1]))
"""


@pytest.fixture
def client() -> Iterator[DockerClient]:
    made = docker_client()
    plain_image(made)  # Once, and not by several processes of the tests at once.
    yield made
    made.close()


@pytest.fixture
def contained(client: DockerClient, tmp_path: Path) -> Iterator[Home]:
    home = Home(tmp_path, "docker")
    (home.project / TARGET).write_text(LINE, "utf-8")
    yield home
    home.down("--timeout", "5s")


def health_of(client: DockerClient, container: str) -> dict[str, Any]:
    health: dict[str, Any] = client.api.inspect_container(container)["State"].get("Health", {})
    return health


def wait_for(client: DockerClient, container: str, status: str) -> None:
    """Until Docker says so of the container."""
    deadline_s = time.monotonic() + PATIENCE_S
    while (health := health_of(client, container)).get("Status") != status:
        assert time.monotonic() < deadline_s, health
        signal.sigtimedwait([], 0.5)


def send(client: DockerClient, container: str, signum: signal.Signals) -> None:
    """Send the daemon of a container a signal, from within."""
    asked = client.api.exec_create(container, ["python3", "-c", SIGNAL, str(int(signum))])
    client.api.exec_start(asked)
    assert client.api.exec_inspect(asked)["ExitCode"] == 0


def test_a_daemon_that_is_stopped_is_unhealthy_until_it_goes_on(
    client: DockerClient, contained: Home
) -> None:
    containers = containers_of(client, contained.stands())
    for container in containers.values():
        wait_for(client, container, "healthy")
    send(client, containers[DOUBLES], signal.SIGSTOP)
    wait_for(client, containers[DOUBLES], "unhealthy")
    assert health_of(client, containers[DOUBLES])["Log"][-1]["Output"] == "the daemon is stopped\n"
    others = {daemon: one for daemon, one in containers.items() if daemon != DOUBLES}
    assert {health_of(client, one)["Status"] for one in others.values()} == {"healthy"}
    send(client, containers[DOUBLES], signal.SIGCONT)
    wait_for(client, containers[DOUBLES], "healthy")


def test_a_container_of_compose_tells_it_too(project_of: Compile, client: DockerClient) -> None:
    project = project_of("tests/e2e/composed_swarm.py:Endless", 1)
    started = project.do("up", "--detach")
    assert started.returncode == 0, started.stderr
    containers = [project.container(one) for one in ("controller", "worker-node1-0")]
    for container in containers:
        wait_for(client, container, "healthy")
    first = client.api.inspect_container(containers[1])["State"]["Pid"]
    os.kill(first, signal.SIGSTOP)  # Docker itself looks no more after a signal by `docker kill`.
    wait_for(client, containers[1], "unhealthy")
    told = health_of(client, containers[1])["Log"][-1]["Output"]
    assert told == "the first process of the container is stopped\n"
    os.kill(first, signal.SIGCONT)
    wait_for(client, containers[1], "healthy")


def test_a_container_whose_image_is_a_module_tells_it_too(
    client: DockerClient, tmp_path: Path
) -> None:
    shell_image(client, SLEEPY, "sleep 300\n", ["sleep"])
    swarm = load_target(f"{Path(__file__).with_name('entered_swarm.py')}:Sleeps")
    assert isinstance(swarm, Swarm)
    run = swarm.run(engine="docker", base_image=BASE_IMAGE, home=tmp_path, background=True)
    try:
        (container,) = containers_of(client, run.id).values()
        wait_for(client, container, "healthy")
    finally:
        run.kill()


def test_on_a_node_of_a_cluster_docker_replaces_none_before_the_run_had_its_time(
    tmp_path: Path,
) -> None:
    with three_nodes() as nodes:
        home = Home(tmp_path, "docker-swarm")
        (home.project / TARGET).write_text(LINE, "utf-8")
        variables = {**nodes.variables, "SWARM_NODES": "1"}
        try:
            run = home.stands(**variables)
            client = DockerClient(nodes.variables)
            containers = containers_of(client, run)
            for container in containers.values():
                wait_for(client, container, "healthy")
            config = [client.api.inspect_container(one)["Config"] for one in containers.values()]
            looks = looks_before_replaced(STOPPED_S)
            assert {one["Healthcheck"]["Retries"] for one in config} == {looks}
            send(client, containers["doubles#0"], signal.SIGSTOP)
            wait_until_it_fails(client, containers["doubles#0"])
            assert health_of(client, containers["doubles#0"])["Status"] == "healthy"
            client.close()
        finally:
            home.call("down", "--timeout", "5s", variables=variables)


def wait_until_it_fails(client: DockerClient, container: str) -> None:
    """Until more looks have failed than elsewhere make it unhealthy."""
    deadline_s = time.monotonic() + PATIENCE_S
    while health_of(client, container)["FailingStreak"] <= LOOKS:
        assert time.monotonic() < deadline_s
        signal.sigtimedwait([], 0.5)
