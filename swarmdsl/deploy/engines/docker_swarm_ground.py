"""What the services of one run stand on: a network over the nodes, an invitation as a secret."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from swarmdsl.daemon.contained_protocol import Invitation
from swarmdsl.deploy.engines.docker_ground import labels_of
from swarmdsl.deploy.engines.docker_networks import network_name
from swarmdsl.deploy.engines.docker_services import ServicePlan
from swarmdsl.deploy.engines.docker_swarm_client import SwarmClient
from swarmdsl.deploy.replaced_images import replaced_images
from swarmdsl.errors import EngineError
from swarmdsl.transport.base import Endpoint
from swarmdsl.transport.curve import new_key_pair
from swarmdsl.transport.keys import TcpOptions
from swarmdsl.transport.tcp import TcpTransport
from swarmdsl.transport.tcp_addresses import ENCRYPTED, TcpAddress

SILENT_MAX_S = 60.0  # of an engine: then its containers end


@dataclass(frozen=True, slots=True, kw_only=True)
class SwarmGround:
    """The place of one run.

    Attributes:
        client: of the cluster.
        run: the id of the run.
        network: that all its containers are in.
        labels: of everything that is made for it.
        secret: the id and the name of the invitation.
        endpoint: where the containers dial; whoever makes the engine takes it over.
        plans: the services.
        mounts: what all containers see of their node, by where they see it.
        absent: the nodes of the services that cannot have containers yet.
        folder: of the run.
        push: gives the name by which nodes pull an image of this machine, and has them able to.
        replaced: the images of daemons that are not those that the run began with, by the names of
            the daemons; the services have them.
    """

    client: SwarmClient
    run: str
    network: str
    labels: Mapping[str, str]
    secret: tuple[str, str]
    endpoint: Endpoint
    plans: Sequence[ServicePlan]
    mounts: Mapping[str, str] = field(default_factory=dict)
    absent: frozenset[str] = frozenset()
    folder: Path = Path()
    push: Callable[[str], str] = str
    replaced: Mapping[str, str] = field(default_factory=dict)


@contextmanager
def swarm_ground(
    client: SwarmClient,
    run: str,
    folder: Path,
    host: str,
    plans: Sequence[ServicePlan],
    mounts: Mapping[str, str] | None = None,
    absent: frozenset[str] = frozenset(),
    push: Callable[[str], str] = str,
) -> Iterator[SwarmGround]:
    """A ground that is removed after the block, with every service on it.

    Args:
        client: of the cluster.
        run: the id of the run.
        folder: of the run.
        host: the address of this machine at which the nodes find it.
        plans: the services.
        mounts: what all containers see of their node.
        absent: the nodes of the services that cannot have containers yet.
        push: gives the name by which nodes pull an image, and has them able to.

    Raises:
        EngineError: it cannot be made.
        TransportError: nobody can listen at that address.
    """
    ours, theirs = new_key_pair(), new_key_pair()
    transport = TcpTransport(TcpOptions(own=ours, admitted=frozenset({theirs.public})))
    endpoint = transport.listen(str(TcpAddress(ENCRYPTED, host, None)))
    labels = labels_of(run, folder)
    name = f"swarm-{run}"
    invitation = Invitation(address=endpoint.address, keys=theirs, silent_max_s=SILENT_MAX_S)
    try:
        client.make_network(name, labels)
        for declared in sorted({one for plan in plans for one in plan.networks}):
            client.make_network(network_name(run, declared), labels)
        secret = client.make_secret(name, invitation.packed(), labels)
        yield SwarmGround(
            client=client,
            run=run,
            network=name,
            labels=labels,
            secret=(secret, name),
            endpoint=endpoint,
            plans=plans,
            mounts=mounts or {},
            absent=absent,
            folder=folder,
            push=push,
            replaced=replaced_images(folder),
        )
    finally:
        endpoint.close()
        with suppress(EngineError):  # A cluster that is gone leaves what `swarm prune` removes.
            client.remove_run(run)
