"""Which images a swarm needs and what they will be called, before any of them is made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from swarmdsl.deploy.images.building import bundles_within, environment_name, swarm_image_name
from swarmdsl.deploy.images.environments import Environment, environments
from swarmdsl.deploy.observed import PlannedImage
from swarmdsl.errors import EngineError
from swarmdsl.topology.model import Topology


class Shelf(Protocol):
    """What knows which images are here."""

    def image_id(self, name: str) -> str | None:
        """The id of an image that is here; None if it is not."""


def planned_images(
    topology: Topology, bundles: Mapping[str, bytes], base_image: str, shelf: Shelf
) -> dict[str, PlannedImage]:
    """The image that each daemon is to have, by the name of the daemon; makes and pulls nothing.

    Args:
        topology: of the swarm.
        bundles: its code and its large constants, by their SHA-256.
        base_image: what images are made from, unless a module names its own.
        shelf: is asked for the ids of base images.

    Raises:
        EngineError: tasks of one daemon ask for different images; a module is an image alone,
            which no plan knows of; or the shelf cannot be asked.
    """
    own = bundles_within(topology, bundles)
    wanted = environments(topology, base_image)
    if entered := sorted({one.entered for one in wanted.values() if one.entered}):
        raise EngineError(
            "docker",
            f"a swarm that stands has no modules that are an image alone: {', '.join(entered)}; "
            "`swarm run --engine docker` runs them",
        )
    planned = {one: _planned(topology.name, own, one, shelf) for one in {*wanted.values()}}
    return {daemon: planned[environment] for daemon, environment in wanted.items()}


def _planned(
    swarm: str, bundles: Mapping[str, bytes], environment: Environment, shelf: Shelf
) -> PlannedImage:
    base = shelf.image_id(environment.base_image)
    if base is None:
        return PlannedImage(base=environment.base_image)
    below = environment_name(environment, base)
    name = swarm_image_name(swarm, bundles, below)
    return PlannedImage(base=environment.base_image, environment=below, name=name)
