"""What Docker has of a run, as its labels tell it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any, cast

import pytest

from swarmdsl.deploy.engines.docker_client import DAEMON_LABEL, RUN_LABEL, DockerClient
from swarmdsl.deploy.engines.docker_observed import Found, found_of, remove_network


class NotFound(Exception):
    """As docker-py has it."""


class Docker:
    """A Docker that holds what the test says."""

    def __init__(self) -> None:
        self.api = self
        self.errors = SimpleNamespace(NotFound=NotFound)
        self.held: list[dict[str, Any]] = []
        self.joined = ["swarm-r"]

    @contextmanager
    def told(self, _what: str) -> Iterator[None]:
        yield

    def add(self, name: str, state: str = "running", run: str = "r", daemon: str = "") -> None:
        labels = {RUN_LABEL: run, **({DAEMON_LABEL: daemon} if daemon else {})}
        self.held.append(
            {"Names": [f"/{name}"], "State": state, "Labels": labels, "Image": f"image of {name}"}
        )

    def containers(self, filters: Mapping[str, str], *, all: bool) -> list[dict[str, Any]]:  # noqa: A002
        label, _, value = filters["label"].partition("=")
        return [one for one in self.held if all and one["Labels"][label] == value]

    def networks(self, filters: Mapping[str, str]) -> list[dict[str, str]]:
        return [{"Name": name} for name in self.joined if filters["label"] == f"{RUN_LABEL}=r"]

    def remove_network(self, name: str) -> None:
        if name not in self.joined:
            raise NotFound
        self.joined.remove(name)


@pytest.fixture
def docker() -> Docker:
    return Docker()


def found(docker: Docker, run: str = "r") -> Found:
    return found_of(cast("DockerClient", docker), run)


def test_the_image_of_each_daemon_is_that_of_its_container(docker: Docker) -> None:
    docker.add("swarm-r-1", daemon="a@n1#0")
    docker.add("swarm-r-2", daemon="b@n1#0")
    assert found(docker).images == {
        "a@n1#0": "image of swarm-r-1",
        "b@n1#0": "image of swarm-r-2",
    }


def test_a_container_that_has_ended_tells_no_image_and_is_there_all_the_same(
    docker: Docker,
) -> None:
    docker.add("swarm-r-1", "exited", daemon="a@n1#0")
    assert found(docker) == Found(("swarm-r-1",), ("swarm-r",), {})


def test_those_of_other_runs_are_not_meant(docker: Docker) -> None:
    docker.add("swarm-s-1", run="s", daemon="a@n1#0")
    assert found(docker) == Found((), ("swarm-r",), {})
    assert found(docker, "s").containers == ("swarm-s-1",)
    assert found(docker, "s").networks == ()


def test_a_network_that_is_gone_need_not_be_removed(docker: Docker) -> None:
    for _ in range(2):
        remove_network(cast("DockerClient", docker), "swarm-r")
    assert docker.joined == []
