"""What Docker has of a run, by its labels."""

from __future__ import annotations

from typing import NamedTuple

from swarmdsl.deploy.engines.docker_client import DAEMON_LABEL, RUN_LABEL, DockerClient


class Found(NamedTuple):
    """Of one run.

    Attributes:
        containers: all of them, by name.
        networks: likewise.
        images: of the containers that run, by the names of their daemons.
    """

    containers: tuple[str, ...]
    networks: tuple[str, ...]
    images: dict[str, str]


def found_of(client: DockerClient, run: str) -> Found:
    """The containers and networks of a run, and what image each daemon has.

    Raises:
        EngineError: the engine cannot be asked.
    """
    chosen = {"label": f"{RUN_LABEL}={run}"}
    with client.told(f"cannot list what Docker has of run {run}"):
        containers = client.api.containers(all=True, filters=chosen)
        networks = client.api.networks(filters=chosen)
    return Found(
        tuple(sorted(one["Names"][0].removeprefix("/") for one in containers)),
        tuple(sorted(one["Name"] for one in networks)),
        {
            one["Labels"][DAEMON_LABEL]: str(one["Image"])
            for one in containers
            if one["State"] == "running" and DAEMON_LABEL in one["Labels"]
        },
    )


def remove_network(client: DockerClient, name: str) -> None:
    """Remove a network; nothing happens if it is gone.

    Raises:
        EngineError: it cannot be removed: a container is in it.
    """
    with client.told(f"cannot remove the network {name}"):
        try:
            client.api.remove_network(name)
        except client.errors.NotFound:
            return
