"""Makes the images of a swarm, one per environment, unless an equal one is there.

An image is called by what is in it: the base image's id, the packages, swarmdsl itself and the
bundles. Nothing is called so before it is whole, and a build that fails leaves nothing behind.
"""

from __future__ import annotations

import hashlib
import io
import tarfile
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import IO, Protocol

from swarmdsl.daemon.bundle import read_bundle
from swarmdsl.deploy.images.dockerfile import (
    WHEELS,
    environment_dockerfile,
    repository_of,
    swarm_dockerfile,
)
from swarmdsl.deploy.images.entered import ENTRY, entered_dockerfile, entry_text
from swarmdsl.deploy.images.environments import Environment, environments
from swarmdsl.deploy.images.wheel import own_requirements, own_wheel
from swarmdsl.deploy.images.wheelhouse import fill_wheelhouse
from swarmdsl.errors import EngineError
from swarmdsl.topology.codec import BUNDLES
from swarmdsl.topology.model import Topology

ENVIRONMENT = "swarmdsl-environment"
DIGITS = 16  # of a SHA-256, in the tag of an image


class Builder(Protocol):
    """What knows and makes images."""

    def image_id(self, name: str) -> str | None:
        """The id of an image that is here; None if it is not."""

    def need_image(self, name: str) -> str:
        """The id of an image, which is pulled if it is not here."""

    def python_of(self, image: str) -> str:
        """The version of Python in an image: `3.11`."""

    def command_of(self, image: str) -> Sequence[str]:
        """The command of an image's own entry point; nothing if it has none."""

    def build(
        self, context: IO[bytes], tag: str, arguments: Mapping[str, str], remains: str
    ) -> None:
        """Make an image from an archive that holds a Dockerfile.

        Args:
            context: the archive.
            tag: the name of the image.
            arguments: of the build.
            remains: what layers have as `BUILD_LABEL`; those without a name are removed if it
                fails.
        """


def images_of(
    topology: Topology,
    bundles: Mapping[str, bytes],
    base_image: str,
    settings: Mapping[str, str],
    builder: Builder,
    say: Callable[[str], None],
) -> dict[str, str]:
    """The image of each daemon, by its name.

    Args:
        topology: of the swarm.
        bundles: its code and its large constants, by their SHA-256.
        base_image: what they are made from, unless a module names its own.
        settings: the environment of pip.
        builder: of images.
        say: is told what takes time.

    Raises:
        EngineError: one cannot be made: no base image, no package, no space.
    """
    wanted = environments(topology, base_image)
    made: dict[Environment, str] = {}
    for environment in wanted.values():
        if environment not in made:
            base = environment_image(environment, settings, builder, say)
            made[environment] = swarm_image(
                topology.name, bundles, base, builder, say, entered=environment.entered
            )
    return {daemon: made[environment] for daemon, environment in wanted.items()}


def dockerfiles_of(topology: Topology, base_image: str) -> list[str]:
    """What the images of a swarm are made with: of each environment two texts; nothing is made.

    Raises:
        EngineError: tasks of one daemon ask for different images.
    """
    wheel, _ = own_wheel()
    texts: list[str] = []
    for environment in dict.fromkeys(environments(topology, base_image).values()):
        texts.append(environment_dockerfile(environment.base_image, _packages(environment)))
        texts.append(
            entered_dockerfile(environment.entered, ENVIRONMENT, wheel, topology.name, ENVIRONMENT)
            if environment.entered
            else swarm_dockerfile(topology.name, ENVIRONMENT, wheel)
        )
    return texts


def bundles_of(topology: Topology, folder: Path) -> dict[str, bytes]:
    """The bundles that lie beside a topology, as far as its modules and constants name them.

    Raises:
        BundleError: one is missing or altered.
    """
    return {digest: read_bundle(folder, digest, "an image") for digest in _named(topology)}


def bundles_within(topology: Topology, bundles: Mapping[str, bytes]) -> dict[str, bytes]:
    """Of some bundles those that belong into an image, as `bundles_of` finds them on disk."""
    return {digest: bundles[digest] for digest in _named(topology)}


def _named(topology: Topology) -> dict[str, None]:
    """What modules and constants name; first globals are the controller's alone."""
    blobs = [one.blob for task in topology.tasks for one in task.inputs.values() if one.blob]
    return dict.fromkeys([*(one.bundle for one in topology.modules if one.bundle), *blobs])


def environment_name(environment: Environment, base: str) -> str:
    """What the image of an environment is called, given the id of its base image."""
    text = environment_dockerfile(environment.base_image, _packages(environment))
    return f"{ENVIRONMENT}:{_digest([base.encode(), text.encode()])}"


def swarm_image_name(swarm: str, bundles: Iterable[str], environment: str) -> str:
    """What the image of a swarm is called, given those of its bundles and its environment."""
    name, wheel = own_wheel()
    text = swarm_dockerfile(swarm, environment, name)
    digest = _digest([text.encode(), wheel, *(one.encode() for one in sorted(bundles))])
    return f"{repository_of(swarm)}:{digest}"


