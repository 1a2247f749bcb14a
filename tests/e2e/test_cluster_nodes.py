"""Runs on the nodes that a cluster knows, placed as it says that they are."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from swarmdsl import Swarm
from swarmdsl.compiler import load_target
from tests.nodes import three_nodes

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]

SWARM = f"{Path(__file__).with_name('placed_swarm.py')}:Placed"


def test_a_run_takes_the_nodes_that_take_work_and_heeds_their_weights(tmp_path: Path) -> None:
    with three_nodes() as nodes:
        for label in ("swarmdsl.weight=0.5", "swarmdsl.slots=4"):
            nodes.docker("node", "update", "--label-add", label, "node2")
        nodes.docker("node", "update", "--availability", "drain", "node3")
        swarm = load_target(SWARM)
        assert isinstance(swarm, Swarm)
        run = swarm.run(
            engine="docker-swarm",
            base_image=nodes.base_image,
            registry=nodes.registry,
            environment={**os.environ, **nodes.variables},
            home=tmp_path,
        )
    assert run.value == {"everywhere": ["node1", "node2"], "packed": ["node2", "node2"]}
