"""The networks that a swarm declares, made for one run beside its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from swarmdsl.deploy.engines.docker_client import NAME, DockerClient
from swarmdsl.deploy.engines.docker_ground import labels_of
from swarmdsl.deploy.engines.docker_swarm_client import cluster_of
from swarmdsl.deploy.networks import Joining
from swarmdsl.errors import EngineError


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """The networks of one run beside its own, as Docker calls them.

    Attributes:
        networks: by the name of the daemon that joins them.
        on_host: the daemons that are in the network of this machine, and in no other.
    """

    networks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    on_host: frozenset[str] = frozenset()


def network_name(run: str, name: str) -> str:
    """What a network of a swarm is called in Docker.

    >>> network_name("20261121-040600-3f9a", "backend")
    'swarm-20261121-040600-3f9a-backend'
    """
    return f"swarm-{run}-{name}"


@contextmanager
def networks_made(
    client: DockerClient, run: str, folder: Path, joining: Joining
) -> Iterator[Joined]:
    """The networks, until the block ends; no container may be in one then.

    Raises:
        EngineError: one cannot be made; above all, one that spans machines (`Driver.OVERLAY`) by
            an engine that manages no Docker Swarm.
    """
    wide = [name for name, one in joining.networks.items() if one.driver == "overlay"]
    cluster = cluster_of(client) if wide else None
    if wide and cluster is None:
        raise EngineError(
            NAME,
            f"a network with Driver.OVERLAY ({', '.join(map(repr, wide))}) needs a Docker Engine "
            "that manages a Docker Swarm; make it one with `docker swarm init`, declare "
            "Driver.BRIDGE, or leave network= out",
        )
    labels = labels_of(run, folder)
    try:
        for name, one in joining.networks.items():
            client.make_joined_network(network_name(run, name), one.driver, labels)
        yield Joined(
            networks={
                daemon: tuple(network_name(run, name) for name in names)
                for daemon, names in joining.joined.items()
            },
            on_host=joining.on_host,
        )
    finally:
        with suppress(EngineError):  # An engine that is gone leaves what `swarm prune` removes.
            client.remove_run(run)
            if cluster is not None:
                cluster.remove_run(run)
