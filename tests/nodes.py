"""The nodes of the tests: a Docker Swarm of three, which `.ci/nodes.sh` makes on this machine.

They are made if `SWARM_ENGINES` names `docker-swarm`; else they are used if they are there.
"""

from __future__ import annotations

import fcntl
import os
import re
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from swarmdsl import Node, Run, Swarm
from swarmdsl.control.happenings import Happening

SCRIPT = Path(__file__).resolve().parent.parent / ".ci/nodes.sh"
LOCK = Path(tempfile.gettempdir()) / "swarmdsl-tests-nodes.lock"
NEEDED = "docker-swarm" in os.environ.get("SWARM_ENGINES", "").split(",")
VERB_S = 120.0


class Nodes:
    """Three nodes that form a Docker Swarm: node1, which manages it, node2 and node3.

    Args:
        variables: what a command is to have in its environment to use them: `DOCKER_HOST`,
            `SWARM_REGISTRY`, `SWARM_BASE_IMAGE`.
    """

    def __init__(self, variables: Mapping[str, str]) -> None:
        self.variables = dict(variables)

    @property
    def docker_host(self) -> str:
        """Of the manager."""
        return self.variables["DOCKER_HOST"]

    @property
    def registry(self) -> str:
        """What the nodes can pull from."""
        return self.variables["SWARM_REGISTRY"]

    @property
    def base_image(self) -> str:
        """An image that the manager has."""
        return self.variables["SWARM_BASE_IMAGE"]

    @property
    def bridge(self) -> str:
        """The interface of this machine that is the wire between the nodes."""
        return "swarmnodes"

    def docker_host_of(self, number: int) -> str:
        """Of the engine of one node."""
        return told_by("host", str(number)).strip()

    def kill(self, number: int) -> None:
        """Pull the plug: the engine of a node and all its containers are gone at once."""
        told_by("kill", str(number))

    def restart(self, number: int) -> None:
        """Start a node again; returns as soon as the swarm has it."""
        told_by("restart", str(number))

    def isolate(self, number: int) -> None:
        """Pull the cable: a node lives on, and neither hears nor says anything."""
        told_by("isolate", str(number))

    def rejoin(self, number: int) -> None:
        """Plug the cable in again."""
        told_by("rejoin", str(number))

    def join(self, number: int) -> None:
        """Have one node more; returns as soon as the swarm has it."""
        told_by("join", str(number))

    def build(self, tag: str, dockerfile: str) -> None:
        """Have the manager make an image from nothing but a text."""
        command = ["docker", "build", "-q", "-t", tag, "-"]
        said(command, {**os.environ, **self.variables}, dockerfile)

    def docker(self, *words: str) -> str:
        """What the command `docker` says at the manager."""
        return said(["docker", *words], {**os.environ, **self.variables})


@contextmanager
def three_nodes() -> Iterator[Nodes]:
    """The nodes, all of them ready, for as long as the block lasts; one test at a time has them.

    Without them a test is skipped, or fails if they must be.
    """
    with LOCK.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not NEEDED and not are_there():
            pytest.skip("needs a Docker Swarm of three nodes: .ci/nodes.sh up")
        yield Nodes(variables_in(told_by("up")))


def folder_for_all(folder: Path) -> Path:
    """Make a folder that anybody may read: the user of a container is somebody else.

    Args:
        folder: in the folder of a test.
    """
    folder.mkdir()
    for one in (folder, folder.parent, folder.parent.parent, folder.parent.parent.parent):
        one.chmod(0o755)
    return folder


def run_on_nodes(
    nodes: Nodes,
    swarm: Swarm,
    home: Path,
    on: int | list[Node],
    *observers: Callable[[Happening], None],
    transport: str = "unix",
) -> Run:
    """A run of a swarm whose daemons are on these nodes, to its end."""
    return swarm.run(
        nodes=on,
        engine="docker-swarm",
        base_image=nodes.base_image,
        registry=nodes.registry,
        transport=transport,
        environment={**os.environ, **nodes.variables},
        home=home,
        observers=observers,
    )


def are_there() -> bool:
    return subprocess.run([SCRIPT, "env"], capture_output=True, check=False).returncode == 0


def variables_in(text: str) -> dict[str, str]:
    return dict(re.findall(r"^export (\w+)=(.*)$", text, re.MULTILINE))


def told_by(*words: str) -> str:
    """What the script says."""
    return said([str(SCRIPT), *words], os.environ)


def said(command: list[str], environment: Mapping[str, str], told: str = "") -> str:
    ended = subprocess.run(
        command,
        input=told,
        capture_output=True,
        text=True,
        check=False,
        timeout=VERB_S,
        env=environment,
    )
    assert ended.returncode == 0, f"{' '.join(command)}: {ended.stderr}"
    return ended.stdout
