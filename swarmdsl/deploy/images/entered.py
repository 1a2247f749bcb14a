"""The image of a module that is an image: its own, with what a daemon needs beside it. Pure."""

from __future__ import annotations

import json
from collections.abc import Sequence
from textwrap import dedent

import msgspec

from swarmdsl.daemon.contained_protocol import ENTRY_FILE, FOLDER, RUNTIME
from swarmdsl.daemon.transplant import EMPTY, INTERPRETER
from swarmdsl.daemon.transplant import FIRST_PROCESS as ENTERED_FIRST_PROCESS
from swarmdsl.deploy.images.dockerfile import (
    BUILD_LABEL,
    FIRST_PROCESS,
    STAGE,
    SWARM_LABEL,
    installing_swarmdsl,
)
from swarmdsl.deploy.images.healthcheck import healthcheck
from swarmdsl.topology.codec import BUNDLES

ENTRY = "entry.json"
TRANSPLANT = f"RUN {json.dumps(['python3', '-m', 'swarmdsl.daemon', 'transplant'])}\n"


def entered_dockerfile(image: str, environment: str, wheel: str, swarm: str, build: str) -> str:
    """The Dockerfile of a module's image, and what is put beside what that holds.

    Args:
        image: of the module.
        environment: the image with the packages that are put into it.
        wheel: the file with swarmdsl itself.
        swarm: the name of the swarm.
        build: by which its layers are found, those of the first stage too, which have no name.

    >>> print(entered_dockerfile("postgres:17", "swarmdsl-environment:1f", "s.whl", "Words", "2e"))
    FROM swarmdsl-environment:1f AS runtime
    ...
    FROM postgres:17
    LABEL swarmdsl.build=2e
    COPY --from=runtime / /swarm/runtime
    ...
    """
    label = f"LABEL {BUILD_LABEL}={build}\n"
    stage = f"FROM {environment} AS {STAGE}\n" + label + installing_swarmdsl(wheel) + TRANSPLANT
    return stage + f"\nFROM {image}\n" + label + entered_layers(ENTRY, swarm)


def entered_layers(entry: str, swarm: str) -> str:
    """What is put into the image of a module, from a stage in which our Python is ready for it.

    Args:
        entry: the file with the command of its entry point.
        swarm: the name of the swarm.
    """
    return dedent(
        f"""\
        COPY --from={STAGE} / {RUNTIME}
        COPY --from={STAGE} {EMPTY} /
        COPY {entry} {ENTRY_FILE}
        COPY {BUNDLES} {FOLDER}/{BUNDLES}
        ENTRYPOINT []
        {healthcheck(INTERPRETER)}
        CMD {json.dumps([*ENTERED_FIRST_PROCESS, "contained"])}
        LABEL {SWARM_LABEL}={json.dumps(swarm)}
        """
    )


def first_process(*, is_entered: bool) -> tuple[str, ...]:
    """What a container executes, before the words that say what it is to be.

    Args:
        is_entered: whether its image is that of a module.

    >>> first_process(is_entered=False)
    ('python3', '-m', 'swarmdsl.daemon')
    """
    return ENTERED_FIRST_PROCESS if is_entered else FIRST_PROCESS


def entry_text(command: Sequence[str]) -> bytes:
    """The command of an entry point, as a daemon reads it.

    >>> entry_text(["/entry.sh", "postgres"])
    b'["/entry.sh","postgres"]'
    """
    return msgspec.json.encode(command)
