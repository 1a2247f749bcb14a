"""Why a run ends with a daemon whose work nobody else can do, and what would have helped."""

from __future__ import annotations

from typing import Any

import pytest

from swarmdsl.control.core import ControlCore
from swarmdsl.control.state import RunState
from swarmdsl.topology.model import Limits
from tests.handmade import link, task, topology

CONTINUE = 'with Task(..., on_node_loss="continue") the run goes on without its share'


def lost(daemon: str, **options: Any) -> str:
    """The reason of a run of one task, of which a daemon is lost for good in the first round."""
    nodes = options.pop("nodes", ["n1", "n2"])
    swarm = topology(
        [task("map", nodes=nodes, **options)], [link("map")], limits=Limits(restarts=0)
    )
    core = ControlCore(swarm, "r")
    for node in nodes:
        core.connected(f"worker@{node}#0")
    core.exited(daemon, None, 9, 0.0)
    assert core.state is RunState.FAILED
    assert core.reason is not None
    return core.reason.text


@pytest.mark.parametrize(
    ("options", "advice"),
    [
        ({}, CONTINUE),
        ({"nodes": ["n1"]}, "give the run a further node that may do it"),
        ({"count": 1, "fixed": True}, "fixed=True keeps it where it was"),
    ],
    ids=["each node does its share", "there is one node", "it is pinned"],
)
def test_the_reason_says_that_nobody_else_can_and_what_would_help(
    options: dict[str, Any], advice: str
) -> None:
    text = lost("worker@n1#0", **options)
    assert text.startswith("daemon worker@n1#0 was lost (SIGKILL) ")
    assert text.endswith(f"; no other node can do the work of map: {advice}")


def test_what_is_lost_before_the_first_round_is_told_likewise() -> None:
    swarm = topology(
        [task("map", nodes=["n1", "n2"])],
        [link("map")],
        limits=Limits(restarts=0),
    )
    core = ControlCore(swarm, "r")
    core.connected("worker@n1#0")
    core.exited("worker@n2#0", None, 9, 0.0)
    assert core.reason is not None
    assert core.reason.text.endswith(f"; round 0 needs it for map: {CONTINUE}")
