"""What Docker shows of the health of containers, whose daemons are stopped and go on."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from swarmdsl.daemon.probe import HEALTH_FILE
from swarmdsl.deploy.engines.docker_client import DockerClient
from tests.docker_case import docker_client, plain_image
from tests.e2e.test_up import DOUBLES, TARGET, Home, containers_of

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
    state: dict[str, Any] = client.api.inspect_container(container)["State"]
    health: dict[str, Any] = state.get("Health", {})
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
