"""The Dockerfiles of a Compose project, which build with the user's index or with none. Pure."""

from __future__ import annotations

import json
from collections.abc import Sequence
from textwrap import dedent

from swarmdsl.daemon.contained_protocol import FOLDER
from swarmdsl.deploy.images.dockerfile import (
    INSTALL,
    STAGE,
    SWARM_LABEL,
    VENV,
    WHEELS,
    installing_swarmdsl,
)
from swarmdsl.deploy.images.entered import TRANSPLANT, entered_layers
from swarmdsl.deploy.images.healthcheck import healthcheck
from swarmdsl.topology.codec import BUNDLES, FILE

RUNS = "/runs"
"""Where the controller keeps its runs."""

PIP_ARGUMENTS = ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_TRUSTED_HOST", "PIP_NO_INDEX")
"""Settings of pip that are handed to the build, for the stage that no image keeps."""


def compose_dockerfile(swarm: str, base_image: str, wheel: str) -> str:
    """One text for all environments: which base image and which requirements, the build is told.

    What is got from an index comes first, so another swarm or swarmdsl has that done already.

    A wheel in `wheels/` is taken before the index is asked, so whoever puts all of them there
    builds without a network. Settings of pip, and a password in them, are in the first stage alone.

    >>> print(compose_dockerfile("Words", "python:3.11-slim", "swarmdsl-1.0.whl"))
    ARG BASE_IMAGE=python:3.11-slim
    <BLANKLINE>
    FROM ${BASE_IMAGE} AS environment
    ARG REQUIREMENTS=requirements.txt
    ARG PIP_INDEX_URL
    ...
    """
    runs = ["python3", "-c", f"import os; os.mkdir('{RUNS}'); os.chmod('{RUNS}', 0o1777)"]
    return (
        f"ARG BASE_IMAGE={base_image}\n"
        + _environment(swarm, wheel)
        + f"\nFROM ${{BASE_IMAGE}}\n{_INSTALLED}\n"
        + dedent(
            f"""\
            ENTRYPOINT []
            WORKDIR /
            RUN {json.dumps(runs)}
            LABEL {SWARM_LABEL}={json.dumps(swarm)}
            COPY {FILE} {FOLDER}/
            COPY {BUNDLES} {FOLDER}/{BUNDLES}
            {healthcheck(["python3"])}
            """
        )
    )


def compose_entered_dockerfile(swarm: str, base_image: str, wheel: str) -> str:
    """The text for all modules that are an image: which one, the build is told too.

    >>> print(compose_entered_dockerfile("Words", "python:3.11-slim", "swarmdsl-1.0.whl"))
    ARG BASE_IMAGE=python:3.11-slim
    ARG MODULE_IMAGE
    <BLANKLINE>
    FROM ${BASE_IMAGE} AS environment
    ...
    FROM ${MODULE_IMAGE}
    ARG ENTRY
    COPY --from=runtime / /swarm/runtime
    ...
    """
    return (
        f"ARG BASE_IMAGE={base_image}\nARG MODULE_IMAGE\n"
        + _environment(swarm, wheel)
        + f"\nFROM ${{BASE_IMAGE}} AS {STAGE}\n{_INSTALLED}\n"
        + TRANSPLANT
        + "\nFROM ${MODULE_IMAGE}\nARG ENTRY\n"
        + entered_layers("${ENTRY}", swarm)
    )


_INSTALLED = f"COPY --from=environment {VENV} {VENV}\nENV PATH={VENV}/bin:$PATH"


def _environment(swarm: str, wheel: str) -> str:
    """The stage in which everything is installed, and that no image keeps."""
    make = ["python3", "-m", "venv", "--system-site-packages", "--without-pip", VENV]
    options = ["--no-cache-dir", f"--find-links=/{WHEELS}", "--requirement=/requirements.txt"]
    settings = "".join(f"ARG {name}\n" for name in PIP_ARGUMENTS)
    return (
        "\nFROM ${BASE_IMAGE} AS environment\nARG REQUIREMENTS=requirements.txt\n"
        + settings
        + f"COPY {WHEELS} /{WHEELS}\n"
        + "COPY ${REQUIREMENTS} /requirements.txt\n"
        + f"RUN {json.dumps(make)}\n"
        + f"RUN {json.dumps([*INSTALL, *options])}\n"
        + installing_swarmdsl(wheel)
        + f"LABEL {SWARM_LABEL}={json.dumps(swarm)}\n"
    )


def requirements_text(packages: Sequence[str], daemons: Sequence[str]) -> str:
    """What one environment installs beside swarmdsl itself.

    Args:
        packages: as pip takes them.
        daemons: whose environment it is.

    >>> print(requirements_text(["msgspec>=0.19", "numpy>=1.26"], ["worker@node1#0"]), end="")
    # For worker@node1#0.
    msgspec>=0.19
    numpy>=1.26
    """
    shown = ", ".join(daemons[:_SHOWN_MAX])
    more = f" and {len(daemons) - _SHOWN_MAX} more" if len(daemons) > _SHOWN_MAX else ""
    return "".join(f"{line}\n" for line in [f"# For {shown}{more}.", *packages])


_SHOWN_MAX = 8
