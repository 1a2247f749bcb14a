"""Nodes that are lost in the midst of a round, come back, or come later: real processes."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

from swarmdsl import Inventory, Node, Run
from swarmdsl.api import run_topology
from swarmdsl.compiler import compile_swarm, load_target
from swarmdsl.control.happenings import (
    Happening,
    InstanceConfirmed,
    InstanceJoined,
    InstanceMissing,
    NodeArrived,
    RoundFinished,
    RoundStarted,
)
from swarmdsl.deploy import registry
from swarmdsl.topology.model import Constant, TaskSpec
from tests.e2e.coming_engine import FACTORY, NAME, ComingEngine

pytestmark = pytest.mark.e2e

DIGITS = Path(__file__).resolve().parents[3] / "examples" / "federated_digits.py"
ROUNDS = 25
NEVER_GOOD_ENOUGH = 2.0

Act = Callable[[Happening], None]


@pytest.fixture(autouse=True)
def nodes_come_and_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setattr(registry, "ENGINES", {**registry.ENGINES, NAME: FACTORY})
    monkeypatch.setattr(ComingEngine, "away_at_first", frozenset({"node4"}))


def learn(folder: Path, act: Act) -> tuple[Run, list[Happening]]:
    """Learn the digits on three nodes, and on a fourth one if that comes."""
    nodes = nodes_with_digits(folder)
    inventory = Inventory(nodes=(*nodes[:3], replace(nodes[3], expected=True)))
    compiled = compile_swarm(load_target(str(DIGITS)), inventory)
    topology = compiled.require()
    told: list[Happening] = []

    def observe(happening: Happening) -> None:
        told.append(happening)
        act(happening)

    run = run_topology(
        replace(topology, tasks=tuple(map(patient, topology.tasks))),
        compiled.bundles,
        types=compiled.sink_types,
        engine=NAME,
        home=folder / "home",
        observers=[observe],
    )
    return run, told


def nodes_with_digits(folder: Path) -> Sequence[Node]:
    module: ModuleType = sys.modules[type(load_target(str(DIGITS))).__module__]
    nodes: Sequence[Node] = module.prepare(folder)
    return nodes


def patient(task: TaskSpec) -> TaskSpec:
    """The trainers bear the loss of one of them, and the rounds are not over too soon."""
    if task.alias == "trainers":
        return replace(task, on_node_loss="continue")
    if task.alias == "scheduler":
        inputs = {**task.inputs, "target": Constant(value=NEVER_GOOD_ENOUGH)}
        return replace(task, inputs=inputs)
    return task


def trainers_in(told: Sequence[Happening]) -> list[int]:
    """Per round, how many have trained to the end."""
    done = (one for one in told if isinstance(one, InstanceConfirmed) and one.alias == "trainers")
    counted = Counter(one.round for one in done)
    return [counted[number] for number in range(ROUNDS)]


def test_one_node_is_lost_and_back_and_a_fourth_one_comes(tmp_path: Path) -> None:
    def act(happening: Happening) -> None:
        match happening:
            case RoundStarted(round=1):
                ComingEngine.newest.lose("node3")
            case RoundFinished(round=1):
                ComingEngine.newest.join("node3")
            case InstanceJoined(instance="trainers@node3#0"):
                ComingEngine.newest.join("node4")
            case _:
                pass

    run, told = learn(tmp_path, act)
    assert (run.state.name, run.value.samples) == ("COMPLETED", 1347), "all images, in the end"
    missing = {one.instance: one.round for one in told if isinstance(one, InstanceMissing)}
    assert missing == {"trainers@node3#0": 1, "trainers@node4#0": 0}
    assert [one.node for one in told if isinstance(one, NodeArrived)] == ["node3", "node4"]
    third, fourth = (one.round for one in told if isinstance(one, InstanceJoined))
    assert trainers_in(told) == [
        *[3],
        *[2] * (third - 1),
        *[3] * (fourth - third),
        *[4] * (ROUNDS - fourth),
    ]
    assert run.reason.text.startswith(f"{ROUNDS} rounds finished; without trainers@node3#0 in ")


def test_one_node_that_never_comes_back_is_done_without(tmp_path: Path) -> None:
    def act(happening: Happening) -> None:
        if isinstance(happening, RoundStarted) and happening.round == 2:
            ComingEngine.newest.lose("node2")

    run, told = learn(tmp_path, act)
    assert run.state.name == "COMPLETED"
    assert trainers_in(told) == [3, 3, *[2] * (ROUNDS - 2)]
    assert "trainers@node4#0 since round 0" in run.reason.text
    assert "trainers@node2#0 since round 2" in run.reason.text
