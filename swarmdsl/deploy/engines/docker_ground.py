"""What containers of one run stand on: its network, the images, the keys as files."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from swarmdsl.daemon.contained_protocol import packed_keys
from swarmdsl.deploy.engines.docker_client import (
    DAEMON_LABEL,
    FOLDER_LABEL,
    RUN_LABEL,
    DockerClient,
)
from swarmdsl.deploy.replaced_images import replaced_images
from swarmdsl.errors import EngineError
from swarmdsl.topology.resources import NOTHING, Resources
from swarmdsl.transport.keys import KeyPair

NAME = "docker"
SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - of the kernel: what is there is on no disk
NOBODY = 65_534
KEY_MODE = 0o400


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """The place of one run.

    Attributes:
        client: of the Docker Engine.
        run: the id of the run.
        folder: of the run.
        network: that all its containers are in.
        host: the address of this machine in it.
        keys: the folder of the keys, for this user alone.
        user: `uid:gid` of the processes in the containers.
        images: the image of each daemon, by its name.
        limits: what each daemon may take, by its name.
        datasets: the host paths that a daemon may see, likewise, by its name.
        read_only: what all of them see: host paths, by the path in the container.
        joined: the networks beside that one, by the name of the daemon whose container joins them.
        on_host: the daemons whose containers are in the network of this machine, and in no other.
        entered: the daemons whose image is that of a module.
    """

    client: DockerClient
    run: str
    folder: Path
    network: str
    host: str
    keys: Path
    user: tuple[int, int]
    images: Mapping[str, str]
    limits: Mapping[str, Resources] = field(default_factory=dict)
    datasets: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    read_only: Mapping[str, str] = field(default_factory=dict)
    joined: Mapping[str, Sequence[str]] = field(default_factory=dict)
    on_host: frozenset[str] = frozenset()
    entered: frozenset[str] = frozenset()

    def labels(self, daemon: str) -> dict[str, str]:
        """Of the container of a daemon."""
        return {**labels_of(self.run, self.folder), DAEMON_LABEL: daemon}

    def image_of(self, daemon: str) -> str:
        """The image of a daemon; the only one there is for one that is not known."""
        images = {**self.images, **replaced_images(self.folder)}
        return images.get(daemon) or next(iter(self.images.values()))

    def limits_of(self, daemon: str) -> Resources:
        """What a daemon may take; 0 of what is not limited."""
        return self.limits.get(daemon, NOTHING)

    def seen_by(self, daemon: str) -> dict[str, str]:
        """The host paths that the container of a daemon sees, by where it sees them."""
        return {**self.read_only, **self.datasets.get(daemon, {})}

    def key_file(self, place: str, keys: KeyPair) -> Path:
        """Write the keys of a daemon where its container sees them, and nobody else does.

        Raises:
            EngineError: it cannot be written.
        """
        file = self.keys / place
        try:
            file.unlink(missing_ok=True)
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
            descriptor = os.open(file, flags, KEY_MODE)
            with os.fdopen(descriptor, "wb") as stream:
                if self.user[0] != os.geteuid():
                    os.fchown(descriptor, *self.user)
                stream.write(packed_keys(keys))
        except OSError as error:
            raise EngineError(NAME, f"cannot keep the keys of a daemon: {error}") from error
        return file


def labels_of(run: str, folder: Path) -> dict[str, str]:
    """What everything has that is made for a run."""
    return {RUN_LABEL: run, FOLDER_LABEL: str(folder)}


def container_user() -> tuple[int, int]:
    """Who the processes in the containers are: whoever starts the run, but never root.

    >>> container_user()[0] != 0
    True
    """
    if os.geteuid() == 0:
        return NOBODY, NOBODY
    return os.geteuid(), os.getegid()


def key_folder_of(run: str) -> Path:
    """Where the keys of a run are: in memory if the system has a folder there.

    >>> key_folder_of("20261121-040600-3f9a").name
    'swarm-20261121-040600-3f9a.keys'
    """
    is_there = SHARED_MEMORY.is_dir() and os.access(SHARED_MEMORY, os.W_OK)
    return (SHARED_MEMORY if is_there else Path(tempfile.gettempdir())) / f"swarm-{run}.keys"


def remove_all(client: DockerClient, run: str) -> int:
    """Remove what Docker has of a run, and its keys; returns how many containers and networks.

    Raises:
        EngineError: something cannot be removed.
    """
    shutil.rmtree(key_folder_of(run), ignore_errors=True)
    return client.remove_run(run)


@contextmanager
def ground(
    client: DockerClient,
    run: str,
    folder: Path,
    images: Mapping[str, str],
    limits: Mapping[str, Resources],
    datasets: Mapping[str, Mapping[str, str]],
    read_only: Mapping[str, str] = MappingProxyType({}),
) -> Iterator[Ground]:
    """A ground that is removed after the block, with every container on it.

    Raises:
        EngineError: it cannot be made.
    """
    keys = key_folder_of(run)
    try:
        try:
            keys.mkdir(mode=0o700, parents=True)
        except OSError as error:
            raise EngineError(NAME, f"cannot make a folder for keys: {error}") from error
        network = f"swarm-{run}"
        host = client.make_network(network, labels_of(run, folder))
        yield Ground(
            client=client,
            run=run,
            folder=folder,
            network=network,
            host=host,
            keys=keys,
            user=container_user(),
            images=images,
            limits=limits,
            datasets=datasets,
            read_only=read_only,
        )
    finally:
        with suppress(EngineError):  # An engine that is gone leaves what `swarm prune` removes.
            remove_all(client, run)
