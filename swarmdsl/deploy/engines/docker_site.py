"""What the name `docker` stands for: images and a network for one run, and the engine on them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import partial

from swarmdsl.daemon.arguments import log_file
from swarmdsl.deploy.engine import AttachedEngine, EngineOptions
from swarmdsl.deploy.engines.containers import ContainerEngine, note
from swarmdsl.deploy.engines.docker_client import DockerClient
from swarmdsl.deploy.engines.docker_ground import NAME, Ground, ground, remove_all
from swarmdsl.deploy.engines.docker_images import DockerImages
from swarmdsl.deploy.engines.docker_networks import networks_made
from swarmdsl.deploy.engines.docker_runtime import DockerRuntime
from swarmdsl.deploy.images.building import bundles_of, images_of
from swarmdsl.deploy.images.environments import datasets_of, entered_by, limits_of
from swarmdsl.deploy.networks import joining_of
from swarmdsl.deploy.site import Site
from swarmdsl.errors import EngineGone
from swarmdsl.topology.model import Topology


def docker_engine(
    options: EngineOptions, ground: Ground, environment: Mapping[str, str]
) -> ContainerEngine:
    """The engine of a run on its ground.

    Args:
        options: of the run. What the processes of this machine have in their environment is no
            business of a container.
        ground: of the run.
        environment: of the containers.
    """
    return ContainerEngine(options, partial(DockerRuntime, ground, environment))


class Docker:
    """Makes a place for runs; an `EngineFactory`."""

    @staticmethod
    def require_platform(environment: Mapping[str, str]) -> None:
        """Nothing, if a Docker Engine answers.

        Raises:
            ExtraMissing: docker-py is not installed.
            EngineError: none answers.
        """
        DockerClient(environment).close()

    @staticmethod
    @contextmanager
    def site(topology: Topology, options: EngineOptions) -> Iterator[Site]:
        """The images of the swarm, made unless they are there, and a network of the run's own.

        Raises:
            EngineError: they cannot be had.
        """
        joining = joining_of(topology, NAME)
        client = DockerClient(options.environment)

        def say(text: str) -> None:
            note(log_file(options.run_folder, NAME), text)
            options.say(text)

        try:
            remove_all(client, options.run)  # what a controller left that was killed
            bundles = bundles_of(topology, options.run_folder)
            builder = DockerImages(client)
            images = images_of(
                topology, bundles, options.base_image, options.environment, builder, say
            )
            where = (client, options.run, options.run_folder)
            with (
                networks_made(*where, joining) as joined,
                ground(*where, images, limits_of(topology), datasets_of(topology)) as bare,
            ):
                made = replace(
                    bare,
                    joined=joined.networks,
                    on_host=joined.on_host,
                    entered=entered_by(topology),
                )
                yield Site(engine=lambda told: docker_engine(told, made, {}), host=made.host)
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
            remove_all(client, options.run)
        finally:
            client.close()
        raise EngineGone(NAME, "containers end with the process that started them")
