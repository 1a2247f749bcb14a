"""Compose and what the tests of it need: `docker-compose`, wheels for a build without a network."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from swarmdsl.deploy.engines.docker_client import DockerClient
from swarmdsl.deploy.images.wheel import own_requirements
from swarmdsl.deploy.images.wheelhouse import fill_wheelhouse
from tests.docker_case import BASE_IMAGE, building, docker_client

NEEDED = "compose" in os.environ.get("SWARM_ENGINES", "").split(",")
COMMAND = "docker-compose"
WHEELS = Path(tempfile.gettempdir()) / f"swarmdsl-tests-wheels-{os.getuid()}"
COMMAND_MAX_S = 400.0  # packages are unpacked on a machine that may be busy


def compose_client() -> DockerClient:
    """A client; without Compose a test is skipped, or fails if SWARM_ENGINES names it."""
    if shutil.which(COMMAND) is None:
        problem = f"{COMMAND} is not installed"
        if NEEDED:
            pytest.fail(f"SWARM_ENGINES asks for compose: {problem}")
        pytest.skip(f"needs compose: {problem}")
    return docker_client()


@dataclass
class Project:
    """A folder that `swarm compile` has written, and what Compose makes of it.

    Attributes:
        folder: that is compiled.
        name: of the project: of its containers, volumes and network.
        variables: of the compose file.
    """

    folder: Path
    name: str
    variables: Mapping[str, str] = field(default_factory=dict)

    def begin(self, *words: str) -> subprocess.Popen[str]:
        """A command of Compose that goes on beside the test."""
        return subprocess.Popen(
            [COMMAND, "--project-name", self.name, "--no-ansi", *words],
            cwd=self.folder,
            env={
                **os.environ,
                "SWARM_BASE_IMAGE": BASE_IMAGE,
                "PIP_NO_INDEX": "1",
                **self.variables,
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            text=True,
        )

    def do(self, *words: str) -> subprocess.CompletedProcess[str]:
        """A command of Compose to its end."""
        process = self.begin(*words)
        out, err = process.communicate(timeout=COMMAND_MAX_S)
        return subprocess.CompletedProcess(words, process.returncode, out, err)

    def build(self) -> None:
        """Make its image, from wheels that are got once."""
        with building():
            if not WHEELS.exists():
                new = Path(f"{WHEELS}-new")
                shutil.rmtree(new, ignore_errors=True)
                new.mkdir()
                fill_wheelhouse(new, own_requirements(), "3.11", os.environ)
                new.replace(WHEELS)
            shutil.copytree(WHEELS, self.folder / "wheels", dirs_exist_ok=True)
            made = self.do("build", "controller")  # whose image all have
            assert made.returncode == 0, made.stdout + made.stderr

    def json_of(self, *words: str) -> Any:
        """What a command of the controller's container writes as JSON, without its daemons."""
        said = self.do("run", "--rm", "-T", "--no-deps", "--entrypoint", "swarm", *words)
        assert said.returncode == 0, said.stderr
        return json.loads(said.stdout)

    def container(self, service: str) -> str:
        """The id of the container of a service."""
        return self.do("ps", "--quiet", service).stdout.strip()
