"""The Dockerfile of a Compose project, which builds with the user's index or with none. Pure."""

from __future__ import annotations

import json
from collections.abc import Sequence
from textwrap import dedent

from swarmdsl.daemon.contained_protocol import FOLDER
from swarmdsl.deploy.images.dockerfile import INSTALL, SWARM_LABEL, VENV, WHEELS
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
    make = ["python3", "-m", "venv", "--system-site-packages", "--without-pip", VENV]
    options = ["--no-cache-dir", f"--find-links=/{WHEELS}", "--requirement=/requirements.txt"]
    runs = ["python3", "-c", f"import os; os.mkdir('{RUNS}'); os.chmod('{RUNS}', 0o1777)"]
    head = f"ARG BASE_IMAGE={base_image}\n\nFROM ${{BASE_IMAGE}} AS environment\n"
    settings = "".join(f"ARG {name}\n" for name in PIP_ARGUMENTS)
    return (
        head
        + "ARG REQUIREMENTS=requirements.txt\n"
        + settings
        + dedent(
            f"""\
            COPY {WHEELS} /{WHEELS}
            COPY ${{REQUIREMENTS}} /requirements.txt
            RUN {json.dumps(make)}
            RUN {json.dumps([*INSTALL, *options])}
            COPY {wheel} {FOLDER}/
            RUN {json.dumps([*INSTALL, "--no-index", "--no-deps", f"{FOLDER}/{wheel}"])}
            LABEL {SWARM_LABEL}={json.dumps(swarm)}

            FROM ${{BASE_IMAGE}}
            COPY --from=environment {VENV} {VENV}
            ENV PATH={VENV}/bin:$PATH
            WORKDIR /
            RUN {json.dumps(runs)}
            LABEL {SWARM_LABEL}={json.dumps(swarm)}
            COPY {FILE} {FOLDER}/
            COPY {BUNDLES} {FOLDER}/{BUNDLES}
            {healthcheck(["python3"])}
            """
        )
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
