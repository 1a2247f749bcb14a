"""Which daemons are in which networks: those of all tasks that they may host."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import pytest

from swarmdsl.deploy.networks import Joining, joining_of
from swarmdsl.errors import EngineError
from swarmdsl.topology.model import ModuleSpec, NetworkSpec, TaskSpec, Topology
from tests.handmade import task, topology

BACK = NetworkSpec(name="back", driver="bridge")
WIDE = NetworkSpec(name="wide", driver="overlay")
HOST = NetworkSpec(name="host", driver="host")
Kind = Literal["function", "daemon", "script"]


def asking(alias: str, network: str | None, kind: Kind = "function") -> tuple[TaskSpec, ModuleSpec]:
    made, module = task(alias, kind)
    return replace(made, network=network), module


def swarm(*pairs: tuple[TaskSpec, ModuleSpec]) -> Topology:
    return replace(topology([*pairs], []), networks=(BACK, WIDE, HOST))


def test_a_daemon_joins_the_networks_of_all_that_it_may_host() -> None:
    made = swarm(asking("a", "wide"), asking("b", "back"), asking("keeper", "back", "daemon"))
    joining = joining_of(made, "docker")
    assert joining.joined == {"worker@n1#0": ("back", "wide"), "keeper@n1#0": ("back",)}
    assert joining.networks == {"back": BACK, "wide": WIDE}
    assert not joining.on_host


def test_a_task_that_asks_for_none_joins_none() -> None:
    assert joining_of(swarm(asking("a", None)), "docker") == Joining()


def test_a_network_that_no_task_asks_for_is_not_made() -> None:
    assert joining_of(swarm(asking("a", "back")), "docker").networks == {"back": BACK}


def test_a_daemon_in_the_network_of_its_machine_joins_no_other() -> None:
    joining = joining_of(swarm(asking("a", "host"), asking("b", None)), "docker")
    assert joining.on_host == {"worker@n1#0"}
    assert not joining.joined
    assert not joining.networks


def test_a_daemon_that_would_have_to_be_in_both_is_refused_with_its_tasks() -> None:
    made = swarm(asking("a", "host"), asking("b", "back"))
    with pytest.raises(EngineError, match=r"worker@n1#0: a asks for 'host', b asks for 'back'"):
        joining_of(made, "docker")
