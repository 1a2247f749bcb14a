"""Networks that a swarm declares: who is in them is reached there, and nobody else is."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from swarmdsl import Swarm
from swarmdsl.compiler import load_target
from swarmdsl.control.happenings import Happening, ResultAdded
from swarmdsl.control.state import RunState
from swarmdsl.deploy.engines.docker_client import DAEMON_LABEL, RUN_LABEL, DockerClient
from swarmdsl.deploy.engines.docker_networks import network_name
from tests.docker_case import BASE_IMAGE, docker_client, plain_image
from tests.e2e.networked_swarm import PORT
from tests.own_docker import own_docker

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]

REPOSITORY = Path(__file__).resolve().parents[2]
SWARMS = "tests/e2e/networked_swarm.py"
KNOCK = """
import socket, sys
for at in sys.argv[1:]:
    try:
        socket.create_connection((at, %d), timeout=2).close()
        print("connected")
    except OSError:
        print("nobody")
"""


@pytest.fixture
def client() -> Iterator[DockerClient]:
    made = docker_client()
    plain_image(made)
    yield made
    made.close()


def swarm_of(name: str) -> Swarm:
    found = load_target(f"{REPOSITORY / SWARMS}:{name}")
    assert isinstance(found, Swarm)
    return found


def run_in(home: Path) -> str:
    """The id of the only run there."""
    [folder] = (home / "runs").iterdir()
    return folder.name


def addresses_in(client: DockerClient, run: str) -> dict[str, dict[str, str]]:
    """The addresses of each node's worker, by the name of the network."""
    found = client.api.containers(filters={"label": f"{RUN_LABEL}={run}"})
    return {
        one["Labels"][DAEMON_LABEL]: {
            name: place["IPAddress"] for name, place in one["NetworkSettings"]["Networks"].items()
        }
        for one in found
    }


def knock_from(client: DockerClient, network: str, *addresses: str) -> list[str]:
    """What a container in that network alone finds at each address."""
    made = client.api.create_container(
        plain_image(client),
        ["python3", "-c", KNOCK % PORT, *addresses],
        host_config=client.api.create_host_config(network_mode=network),
    )["Id"]
    try:
        client.api.start(made)
        client.api.wait(made)
        return str(client.api.logs(made), "utf-8").split()
    finally:
        client.remove(made)


def test_a_container_of_one_network_reaches_those_in_it_and_nobody_in_another(
    client: DockerClient, tmp_path: Path
) -> None:
    said: dict[str, list[str]] = {}

    def knock(happening: Happening) -> None:
        if not isinstance(happening, ResultAdded) or happening.tag != "all open":
            return
        run = run_in(tmp_path)
        left, right = (network_name(run, name) for name in ("left", "right"))
        found = addresses_in(client, run)
        at_left, at_right = found["worker@node1#0"][left], found["worker@node2#0"][right]
        own = found["worker@node1#0"][f"swarm-{run}"]
        said["left"] = knock_from(client, left, at_left, at_right, own)
        said["right"] = knock_from(client, right, at_left, at_right, own)

    run = swarm_of("Apart").run(
        nodes=3, engine="docker", base_image=BASE_IMAGE, home=tmp_path, observers=[knock]
    )
    assert run.state is RunState.COMPLETED, run.reason
    assert run.value == [2, 2]  # that of the run, and their own
    assert said == {
        "left": ["connected", "nobody", "nobody"],
        "right": ["nobody", "connected", "nobody"],
    }
    assert not client.api.networks(filters={"label": f"{RUN_LABEL}={run.id}"})


def test_a_task_in_the_network_of_its_machine_sees_that_and_speaks_with_the_others(
    client: DockerClient, tmp_path: Path
) -> None:
    run = swarm_of("OnHost").run(nodes=2, engine="docker", base_image=BASE_IMAGE, home=tmp_path)
    assert run.state is RunState.COMPLETED, run.reason
    here = {name for _, name in socket.if_nameindex()}
    [[seen]] = run.value
    assert {*seen} & here > {"lo"}
    assert not client.api.networks(filters={"label": f"{RUN_LABEL}={run.id}"})


def test_a_network_over_machines_needs_a_docker_swarm(tmp_path: Path) -> None:
    words = ("--engine", "docker", "--nodes", "2", "--home", str(tmp_path))
    with own_docker() as own:
        refused = own.swarm("run", f"{SWARMS}:Wide", *words)
        own.docker("swarm", "init", "--advertise-addr", "127.0.0.1")
        ended = own.swarm("run", f"{SWARMS}:Wide", *words)
        left = own.docker("network", "ls", "--quiet", "--filter", f"label={RUN_LABEL}")

    assert refused.returncode == 3
    assert "('overlay') needs a Docker Engine that manages a Docker Swarm" in refused.stderr
    assert "`docker swarm init`" in refused.stderr
    assert ended.returncode == 0, ended.stderr
    assert "eth1" in ended.stdout
    assert left == ""
