"""Images of deployed swarms, in the Docker Engine that `DOCKER_HOST` names."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping

from swarmdsl.control.launch import LaunchOptions
from swarmdsl.deploy.engines.docker_client import DockerClient
from swarmdsl.deploy.engines.docker_ground import key_folder_of
from swarmdsl.deploy.engines.docker_images import DockerImages
from swarmdsl.deploy.engines.docker_observed import Found, found_of, remove_network
from swarmdsl.deploy.images.building import (
    bundles_within,
    environment_image,
    swarm_image,
)
from swarmdsl.deploy.images.environments import environments
from swarmdsl.deploy.images.planned import planned_images
from swarmdsl.deploy.observed import PlannedImage
from swarmdsl.topology.model import Topology


class DeployedImages:
    """What `Deployer` does with Docker.

    Args:
        options: of the runs; its environment says where the engine is, and sets pip.

    Raises:
        ExtraMissing: docker-py is not installed.
        EngineError: no engine answers.
    """

    def __init__(self, options: LaunchOptions) -> None:
        self._options = options
        self._client = DockerClient(options.environment)
        self._images = DockerImages(self._client)

    def close(self) -> None:
        """Hang up."""
        self._client.close()

    def planned(self, topology: Topology, bundles: Mapping[str, bytes]) -> dict[str, PlannedImage]:
        """The image that each daemon is to have."""
        return planned_images(topology, bundles, self._options.base_image, self._images)

    def here(self, names: Iterable[str]) -> frozenset[str]:
        """Those of some images that are here."""
        return frozenset(name for name in names if name and self._images.image_id(name))

    def found(self, run: str) -> Found:
        """The containers and networks of a run."""
        return found_of(self._client, run) if run else Found((), (), {})

    def pull(self, image: str) -> None:
        """Fetch an image unless it is here."""
        self._images.need_image(image)

    def make(
        self,
        topology: Topology,
        bundles: Mapping[str, bytes],
        daemons: Iterable[str],
    ) -> None:
        """Make the images of some daemons, unless they are here."""
        options, own = self._options, bundles_within(topology, bundles)
        wanted = environments(topology, options.base_image)
        for environment in dict.fromkeys(wanted[daemon] for daemon in daemons):
            below = environment_image(environment, options.environment, self._images, options.say)
            swarm_image(
                *(topology.name, own, below, self._images, options.say),
                entered=environment.entered,
            )

    def remove(self, image: str) -> bool:
        """Remove an image and what its build has left; False if a container uses it."""
        if not self.here([image]):
            return True
        build = self._images.build_of(image)
        removed = self._images.remove(image) or not self.here([image])
        if removed and build:  # The stages that were made for it have no name.
            self._images.remove_remains(build)
        return removed

    def remove_container(self, name: str) -> None:
        """Remove a container with its scratch folder."""
        self._client.remove(name)

    def remove_network(self, name: str, run: str) -> None:
        """Remove the network of a run, and the keys that were for those in it."""
        shutil.rmtree(key_folder_of(run), ignore_errors=True)
        remove_network(self._client, name)
