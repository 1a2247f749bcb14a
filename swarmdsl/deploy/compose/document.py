"""The compose file of a topology: a controller, and a service for each daemon. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from types import MappingProxyType

from swarmdsl.daemon.composed import KEYS
from swarmdsl.daemon.contained_protocol import FOLDER, SCRATCH
from swarmdsl.daemon.thread_counts import with_thread_counts
from swarmdsl.deploy.compose.dockerfile import PIP_ARGUMENTS, RUNS
from swarmdsl.deploy.compose.plain_yaml import MERGED, Anchored, Plain, Same
from swarmdsl.deploy.images.entered import first_process
from swarmdsl.deploy.networks import Joining
from swarmdsl.topology.expand import expand_daemons
from swarmdsl.topology.model import Topology
from swarmdsl.topology.resources import NOTHING, Resources
from swarmdsl.topology.secret_names import readers_of_secrets

CONTROLLER = "controller"
ENTERED_DOCKERFILE = "Dockerfile.entered"
DEFAULT = "default"  # as Compose calls the network that all services are in
USER = "${SWARM_UID:-65534}:${SWARM_GID:-65534}"  # nobody, unless the user's own files are bound
DAEMON_LABEL = "swarmdsl.daemon"
PROCESSES_MAX = 4_096  # and threads, of one container
KEYS_BYTES_MAX = "64k"
STOP_GRACE = "20s"  # for a daemon to end, and its container after it
END_GRACE = "1m"  # for a controller: its daemons first


_SHUT_IN: Mapping[str, Plain] = MappingProxyType(
    {
        "user": USER,
        "read_only": True,
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges:true"],
        "pids_limit": PROCESSES_MAX,
    }
)
"""What every container may do, and what none."""

_EVERY_DAEMON: Mapping[str, Plain] = MappingProxyType(
    {
        MERGED: Same("container"),
        "environment": {"HOME": SCRATCH, **with_thread_counts({})},
        "stop_grace_period": STOP_GRACE,
        "restart": "on-failure",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """What containers of one environment are made from.

    Attributes:
        name: with a tag that names all that is in it.
        base_image: the default, unless a module names its own; then there is no other.
        is_fixed: whether a module does.
        requirements: the file of the folder that names its packages.
        entered: the image of a module that it is made from beside that; "" for none.
        entry: the file of the folder with the command of the entry point of that one.
    """

    name: str
    base_image: str
    is_fixed: bool
    requirements: str
    entered: str = ""
    entry: str = ""


def compose_document(
    topology: Topology,
    images: Mapping[str, Image],
    limits: Mapping[str, Resources],
    datasets: Mapping[str, Mapping[str, str]],
    joining: Joining,
    controller: Image,
) -> dict[str, Plain]:
    """The values of `compose.yaml`, in the order in which they are written.

    Args:
        topology: what is to run.
        images: of each daemon, by its name.
        limits: what each daemon may take, by its name.
        datasets: the paths that each daemon sees, by its name.
        joining: the networks of the swarm, and who is in them beside that of the project.
        controller: the image of the controller, which is that of no module.
    """
    names = names_for((daemon.name for daemon in expand_daemons(topology)), CONTROLLER)
    networks = names_for(joining.networks, DEFAULT)
    different = dict.fromkeys([controller, *images.values()])
    numbered = {one: number for number, one in enumerate(different, start=1)}
    anchors = {
        one: f"image{'' if number == 1 else f'-{number}'}" for one, number in numbered.items()
    }
    daemons: dict[str, Plain] = {
        service: _daemon(
            daemon,
            anchors[images[daemon]],
            [*first_process(is_entered=bool(images[daemon].entered)), "composed", literal(daemon)],
            limits.get(daemon, NOTHING),
            datasets.get(daemon, {}),
            [networks[one] for one in joining.joined.get(daemon, ())],
        )
        for daemon, service in names.items()
    }
    made: dict[str, Plain] = {
        networks[name]: {"driver": one.driver} for name, one in joining.networks.items()
    }
    secrets = sorted(readers_of_secrets(topology))
    given: dict[str, Plain] = {
        name: {"file": f"${{SWARM_SECRETS:-./secrets}}/{name}"} for name in secrets
    }
    return {
        **{f"x-{anchor}": Anchored(anchor, _image(one)) for one, anchor in anchors.items()},
        "x-container": Anchored("container", _SHUT_IN),
        "x-daemon": Anchored("daemon", _EVERY_DAEMON),
        "services": {CONTROLLER: _controller([*daemons], secrets), **daemons},
        **({"secrets": given} if given else {}),
        **({"networks": made} if made else {}),
        "volumes": {
            "runs": {},
            "keys": {
                "driver_opts": {
                    "type": "tmpfs",
                    "device": "tmpfs",
                    "o": f"mode=0700,size={KEYS_BYTES_MAX},nosuid,nodev,noexec,"
                    "uid=${SWARM_UID:-65534},gid=${SWARM_GID:-65534}",
                }
            },
        },
    }


def names_for(ours: Iterable[str], taken_already: str) -> dict[str, str]:
    """What Compose calls what has these names: of signs that it allows, and each once.

    >>> names_for(["worker@node1#0", "worker@node1-0", "controller"], "controller")
    {'worker@node1#0': 'worker-node1-0', 'worker@node1-0': 'worker-node1-0-2', \
'controller': 'controller-2'}
    """
    found: dict[str, str] = {}
    taken = {taken_already}
    for own in ours:
        plain = re.sub(r"[^A-Za-z0-9._]+", "-", own).strip("-._") or "unnamed"
        name, number = plain, 1
        while name in taken:
            number += 1
            name = f"{plain}-{number}"
        taken.add(name)
        found[own] = name
    return found


def _controller(daemons: list[str], secrets: list[str]) -> dict[str, Plain]:
    """It hands the secrets to the daemons whose tasks declare them; nobody else sees them."""
    given = [f"--secret={name}=file:/run/secrets/{name}" for name in secrets]
    own: dict[str, Plain] = {"secrets": list[Plain](secrets)} if secrets else {}
    return {
        MERGED: [Same("image"), Same("container")],
        "entrypoint": ["swarm", "run", FOLDER, "--engine", "compose", *given],
        "environment": {"HOME": SCRATCH, "SWARM_HOME": RUNS, "SWARM_FORMAT": "${SWARM_FORMAT:-}"},
        "stop_grace_period": END_GRACE,
        "volumes": [SCRATCH, f"keys:{KEYS}", f"${{SWARM_RUNS:-runs}}:{RUNS}"],
        **own,
        "depends_on": daemons,
    }


def _daemon(
    daemon: str,
    image: str,
    command: list[Plain],
    limits: Resources,
    datasets: Mapping[str, str],
    networks: list[str],
) -> dict[str, Plain]:
    made: dict[str, Plain] = {
        MERGED: [Same(image), Same("daemon")],
        "command": command,
        "labels": {DAEMON_LABEL: literal(daemon)},
        "volumes": [SCRATCH, f"keys:{KEYS}:ro", *_bound(datasets)],
    }
    if networks:
        made["networks"] = [DEFAULT, *networks]
    if limits.memory:
        made["mem_limit"] = limits.memory
    if limits.cpu:
        made["cpus"] = limits.cpu
    if limits.gpu:
        device: Plain = {"driver": "nvidia", "count": limits.gpu, "capabilities": ["gpu"]}
        made["deploy"] = {"resources": {"reservations": {"devices": [device]}}}
    return made


def _bound(datasets: Mapping[str, str]) -> list[Plain]:
    """What a daemon reads; a relative path is beside the compose file, and below `/` in there."""
    paths = ((PurePosixPath("/") / there, here) for there, here in datasets.items())
    return [
        {
            "type": "bind",
            "source": literal(here if here.startswith("/") else f"./{here}"),
            "target": literal(str(there)),
            "read_only": True,
        }
        for there, here in paths
    ]


def _image(image: Image) -> dict[str, Plain]:
    """Each service says how its image is made, so whichever is first has it made."""
    base = literal(image.base_image)
    arguments: dict[str, Plain] = {
        "BASE_IMAGE": base if image.is_fixed else f"${{SWARM_BASE_IMAGE:-{base}}}",
        "REQUIREMENTS": image.requirements,
        **{name: f"${{{name}:-}}" for name in PIP_ARGUMENTS},
    }
    build: dict[str, Plain] = {"context": ".", "args": arguments}
    if image.entered:
        arguments |= {"MODULE_IMAGE": literal(image.entered), "ENTRY": image.entry}
        build["dockerfile"] = ENTERED_DOCKERFILE
    return {"image": image.name, "build": build}


def literal(text: str) -> str:
    """A text as Compose reads it back: it takes a `$` for the beginning of a variable.

    >>> literal("cost$of")
    'cost$$of'
    """
    return text.replace("$", "$$")
