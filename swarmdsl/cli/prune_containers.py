"""What `swarm prune` does about Docker: what dead controllers have left, and images."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from swarmdsl.cli.command import Command
from swarmdsl.control.claim import is_claimed
from swarmdsl.deploy.engines.docker_client import RUN_LABEL, DockerClient, DockerGone
from swarmdsl.deploy.engines.docker_ground import remove_all
from swarmdsl.deploy.engines.docker_images import DockerImages
from swarmdsl.deploy.engines.docker_swarm_client import SwarmClient, cluster_of
from swarmdsl.errors import ExtraMissing


def prune_containers(command: Command) -> None:
    """Remove what dead controllers have left, and with `--images` all images of swarms.

    Nothing happens where there is no Docker, unless images are asked for.

    Raises:
        EngineError: something cannot be removed; or there is no Docker, and images are asked for.
        ExtraMissing: likewise, and docker-py is not installed.
    """
    try:
        client = DockerClient(command.environment)
    except (DockerGone, ExtraMissing):
        if command.arguments.images:
            raise
        return
    with closing(client):
        cluster = cluster_of(client)
        found = client.folders() | ({} if cluster is None else cluster.folders())
        for run, folder in sorted(found.items()):
            if not is_here(folder):
                command.streams.say(
                    f"run {run} is not looked after on this machine, which has no folder {folder}; "
                    f"what it has in Docker stays: docker ps --filter label={RUN_LABEL}={run}"
                )
            elif not is_claimed(Path(folder)):
                _prune_run(command, client, cluster, run)
        if command.arguments.images:
            _prune_images(command, DockerImages(client))


def is_here(folder: str) -> bool:
    """Whether a run is of this machine: others that speak to the same Docker have its folder.

    Where it may not be looked at, somebody else's run is left to them by its claim.
    """
    try:
        return folder != "" and Path(folder).is_dir()
    except PermissionError:
        return True


def _prune_run(
    command: Command, client: DockerClient, cluster: SwarmClient | None, run: str
) -> None:
    if command.arguments.dry_run:
        command.streams.say(f"containers, services and networks of run {run} would be removed")
        return
    count = 0 if cluster is None else cluster.remove_run(run)
    count += remove_all(client, run)
    command.streams.say(f"removed {count} containers, services and networks of run {run}")


def _prune_images(command: Command, images: DockerImages) -> None:
    names = images.made()
    if command.arguments.dry_run:
        removed = names
    else:
        removed = [name for name in names if images.remove(name)]
        images.remove_remains()
    verb = "would be removed" if command.arguments.dry_run else "removed"
    for name in removed:
        command.streams.say(f"image {name} {verb}")
