"""Modules that are an image: their own entry point is run, with their environment."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from swarmdsl import Run, Swarm
from swarmdsl.compiler import load_target
from swarmdsl.control.state import RunState
from swarmdsl.daemon.arguments import log_file
from swarmdsl.deploy.engines.docker_client import RUN_LABEL, DockerClient
from swarmdsl.errors import EngineError, KindNotStarted
from tests.docker_case import BASE_IMAGE, docker_client, plain_image
from tests.e2e.entered_swarm import IMAGE
from tests.shell_image import shell_image, shout_image

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.timeout(240),
    pytest.mark.skipif(sys.platform != "linux", reason="daemons need Linux"),
]

SWARMS = Path(__file__).with_name("entered_swarm.py")


@pytest.fixture(scope="module")
def client() -> Iterator[DockerClient]:
    made = docker_client()
    plain_image(made)
    shout_image(made, IMAGE)
    yield made
    made.close()


def swarm_of(name: str) -> Swarm:
    found = load_target(f"{SWARMS}:{name}")
    assert isinstance(found, Swarm)
    return found


def run_of(name: str, home: Path) -> Run:
    return swarm_of(name).run(engine="docker", base_image=BASE_IMAGE, home=home)


@pytest.mark.usefixtures("client")
def test_an_entry_point_reads_what_is_pushed_and_pushes_what_it_writes(tmp_path: Path) -> None:
    run = run_of("Shouts", tmp_path)
    assert run.state is RunState.COMPLETED, run.reason
    assert run.value == ["hello, from-the-image in /work", "PEAR", "FIG"]
    assert "at work as shout@node1#0" in log_file(run.folder, "worker@node1#0").read_text("utf-8")


@pytest.mark.usefixtures("client")
def test_an_entry_point_that_ends_with_an_error_fails_its_task(tmp_path: Path) -> None:
    run = run_of("Refuses", tmp_path)
    assert run.state is RunState.FAILED
    assert run.reason is not None
    assert "/script.sh" in run.reason.text
    assert "7" in run.reason.text


def test_an_image_with_nothing_to_run_is_refused_before_anything_starts(
    client: DockerClient, tmp_path: Path
) -> None:
    shell_image(client, "swarmdsl-tests-empty:1", "", [], "ENTRYPOINT []")
    with pytest.raises(
        EngineError, match="'swarmdsl-tests-empty:1' has neither ENTRYPOINT nor CMD"
    ):
        run_of("Empty", tmp_path)
    chosen = {"label": RUN_LABEL}
    found = client.api.networks(filters=chosen) + client.api.containers(all=True, filters=chosen)
    assert str(tmp_path) not in json.dumps(found)


def test_processes_still_start_no_image(tmp_path: Path) -> None:
    with pytest.raises(KindNotStarted, match="shout is image"):
        swarm_of("Shouts").run(home=tmp_path)
