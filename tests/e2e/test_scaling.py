"""A swarm that stands and is to have more or fewer daemons: afterwards it has exactly these."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from swarmdsl.control.home import list_runs
from swarmdsl.control.stored_run import StoredRun
from swarmdsl.deploy.engines.docker_client import DAEMON_LABEL, RUN_LABEL, DockerClient
from tests.docker_case import docker_client, plain_image
from tests.e2e.test_up import TARGET, Home, containers_of
from tests.nodes import Nodes, three_nodes

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(480)]

SCALED = """
import os

from parts import Sums, Ticks
from swarmdsl import Swarm, Task

class Scaled(Swarm):
    def execute(self):
        on = os.environ["TICKS_ON"].split()
        ticks = Task(Ticks, method="fixed", specified_ids=on, alias="ticks")
        return Task(Sums, "any", alias="sums", specified_ids=["node1"], maximum=1)(ticks)
"""
NODES = ("node1", "node2", "node3")


def scaled(folder: Path, engine: str) -> Home:
    """A project whose swarm has a source on as many nodes as it is told."""
    home = Home(folder, engine)
    (home.project / TARGET).write_text(SCALED, "utf-8")
    return home


def daemons(on: Sequence[str]) -> set[str]:
    return {"sums@node1#0", *(f"ticks@{node}#0" for node in on)}


@pytest.fixture
def client() -> Iterator[DockerClient]:
    made = docker_client()
    plain_image(made)  # Once, and not by several processes of the tests at once.
    yield made
    made.close()


def test_with_containers_it_has_as_many_as_are_wanted_and_no_others(
    client: DockerClient, tmp_path: Path
) -> None:
    home = scaled(tmp_path, "docker")
    try:
        runs = [home.stands("--nodes", "3", TICKS_ON=" ".join(NODES[:2]))]
        assert containers_of(client, runs[-1]).keys() == daemons(NODES[:2])
        for on in (NODES, NODES[:1]):
            variables = {"TICKS_ON": " ".join(on)}
            refused = home.up("--nodes", "3", **variables)
            assert refused.returncode == 2
            assert "daemon ticks@node3#0 was" in refused.stderr
            runs.append(home.stands("--nodes", "3", "--force", "--timeout", "10s", **variables))
            assert containers_of(client, runs[-1]).keys() == daemons(on)
            assert containers_of(client, runs[-2]) == {}
            assert "nothing to do" in home.up("--nodes", "3", **variables).stderr
    finally:
        ended = home.down("--timeout", "10s")
    assert ended.returncode == 0, ended.stderr
    assert len({*runs}) == 3
    assert [StoredRun.open(run).record().ended_at is None for run in list_runs(home.folder)] == (
        [False] * 3
    )


def containers_on(nodes: Nodes, run: str) -> set[str]:
    """The daemons that the nodes of a Docker Swarm have containers for."""
    form = f'{{{{.Label "{DAEMON_LABEL}"}}}}'
    found: set[str] = set()
    for number, node in enumerate(NODES, 1):
        asked = ("ps", "--filter", f"label={RUN_LABEL}={run}", "--format", form)
        for group in nodes.docker("-H", nodes.docker_host_of(number), *asked).split():
            name, _, replica = group.partition("#")
            found.add(f"{name}@{node}#{replica}")
    return found


def test_on_the_nodes_of_a_cluster_too(tmp_path: Path) -> None:
    with three_nodes() as nodes:
        home = scaled(tmp_path, "docker-swarm")
        runs: list[str] = []
        try:
            for on in (NODES[:2], NODES, NODES[:1]):
                variables = {**nodes.variables, "TICKS_ON": " ".join(on)}
                runs.append(home.stands("--force", "--timeout", "10s", **variables))
                assert containers_on(nodes, runs[-1]) == daemons(on)
                for ended in runs[:-1]:
                    assert containers_on(nodes, ended) == set()
        finally:
            down = home.call("down", "--timeout", "10s", variables=nodes.variables)
    assert down.returncode == 0, down.stderr
    assert len({*runs}) == 3
