"""What `swarm up` has deployed, a file each under `<home>/deployments/`, until `swarm down`.

A run tells how it goes; this tells what it was begun from and what was made for it, from before the
first image is made, so that whoever comes later finds all of it.
"""

from __future__ import annotations

import fcntl
import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from swarmdsl.errors import DeploymentBusy, DeploymentUnreadable, RunUnkept

FOLDER = "deployments"
LOCK = "lock"
DIGITS = 8  # of a SHA-256, in the name of a file
NAME_LENGTH_MAX = 60


class Deployment(msgspec.Struct, frozen=True, kw_only=True):
    """One deployed swarm.

    Attributes:
        source: what it was compiled from: an absolute path, or a module and where it was found.
        swarm: its name.
        of_class: the class that was named; "" if the source has only one.
        run: the run that was begun last; "" before the first.
        engine: of that run.
        package: the digest of the swarmdsl that its processes run.
        topology: as JSON; what its images were made for. Its nodes have the weights that the run
            began with.
        images: of its daemons, by their names.
        needs: all images that it stands on.
        made: those of them, and of the ones before, that were not here before; each before what it
            is made from.
        orders: of the nodes of tasks, which the run was told after it had begun.
        weights: of nodes, by which it was told that.
    """

    source: str
    swarm: str
    of_class: str = ""
    run: str = ""
    engine: str = ""
    package: str = ""
    topology: str = ""
    images: dict[str, str] = {}
    needs: list[str] = []
    made: list[str] = []
    orders: dict[str, list[str]] = {}
    weights: dict[str, float] = {}

    @property
    def name(self) -> str:
        """Of its file: readable, and another for another source.

        >>> Deployment(source="/home/me/words.py", swarm="Word Count").name  # doctest: +ELLIPSIS
        'word-count-...'
        """
        plain = re.sub(r"[^a-z0-9]+", "-", self.swarm.lower()).strip("-")[:NAME_LENGTH_MAX]
        both = f"{len(self.source)}:{self.source}{self.swarm}".encode()
        return f"{plain or 'swarm'}-{hashlib.sha256(both).hexdigest()[:DIGITS]}"


class Deployments:
    """All of them that are kept under a home.

    Args:
        home: where runs are kept.
    """

    def __init__(self, home: Path) -> None:
        self._home = home
        self._folder = home / FOLDER

    @contextmanager
    def held(self) -> Iterator[None]:
        """Inside, nobody else deploys under this home.

        Raises:
            DeploymentBusy: somebody does.
            RunUnkept: nothing can be kept there.
        """
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            file = (self._folder / LOCK).open("a")
        except OSError as error:
            raise RunUnkept(str(self._home), error.strerror or str(error)) from error
        with file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise DeploymentBusy(str(self._home)) from error
            yield

    def all(self) -> list[Deployment]:
        """Every one, by the name of its file.

        Raises:
            DeploymentUnreadable: a file is not what was written.
        """
        return [self._read(file) for file in sorted(self._folder.glob("*.json"))]

    def of(self, source: str, swarm: str, of_class: str = "") -> Deployment:
        """The one of a swarm; an empty one if it was never deployed, or was taken down.

        Raises:
            DeploymentUnreadable: its file is not what was written.
        """
        new = Deployment(source=source, swarm=swarm, of_class=of_class)
        file = self._file(new)
        return self._read(file) if file.exists() else new

    def keep(self, deployment: Deployment) -> None:
        """Write one in the place of what was known of it.

        Raises:
            RunUnkept: it cannot be written.
        """
        file = self._file(deployment)
        part = file.with_suffix(".part")
        try:
            part.write_bytes(msgspec.json.format(msgspec.json.encode(deployment)))
            part.rename(file)
        except OSError as error:
            raise RunUnkept(str(self._home), error.strerror or str(error)) from error

    def forget(self, deployment: Deployment) -> None:
        """It was taken down."""
        self._file(deployment).unlink(missing_ok=True)

    def _file(self, deployment: Deployment) -> Path:
        return self._folder / f"{deployment.name}.json"

    @staticmethod
    def _read(file: Path) -> Deployment:
        try:
            return msgspec.json.decode(file.read_bytes(), type=Deployment)
        except (OSError, msgspec.MsgspecError) as error:
            raise DeploymentUnreadable(str(file), str(error)) from error