def entered_image_name(
    swarm: str, bundles: Iterable[str], environment: str, image: str, image_id: str
) -> str:
    """What the image of a module with that of its environment in it is called.

    Args:
        swarm: the name of the swarm.
        bundles: the names of its bundles.
        environment: the name of the image of the environment.
        image: of the module.
        image_id: the id of that, so that one that was made anew has another name.
    """
    name, wheel = own_wheel()
    text = entered_dockerfile(image, environment, name, swarm, _build_of(environment, image_id))
    parts = [text.encode(), image_id.encode(), wheel, *(one.encode() for one in sorted(bundles))]
    return f"{repository_of(swarm)}:{_digest(parts)}"


def _build_of(environment: str, image_id: str = "") -> str:
    """By which layers are found that are made on an environment, or of it and a module's image.

    Those on an environment have its label, and those of both one of their own: what is left of
    them can be removed while the environment stays.
    """
    own = environment.rpartition(":")[2]
    return _digest([own.encode(), image_id.encode()]) if image_id else own


def _packages(environment: Environment) -> list[str]:
    return [*own_requirements(), *environment.requirements]


def environment_image(
    environment: Environment,
    settings: Mapping[str, str],
    builder: Builder,
    say: Callable[[str], None],
) -> str:
    """The image in which the packages are installed that swarmdsl and an environment need.

    Raises:
        EngineError: it cannot be made: no base image, no package, no space.
    """
    base = builder.need_image(environment.base_image)
    packages = _packages(environment)
    text = environment_dockerfile(environment.base_image, packages)
    tag = environment_name(environment, base)
    if builder.image_id(tag) is not None:
        return tag
    say(f"making the image {tag} from {environment.base_image}")
    digest = tag.rpartition(":")[2]
    with tempfile.TemporaryDirectory(prefix="swarm-image-") as scratch:
        wheels = Path(scratch) / WHEELS
        fill_wheelhouse(wheels, packages, builder.python_of(base), settings)
        files = {f"{WHEELS}/{one.name}": one.read_bytes() for one in sorted(wheels.iterdir())}
        arguments = {"BASE_IMAGE": environment.base_image, "BUILD": digest}
        _build(builder, tag, text, files, arguments, digest)
    return tag


def swarm_image(
    swarm: str,
    bundles: Mapping[str, bytes],
    base: str,
    builder: Builder,
    say: Callable[[str], None],
    entered: str = "",
) -> str:
    """The image of a swarm, with swarmdsl itself and these bundles, on that of its environment.

    Args:
        swarm: the name of the swarm.
        bundles: its code and its large constants, by their SHA-256.
        base: the name of the image of its environment.
        builder: of images.
        say: is told what takes time.
        entered: the image of a module, on which it is made then, with the environment in a folder;
            "" for none.

    Raises:
        EngineError: it cannot be made; the image of the module is not here, or has no entry point.
    """
    name, wheel = own_wheel()
    files = {name: wheel, **_bundle_files(bundles)}
    image = builder.need_image(entered) if entered else ""
    build = _build_of(base, image)
    if entered:
        tag = entered_image_name(swarm, bundles, base, entered, image)
        text = entered_dockerfile(entered, base, name, swarm, build)
        files[ENTRY] = entry_text(entry_of(builder, entered))
    else:
        tag = swarm_image_name(swarm, bundles, base)
        text = swarm_dockerfile(swarm, base, name)
    if builder.image_id(tag) is None:
        say(f"making the image {tag}" + (f" from {entered}" if entered else ""))
        _build(builder, tag, text, files, {}, build)
    return tag


def entry_of(builder: Builder, image: str) -> Sequence[str]:
    """The command of the entry point of a module's image, which is pulled if it is not here.

    Raises:
        EngineError: it has none, or is neither here nor can it be pulled.
    """
    command = builder.command_of(builder.need_image(image))
    if not command:
        raise EngineError(
            "docker",
            f"the image {image!r} has neither ENTRYPOINT nor CMD, so there is nothing in it to "
            "run as a task; set one, or give the module command= as well",
        )
    return command


def _bundle_files(bundles: Mapping[str, bytes]) -> dict[str, bytes]:
    readme = {f"{BUNDLES}/README": b"By SHA-256.\n"}
    return readme | {f"{BUNDLES}/{one}": bundles[one] for one in sorted(bundles)}


def _build(
    builder: Builder,
    tag: str,
    dockerfile: str,
    files: Mapping[str, bytes],
    arguments: Mapping[str, str],
    remains: str,
) -> None:
    with tempfile.TemporaryFile() as context:
        with tarfile.open(fileobj=context, mode="w") as archive:
            for name, data in {"Dockerfile": dockerfile.encode(), **files}.items():
                member = tarfile.TarInfo(name)
                member.size, member.mode = len(data), 0o644
                archive.addfile(member, io.BytesIO(data))
        context.seek(0)
        builder.build(context, tag, arguments, remains)


def _digest(parts: Iterable[bytes]) -> str:
    """A name for several texts: of each the length counts too, so that none can pass for two."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(f"{len(part)}:".encode() + part)
    return digest.hexdigest()[:DIGITS]
