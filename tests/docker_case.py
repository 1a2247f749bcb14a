"""The Docker Engine of the tests: needed if `SWARM_ENGINES` names it, else used if it answers."""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from swarmdsl.deploy.engine import DEFAULT_BASE_IMAGE
from swarmdsl.deploy.engines.docker_client import DockerClient
from swarmdsl.deploy.engines.docker_images import DockerImages
from swarmdsl.deploy.images.building import environment_image
from swarmdsl.deploy.images.environments import Environment
from swarmdsl.errors import SwarmError

NEEDED = "docker" in os.environ.get("SWARM_ENGINES", "").split(",")
BASE_IMAGE = os.environ.get("SWARM_BASE_IMAGE", DEFAULT_BASE_IMAGE)
LOCK = Path(tempfile.gettempdir()) / "swarmdsl-tests-image.lock"


def docker_client() -> DockerClient:
    """A client; without an engine and a base image a test is skipped, or fails if they must be."""
    try:
        client = DockerClient(os.environ)
        if DockerImages(client).image_id(BASE_IMAGE) is None:
            raise SwarmError(f"there is no image {BASE_IMAGE}; SWARM_BASE_IMAGE names another")
    except SwarmError as problem:
        if NEEDED:
            pytest.fail(f"SWARM_ENGINES asks for docker: {problem}")
        pytest.skip(f"needs docker: {problem}")
    return client


@contextmanager
def building() -> Iterator[None]:
    """One process of the tests builds, and the others find what it has built."""
    with LOCK.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def plain_image(client: DockerClient) -> str:
    """An image with swarmdsl and no swarm."""
    environment = Environment(base_image=BASE_IMAGE)
    with building():
        return environment_image(environment, os.environ, DockerImages(client), print)
