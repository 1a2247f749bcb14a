"""What the name `docker-swarm` stands for: images that every node has, a ground, and the engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial

from swarmdsl.daemon.arguments import log_file
from swarmdsl.daemon.contained_protocol import SCRATCH
from swarmdsl.deploy.engine import AttachedEngine, EngineOptions
from swarmdsl.deploy.engines.containers import ContainerEngine, note
from swarmdsl.deploy.engines.docker_client import DockerClient
from swarmdsl.deploy.engines.docker_images import DockerImages
from swarmdsl.deploy.engines.docker_service_runtime import ServiceRuntime
from swarmdsl.deploy.engines.docker_services import services_of
from swarmdsl.deploy.engines.docker_swarm_client import NAME, ClusterNode, SwarmClient
from swarmdsl.deploy.engines.docker_swarm_ground import SwarmGround, swarm_ground
from swarmdsl.deploy.images.building import bundles_of, images_of
from swarmdsl.deploy.images.environments import datasets_of, limits_of
from swarmdsl.deploy.networks import Joining, joining_of
from swarmdsl.deploy.replaced_images import replaced_images
from swarmdsl.deploy.site import Site
from swarmdsl.errors import EngineError, EngineGone
from swarmdsl.topology.model import Topology


def service_engine(
    options: EngineOptions,
    ground: SwarmGround,
    environment: Mapping[str, str],
    scratch: str = SCRATCH,
) -> ContainerEngine:
    """The engine of a run on its ground.

    Args:
        options: of the run. What the processes of this machine have in their environment is no
            business of a container.
        ground: of the run.
        environment: of the containers.
        scratch: the one folder of each container that can be written to.
    """
    return ContainerEngine(options, partial(ServiceRuntime, ground, environment), scratch)


class DockerSwarm:
    """Makes a place for runs; an `EngineFactory`."""

    @staticmethod
    def require_platform(environment: Mapping[str, str]) -> None:
        """Nothing, if a manager of a Docker Swarm answers.

        Raises:
            ExtraMissing: docker-py is not installed.
            EngineError: none answers.
        """
        client = DockerClient(environment)
        try:
            SwarmClient(client)
        finally:
            client.close()

    @staticmethod
    @contextmanager
    def site(topology: Topology, options: EngineOptions) -> Iterator[Site]:
        """The images of the swarm where every node finds them, and a network over the nodes.

        Raises:
            EngineError: they cannot be had.
        """
        joining = joining_of(topology, NAME)
        require_overlays(joining)
        client = DockerClient(options.environment)

        log = log_file(options.run_folder, NAME)

        def say(text: str) -> None:
            note(log, text)
            options.say(text)

        try:
            cluster = SwarmClient(client)
            cluster.remove_run(options.run)  # what a controller left that was killed
            nodes = cluster.nodes()
            absent = require_nodes(topology, nodes)
            push = pushing(client, options.registry, len(nodes), say)
            images = _images(topology, options, client, push, say)
            plans = services_of(
                topology,
                images,
                limits_of(topology),
                datasets_of(topology),
                [node.name for node in nodes],
                joining.joined,
            )
            for plan in plans:
                where = ", ".join(plan.constraints)
                where = f" where {where}" if where else ""
                note(log, f"service {plan.daemons}: {plan.mode}{where}")
            host = cluster.host()
            with swarm_ground(
                cluster, options.run, options.run_folder, host, plans, absent=absent, push=push
            ) as made:
                yield Site(engine=lambda told: service_engine(told, made, {}), host=host)
        finally:
            client.close()

    @staticmethod
    def attach(options: EngineOptions) -> AttachedEngine:
        """Nothing to attach to: the containers of a dead owner end, and are removed here.

        Raises:
            EngineGone: always.
            EngineError: they cannot be removed.
        """
        client = DockerClient(options.environment)
        try:
            SwarmClient(client).remove_run(options.run)
        finally:
            client.close()
        raise EngineGone(NAME, "containers end with the process that started them")


def require_nodes(topology: Topology, nodes: list[ClusterNode]) -> frozenset[str]:
    """The nodes of the topology that are expected, and not there yet, if all others are.

    Raises:
        EngineError: some others are not there, or not ready; all are named.
    """
    ready = {node.name for node in nodes if node.is_ready}
    states = {node.name: node.state for node in nodes}
    missing = [node.name for node in topology.nodes if node.name not in ready]
    expected = {node.name for node in topology.nodes if node.expected}
    if missing := [name for name in missing if name not in expected]:
        told = ", ".join(f"{name} ({states.get(name, 'no such node')})" for name in missing)
        raise EngineError(
            NAME,
            f"not ready in the Docker Swarm: {told}; it has {', '.join(sorted(ready))}: "
            "`swarm nodes --engine docker-swarm` writes them as an inventory for --nodes, and a "
            "node with `expected = true` there may come later",
        )
    return frozenset(name for name in expected if name not in ready)


def require_overlays(joining: Joining) -> None:
    """Nothing, if all networks of the swarm can span nodes.

    Raises:
        EngineError: some cannot; all are named.
    """
    narrow = [name for name, one in joining.networks.items() if one.driver != "overlay"]
    if narrow or joining.on_host:
        named = [*map(repr, narrow), *sorted(joining.on_host)]
        raise EngineError(
            NAME,
            f"only networks that span nodes can be joined there, and these do not: "
            f"{', '.join(named)}; declare them with Driver.OVERLAY, or leave network= out",
        )


def _images(
    topology: Topology,
    options: EngineOptions,
    client: DockerClient,
    push: Callable[[str], str],
    say: Callable[[str], None],
) -> dict[str, str]:
    """The image of each daemon, by the name of the daemon, so that every node finds it.

    Raises:
        EngineError: they cannot be made, or not be given to the nodes.
    """
    bundles = bundles_of(topology, options.run_folder)
    builder = DockerImages(client)
    made = images_of(topology, bundles, options.base_image, options.environment, builder, say)
    now = {**made, **replaced_images(options.run_folder)}
    known = {tag: push(tag) for tag in sorted({*now.values()})}
    return {daemon: known[tag] for daemon, tag in now.items()}


def pushing(
    client: DockerClient, registry: str, nodes: int, say: Callable[[str], None]
) -> Callable[[str], str]:
    """What gives the nodes of a cluster an image, and its name there.

    Raises:
        EngineError: there are several nodes, and no registry.
    """
    images = DockerImages(client)
    if registry:
        return lambda tag: images.push(tag, registry, say)
    if nodes > 1:
        raise EngineError(
            NAME,
            f"the Docker Swarm has {nodes} nodes, and no registry is named from which they "
            "could pull the images of the run; name one that they reach: registry in "
            '[tool.swarm.docker] of pyproject.toml, as in "registry.example.org:5000/swarms", or '
            "SWARM_REGISTRY",
        )
    # By a tag Docker would ask the public registry first; there is no need to.
    return images.need_image
