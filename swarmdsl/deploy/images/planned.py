"""Which images a swarm needs and what they will be called, before any of them is made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Protocol

from swarmdsl.deploy.images.building import (
    bundles_within,
    entered_image_name,
    environment_name,
    swarm_image_name,
)
from swarmdsl.deploy.images.environments import Environment, environments
from swarmdsl.deploy.observed import PlannedImage
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
        shelf: is asked for the ids of the images that they are made from.

    Raises:
        EngineError: tasks of one daemon ask for different images, or the shelf cannot be asked.
    """
    own = bundles_within(topology, bundles)
    wanted = environments(topology, base_image)
    planned = {one: _planned(topology.name, own, one, shelf) for one in {*wanted.values()}}
    return {daemon: planned[environment] for daemon, environment in wanted.items()}


def _planned(
    swarm: str, bundles: Mapping[str, bytes], environment: Environment, shelf: Shelf
) -> PlannedImage:
    bare = PlannedImage(base=environment.base_image, entered=environment.entered)
    base = shelf.image_id(environment.base_image)
    if base is None:
        return bare
    below = environment_name(environment, base)
    if not environment.entered:
        return replace(bare, environment=below, name=swarm_image_name(swarm, bundles, below))
    image = shelf.image_id(environment.entered)
    if image is None:
        return replace(bare, environment=below)
    name = entered_image_name(swarm, bundles, below, environment.entered, image)
    return replace(bare, environment=below, name=name)
