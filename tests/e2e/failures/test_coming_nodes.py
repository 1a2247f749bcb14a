"""Nodes that are lost in the midst of a round, come back, or come later: real processes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from examples import federated_digits
from swarmdsl import Inventory, Run
from swarmdsl.api import run_topology
from swarmdsl.compiler import compile_swarm
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
from tests.e2e.coming_engine import FACTORY, NAME, ComingEngine
from tests.e2e.failures.coming_digits import ROUNDS, ComingDigits

pytestmark = pytest.mark.e2e

ALL_IMAGES = 1347

Act = Callable[[Happening], None]


@pytest.fixture(autouse=True)
def nodes_come_and_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "ENGINES", {**registry.ENGINES, NAME: FACTORY})
    monkeypatch.setattr(ComingEngine, "away_at_first", frozenset({"node4"}))


def learn(folder: Path, act: Act, digits: ComingDigits) -> tuple[Run, list[Happening]]:
    """Learn the digits on three nodes, and on a fourth one if that comes."""
    nodes = federated_digits.prepare(folder)
    inventory = Inventory(nodes=(*nodes[:3], replace(nodes[3], expected=True)))
    compiled = compile_swarm(digits, inventory)
    told: list[Happening] = []

    def observe(happening: Happening) -> None:
        told.append(happening)
        act(happening)

    run = run_topology(
        compiled.require(),
        compiled.bundles,
        types=compiled.sink_types,
        engine=NAME,
        home=folder / "home",
        observers=[observe],
    )
    return run, told


def trainers_in(told: Sequence[Happening]) -> list[int]:
    """Per round, how many have trained to the end."""
    done = (one for one in told if isinstance(one, InstanceConfirmed) and one.alias == "trainers")
    counted = Counter(one.round for one in done)
    return [counted[number] for number in range(max(counted) + 1)]


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

    run, told = learn(tmp_path, act, ComingDigits(ALL_IMAGES))
    assert (run.state.name, run.value.samples) == ("COMPLETED", ALL_IMAGES), "in the end"
    missing = {one.instance: one.round for one in told if isinstance(one, InstanceMissing)}
    assert missing == {"trainers@node3#0": 1, "trainers@node4#0": 0}
    assert [one.node for one in told if isinstance(one, NodeArrived)] == ["node3", "node4"]
    third, fourth = (one.round for one in told if isinstance(one, InstanceJoined))
    assert trainers_in(told) == [
        *[3],
        *[2] * (third - 1),
        *[3] * (fourth - third),
        *[4] * ROUNDS,
    ]
    rounds = fourth + ROUNDS
    assert run.reason.text.startswith(f"{rounds} rounds finished; without trainers@node3#0 in ")


def test_one_node_that_never_comes_back_is_done_without(tmp_path: Path) -> None:
    def act(happening: Happening) -> None:
        if isinstance(happening, RoundStarted) and happening.round == 2:
            ComingEngine.newest.lose("node2")

    run, told = learn(tmp_path, act, ComingDigits())
    assert run.state.name == "COMPLETED"
    assert trainers_in(told) == [3, 3, *[2] * (ROUNDS - 2)]
    assert "trainers@node4#0 since round 0" in run.reason.text
    assert "trainers@node2#0 since round 2" in run.reason.text
