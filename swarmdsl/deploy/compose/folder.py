"""All files of a Compose project: the compiled topology, and what makes containers of it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from swarmdsl.deploy.compose.dockerfile import (
    compose_dockerfile,
    compose_entered_dockerfile,
    requirements_text,
)
from swarmdsl.deploy.compose.document import (
    CONTROLLER,
    ENTERED_DOCKERFILE,
    Image,
    compose_document,
)
from swarmdsl.deploy.compose.plain_yaml import yaml_of
from swarmdsl.deploy.images.building import DIGITS
from swarmdsl.deploy.images.dockerfile import WHEELS, repository_of
from swarmdsl.deploy.images.entered import entry_text
from swarmdsl.deploy.images.environments import (
    Environment,
    datasets_of,
    environments,
    limits_of,
)
from swarmdsl.deploy.images.wheel import own_requirements, own_wheel
from swarmdsl.deploy.kinds import require_kinds
from swarmdsl.deploy.listening import require_no_ports
from swarmdsl.deploy.networks import Joining, joining_of
from swarmdsl.errors import EngineError
from swarmdsl.topology.codec import BUNDLES, FILE, to_text
from swarmdsl.topology.model import Topology

DOCUMENT = "compose.yaml"
DOCKERFILE = "Dockerfile"
IGNORED = ".dockerignore"
ENTRIES = "entries"
EMPTY = f"{BUNDLES}/README"  # Docker copies no folder that is not there
ENGINE = "compose"
HEAD = """\
# Written by `swarm compile --engine compose`: a change is lost when that is done again.
#
#   docker-compose up --exit-code-from controller        runs it, and shows the value
#   docker-compose run --rm controller --format json     has the value on stdout
#   docker-compose down --volumes                        removes all but the images
#
# Variables: SWARM_BASE_IMAGE, PIP_INDEX_URL and the like for the build; SWARM_RUNS, a folder for
# the runs instead of a volume, and SWARM_SECRETS, one with a file for each secret (./secrets); with
# SWARM_UID and SWARM_GID, who may use them; SWARM_FORMAT.

