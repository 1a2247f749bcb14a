"""The Dockerfiles of a swarm's images: what is installed, and the swarm's own code. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from textwrap import dedent

from swarmdsl.daemon.contained_protocol import FOLDER
from swarmdsl.deploy.images.healthcheck import healthcheck
from swarmdsl.topology.codec import BUNDLES

BUILD_LABEL = "swarmdsl.build"
SWARM_LABEL = "swarmdsl.swarm"
WHEELS = "wheels"
VENV = f"{FOLDER}/venv"
STAGE = "runtime"
"""What the stage is called from which an image of a module is given its Python."""
FIRST_PROCESS = ("python3", "-m", "swarmdsl.daemon")
"""What a container of ours executes, before the words that say what it is to be."""
COMMAND = (*FIRST_PROCESS, "contained")
INSTALL = ("python3", "-m", "pip", "--python", f"{VENV}/bin/python3", "install")
_NAME_LENGTH_MAX = 60


def environment_dockerfile(base_image: str, packages: Sequence[str]) -> str:
    """The Dockerfile of an environment: what swarmdsl and the swarm's modules require.

    Its context holds all packages as wheels, so the build needs no network, and neither the index
    that they came from nor any password for it is in the image.

    >>> print(environment_dockerfile("python:3.11-slim", ["numpy>=1.26"]))
    ARG BASE_IMAGE=python:3.11-slim
    <BLANKLINE>
    FROM ${BASE_IMAGE} AS environment
    ...
    """
    make = ["python3", "-m", "venv", "--system-site-packages", "--without-pip", VENV]
    options = ["--no-index", "--no-cache-dir", f"--find-links=/{WHEELS}"]
    return dedent(
        f"""\
        ARG BASE_IMAGE={base_image}

        FROM ${{BASE_IMAGE}} AS environment
        ARG BUILD=
        LABEL {BUILD_LABEL}=${{BUILD}}
        COPY {WHEELS} /{WHEELS}
        RUN {json.dumps(make)}
        RUN {json.dumps([*INSTALL, *options, *packages])}

        FROM ${{BASE_IMAGE}}
        ARG BUILD=
        LABEL {BUILD_LABEL}=${{BUILD}}
        COPY --from=environment {VENV} {VENV}
        ENV PATH={VENV}/bin:$PATH
        """
    )


def swarm_dockerfile(swarm: str, environment_image: str, wheel: str) -> str:
    """The Dockerfile of a swarm: an environment, swarmdsl itself, and the swarm's code by SHA-256.

    >>> print(swarm_dockerfile("Words", "swarmdsl-environment:1f3c", "swarmdsl-1.0.whl"))
    FROM swarmdsl-environment:1f3c
    COPY swarmdsl-1.0.whl /swarm/
    RUN ["python3", "-m", "pip", ..., "--no-index", "--no-deps", "/swarm/swarmdsl-1.0.whl"]
    LABEL swarmdsl.swarm="Words"
    COPY bundles /swarm/bundles
    HEALTHCHECK ...
    CMD ["python3", "-m", "swarmdsl.daemon", "contained"]
    <BLANKLINE>
    """
    return (
        f"FROM {environment_image}\n"
        + installing_swarmdsl(wheel)
        + dedent(
            f"""\
            LABEL {SWARM_LABEL}={json.dumps(swarm)}
            COPY {BUNDLES} {FOLDER}/{BUNDLES}
            {healthcheck(["python3"])}
            CMD {json.dumps(COMMAND)}
            """
        )
    )


def installing_swarmdsl(wheel: str) -> str:
    """The lines that install swarmdsl itself.

    >>> print(installing_swarmdsl("swarmdsl-1.0.whl"), end="")
    COPY swarmdsl-1.0.whl /swarm/
    RUN ["python3", "-m", "pip", ..., "--no-index", "--no-deps", "/swarm/swarmdsl-1.0.whl"]
    """
    install = [*INSTALL, "--no-index", "--no-deps", f"{FOLDER}/{wheel}"]
    return f"COPY {wheel} {FOLDER}/\nRUN {json.dumps(install)}\n"


def repository_of(swarm: str) -> str:
    """What the images of a swarm are called, as Docker allows.

    >>> repository_of("Word Count_2"), repository_of("Übung")
    ('swarm-word-count-2', 'swarm-bung')
    """
    plain = re.sub(r"[^a-z0-9]+", "-", swarm.lower()).strip("-")[:_NAME_LENGTH_MAX].strip("-")
    return f"swarm-{plain or 'unnamed'}"
