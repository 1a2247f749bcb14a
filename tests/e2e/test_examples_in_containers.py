"""The examples run in containers as they stand, and give what processes give."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import cast

import pytest

from swarmdsl import Limits, Node, Run, Swarm
from swarmdsl.compiler.target import load_target
from swarmdsl.control.state import RunState
from swarmdsl.deploy.engines.docker_client import DockerClient
from tests.docker_case import BASE_IMAGE, docker_client, plain_image

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


@pytest.fixture(scope="module", autouse=True)
def client() -> Iterator[DockerClient]:
    made = docker_client()
    plain_image(made)
    yield made
    made.close()


def example(name: str) -> type[Swarm]:
    """The swarm of an example, which waits longer for its daemons than a quiet machine needs."""
    found = load_target(str(EXAMPLES / f"{name}.py"))
    swarm = cast("type[Swarm]", found if isinstance(found, type) else type(found))
    limits = cast("Limits", swarm.limits or Limits())
    swarm.limits = replace(limits, start_timeout_s=240.0)
    return swarm


def module_of(swarm: type[Swarm]) -> ModuleType:
    return sys.modules[swarm.__module__]


def both(swarm: type[Swarm], home: Path, nodes: list[Node] | int) -> tuple[Run, Run]:
    """The runs by processes and in containers, both completed."""
    here = swarm().run(nodes=nodes, home=home / "here")
    there = swarm().run(nodes=nodes, home=home / "there", engine="docker", base_image=BASE_IMAGE)
    assert here.state is RunState.COMPLETED, here.reason
    assert there.state is RunState.COMPLETED, there.reason
    return here, there


def test_words_are_counted_alike(tmp_path: Path) -> None:
    here, there = both(example("wordcount"), tmp_path, 2)
    assert there.value == here.value


def test_a_model_learns_alike_from_shares_that_stay_on_their_nodes(tmp_path: Path) -> None:
    swarm = example("federated_digits")
    nodes = module_of(swarm).prepare(tmp_path)
    here, there = both(swarm, tmp_path, nodes)
    accuracies = [[row["value"] for row in run.results("accuracy")] for run in (here, there)]
    assert accuracies[0] == accuracies[1]
    assert there.value == here.value


def test_telescopes_see_what_their_generator_knows(tmp_path: Path) -> None:
    swarm = example("telescopes")
    telescopes = module_of(swarm)
    run = swarm().run(home=tmp_path, engine="docker", base_image=BASE_IMAGE)
    assert run.state is RunState.COMPLETED, run.reason
    lines, good = telescopes.verdict(telescopes.archived_by(run), telescopes.truth_of(500.0, 2.0))
    assert good, lines