"""


def compose_files(
    topology: Topology,
    bundles: Mapping[str, bytes],
    base_image: str,
    commands: Mapping[str, Sequence[str]] = MappingProxyType({}),
) -> dict[str, bytes]:
    """The files, by their paths in the folder; the same arguments give the same bytes.

    Args:
        topology: what is to run.
        bundles: its code and its large constants, by their SHA-256.
        base_image: what images are made from, unless a module names its own.
        commands: of the entry point of each image that is a module, by the name of the image.

    Raises:
        EngineError: Compose cannot run this topology, or tasks of one daemon ask for different
            images.
        KindNotStarted: a task is of a kind that no daemon of ours runs.
        PortsNotOpened: a daemon has a port.
    """
    require_kinds(topology, ENGINE)
    require_no_ports(topology, ENGINE)
    joining = joining_of(topology, ENGINE)
    _require_none_on_host(joining)
    wanted = environments(topology, base_image)
    assert {*images_alone(topology, base_image)} == {*commands}, "one for each, and for no other"
    files = _sources(topology, bundles, base_image)
    if commands:
        files |= _entered_sources(topology.name, base_image, commands)
    images = _images(topology.name, _alike(wanted, base_image), base_image, files)
    document = compose_document(
        topology,
        {daemon: images[environment] for daemon, environment in wanted.items()},
        limits_of(topology),
        datasets_of(topology),
        joining,
        controller=next(one for one in images.values() if not one.entered),
    )
    files[DOCUMENT] = (HEAD + yaml_of(document)).encode()
    return dict(sorted(files.items()))


def images_alone(topology: Topology, base_image: str) -> list[str]:
    """The images that are modules of a topology: those whose commands `compose_files` must know.

    Raises:
        EngineError: tasks of one daemon ask for different images.
    """
    wanted = environments(topology, base_image)
    return sorted({one.entered for one in wanted.values() if one.entered})


def _sources(topology: Topology, bundles: Mapping[str, bytes], base_image: str) -> dict[str, bytes]:
    """All that images are made from but the names of packages."""
    wheel, wheel_data = own_wheel()  # by its path, so that no index can offer another
    texts = {
        DOCKERFILE: compose_dockerfile(topology.name, base_image, wheel),
        FILE: to_text(topology, "toml"),
        IGNORED: "".join(f"{line}\n" for line in _ignored()),
        EMPTY: "By SHA-256.\n",
        f"{WHEELS}/README": "A wheel that lies here is taken before the index is asked.\n",
    }
    files = {path: text.encode() for path, text in texts.items()}
    files[wheel] = wheel_data
    return files | {f"{BUNDLES}/{name}": data for name, data in bundles.items()}


def _entered_sources(
    swarm: str, base_image: str, commands: Mapping[str, Sequence[str]]
) -> dict[str, bytes]:
    """What images of modules are made from beside that."""
    wheel, _ = own_wheel()
    entries = {_entry_file(image): entry_text(command) for image, command in commands.items()}
    text = compose_entered_dockerfile(swarm, base_image, wheel)
    return {ENTERED_DOCKERFILE: text.encode(), **entries}


def _entry_file(image: str) -> str:
    """The file with the command of an image's entry point; its name is of signs that all take.

    >>> _entry_file("registry.example.org/shout:1")
    'entries/registry.example.org-shout-1-26b8976f.json'
    """
    plain = re.sub(r"[^A-Za-z0-9._]+", "-", image)
    return f"{ENTRIES}/{plain}-{hashlib.sha256(image.encode()).hexdigest()[:8]}.json"


def _images(
    swarm: str,
    alike: Mapping[Environment, Sequence[str]],
    base_image: str,
    files: dict[str, bytes],
) -> dict[Environment, Image]:
    """The image of each environment; the files that name their packages are put to the others."""
    images: dict[Environment, Image] = {}
    for number, (environment, daemons) in enumerate(alike.items(), start=1):
        name = f"requirements{'' if number == 1 else f'-{number}'}.txt"
        packages = [*own_requirements(), *environment.requirements]
        files[name] = requirements_text(packages, daemons).encode()
        images[environment] = Image(
            name=f"{repository_of(swarm)}:{_digest(environment, files)}",
            base_image=environment.base_image,
            is_fixed=environment.base_image != base_image,
            requirements=name,
            entered=environment.entered,
            entry=_entry_file(environment.entered) if environment.entered else "",
        )
    return images


def _require_none_on_host(joining: Joining) -> None:
    if joining.on_host:
        raise EngineError(
            ENGINE,
            "it has no daemon in the network of its machine (Driver.HOST), and "
            f"{', '.join(sorted(joining.on_host))} would have to be: declare Driver.BRIDGE, or "
            "run it with --engine docker",
        )


def _alike(wanted: Mapping[str, Environment], base_image: str) -> dict[Environment, list[str]]:
    """The daemons of each environment, those of the first one beside the controller."""
    found: dict[Environment, list[str]] = {}
    for daemon, environment in wanted.items():
        found.setdefault(environment, []).append(daemon)
    if all(environment.entered for environment in found):
        return {Environment(base_image=base_image): [CONTROLLER], **found}
    return found


def _digest(environment: Environment, files: Mapping[str, bytes]) -> str:
    """A name for all that an image is made from: what changes has another name, and is made."""
    digest = hashlib.sha256(f"{environment.base_image}{environment.entered}".encode())
    for path, data in sorted(files.items()):
        digest.update(f"{path}:{len(data)}:".encode() + data)
    return digest.hexdigest()[:DIGITS]


def _ignored() -> list[str]:
    """What is no part of an image: all but this."""
    kept = (f"{DOCKERFILE}*", "requirements*.txt", "*.whl", WHEELS, FILE, BUNDLES, ENTRIES)
    return ["*", *(f"!{one}" for one in kept)]
