"""Containers of a Docker Engine on this machine, each attached to as soon as it is made.

Their first process is `swarmdsl.daemon.contained`, whose standard input Docker ends when the
process that attached to it ends, however that happens.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from swarmdsl.daemon.arguments import DaemonArguments
from swarmdsl.daemon.contained_protocol import KEYS_FILE, SCRATCH
from swarmdsl.daemon.thread_counts import with_thread_counts
from swarmdsl.deploy.engines.container import Container
from swarmdsl.deploy.engines.container_runtime import Begun, ContainerEnd, NodeNews
from swarmdsl.deploy.engines.docker_client import ContainerSpec
from swarmdsl.deploy.engines.docker_ground import NAME, Ground
from swarmdsl.deploy.engines.docker_starting import Starting
from swarmdsl.deploy.engines.pulse import SILENT_MAX_S
from swarmdsl.deploy.images.entered import first_process
from swarmdsl.transport.tcp_addresses import TcpAddress

HOST_NETWORK = "host"  # as Docker calls that of the machine
PIDS_MAX = 4_096  # processes and threads of one container


class DockerRuntime:
    """See `ContainerRuntime` for what it promises.

    Args:
        ground: what the containers stand on; `Docker.site` makes one.
        environment: of their first processes; anybody who may use Docker can read it.
        told: a descriptor that is written to whenever a container was begun.
    """

    name = NAME
    silent_max_s = SILENT_MAX_S

    def __init__(self, ground: Ground, environment: Mapping[str, str], told: int) -> None:
        self._ground = ground
        self._environment = {"HOME": SCRATCH, **with_thread_counts(environment)}
        self._starting = Starting(ground.client, told)
        self._count = 0

    def told(self, arguments: DaemonArguments) -> DaemonArguments:
        """Without the keys, which its container has as a file.

        In the network of this machine it listens at the address of the run's network alone.
        """
        if arguments.name in self._ground.on_host:
            scheme = arguments.address.partition("://")[0]
            here = str(TcpAddress(scheme, self._ground.host, None))
            arguments = replace(arguments, address=here, advertised=self._ground.host)
        return replace(arguments, keys=None)

    def begin(self, container: Container, arguments: DaemonArguments) -> None:
        """Have a container made and started."""
        self._count += 1
        number = self._count
        self._starting.begin(container, lambda: self._spec(container.name, arguments, number))

    def take_begun(self) -> list[Begun]:
        """What was begun since the last call."""
        return self._starting.take_done()

    def take_nodes(self) -> list[NodeNews]:
        """None: a Docker Engine has no nodes but this machine."""
        return []

    def remarks(self) -> list[str]:
        """None: Docker is asked, and says what it has to say at once."""
        return []

    def kill(self, container: Container) -> None:
        """End a container at once."""
        self._ground.client.kill(container.id)

    def end_of(self, container: Container) -> ContainerEnd:
        """How a container ended."""
        return self._ground.client.end_of(container.id)

    def remove(self, container: Container) -> None:
        """Have it removed."""
        self._starting.remove(container.id)

    def close(self) -> None:
        """Begin nothing any more."""
        self._starting.close()

    def clear(self) -> None:
        """Remove all containers and networks of the run."""
        self._ground.client.remove_run(self._ground.run)

    def _spec(self, name: str, arguments: DaemonArguments, number: int) -> ContainerSpec:
        ground, limits = self._ground, self._ground.limits_of(name)
        read_only = ground.seen_by(name)
        if arguments.keys is not None:
            read_only[KEYS_FILE] = str(ground.key_file(str(number), arguments.keys))
        return ContainerSpec(
            name=f"swarm-{ground.run}-{number}",
            hostname=f"d{number}",
            image=ground.image_of(name),
            command=(*first_process(is_entered=name in ground.entered), "contained"),
            user=":".join(map(str, ground.user)),
            network=HOST_NETWORK if name in ground.on_host else ground.network,
            joined=tuple(ground.joined.get(name, ())),
            labels=ground.labels(name),
            environment=self._environment,
            read_only=read_only,
            scratch=SCRATCH,
            memory=limits.memory,
            cpu=limits.cpu,
            gpu=limits.gpu,
            pids=PIDS_MAX,
        )
