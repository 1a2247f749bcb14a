"""Whatever daemon dies at whatever moment of a run: the run completes, with the same value."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import cache
from itertools import product
from random import Random

import pytest

from swarmdsl.control.state import RunState
from swarmdsl.daemon.work import Handle, Run, Work
from swarmdsl.topology.expand import expand_daemons
from swarmdsl.topology.model import Limits, Topology
from tests.handmade import chain, link, task, topology
from tests.sim.crashing_world import Crash, CrashingWorld, Makes

LIMITS = Limits(restarts=9)


def numbers(_work: Work) -> list[object]:
    return [1, 2, 3]


def doubled(work: Work) -> list[object]:
    if isinstance(work, Handle):
        return [2 * value for value in work.values]
    return [2 * value for value in work.arguments["values"]] if isinstance(work, Run) else []


def added(work: Work) -> list[object]:
    assert isinstance(work, Run)
    return [sum(work.arguments["values"])]


def listed(work: Work) -> list[object]:
    assert isinstance(work, Run)
    return [sorted(work.arguments["values"])]


def functions(rounds: int | None = None) -> Topology:
    """A function, a second that doubles, a third that adds: each in a daemon of its own."""
    return topology(
        [task("source"), task("double", nodes=["n2"]), task("total", nodes=["n3"])],
        [
            link("source", "double", "values", gather=True),
            link("double", "total", "values", gather=True),
            link("total"),
        ],
        max_iteration=rounds,
        limits=LIMITS,
    )


def diamond() -> Topology:
    """A source on two nodes, two tasks that double, and one that adds, beside one of these."""
    return topology(
        [
            task("source", nodes=["n1", "n2"]),
            task("left", nodes=["n2"]),
            task("right", nodes=["n3"]),
            task("total", nodes=["n3"]),
        ],
        [
            link("source", "left", "values", gather=True),
            link("source", "right", "values", gather=True),
            link("left", "total", "values", gather=True),
            link("right", "total", "values", gather=True),
            link("total"),
        ],
        limits=LIMITS,
    )


def dealt() -> Topology:
    """A source that deals its values out among two, and one that adds up what they had."""
    return topology(
        [task("source"), task("double", nodes=["n2", "n3"]), task("total", nodes=["n4"])],
        [
            replace(link("source", "double", "values", gather=True), policy="balance"),
            link("double", "total", "values", gather=True),
            link("total"),
        ],
        limits=LIMITS,
    )


MAKES: dict[str, Makes] = {
    "source": numbers,
    "double": doubled,
    "left": doubled,
    "right": doubled,
    "total": added,
}
GRAPHS: dict[str, tuple[Topology, list[object]]] = {
    "functions": (functions(), [12]),
    "two rounds": (functions(2), [12, 12]),
    "diamond": (diamond(), [48]),
    "dealt": (dealt(), [12]),
}


# The longer runs are much alike.
STRIDES = {"functions": 1, "two rounds": 3, "diamond": 3, "dealt": 3}


@cache
def steps_of(graph: str, seed: int) -> int:
    """How long a run takes that nobody disturbs."""
    return CrashingWorld(GRAPHS[graph][0], MAKES, seed).live()


def ended(graph: str, seed: int, *crashes: Crash) -> tuple[RunState, list[object]]:
    """The state and the values of a run in which this happens."""
    world = CrashingWorld(GRAPHS[graph][0], MAKES, seed)
    world.live(*crashes)
    return world.controller.core.state, world.controller.values


def daemons_of(graph: str) -> list[str]:
    return [one.name for one in expand_daemons(GRAPHS[graph][0])]


@pytest.mark.parametrize("silently", [False, True])
@pytest.mark.parametrize("graph", GRAPHS)
def test_a_daemon_that_dies_at_any_moment_costs_nothing(graph: str, silently: bool) -> None:
    seed = len(graph)
    for name, step in product(
        daemons_of(graph), range(silently, steps_of(graph, seed), STRIDES[graph])
    ):
        crash = Crash(name, step, silently=silently)
        assert ended(graph, seed, crash) == (RunState.COMPLETED, GRAPHS[graph][1]), crash


@pytest.mark.parametrize("seed", range(50))
@pytest.mark.parametrize("graph", GRAPHS)
def test_two_or_three_that_die_at_any_moments_cost_nothing(graph: str, seed: int) -> None:
    random = Random(seed)
    within = int(1.5 * steps_of(graph, 0))
    crashes = [
        Crash(
            random.choice(daemons_of(graph)),
            random.randrange(within),
            silently=random.random() < 0.5,
        )
        for _ in range(random.randint(2, 3))
    ]
    assert ended(graph, seed, *crashes) == (RunState.COMPLETED, GRAPHS[graph][1]), crashes


@pytest.mark.parametrize("silently", [False, True])
def test_below_a_daemon_module_every_value_comes_at_least_once(silently: bool) -> None:
    seed = 1
    makes = MAKES | {"total": listed}
    steps = CrashingWorld(chain(LIMITS), makes, seed).live()
    for daemon, step in product(expand_daemons(chain()), range(steps)):
        world = CrashingWorld(chain(LIMITS), makes, seed)
        world.live(Crash(daemon.name, step, silently=silently))
        (total,) = world.controller.values
        assert isinstance(total, list)
        assert Counter(total) >= Counter([2, 4, 6]), (daemon.name, step)
        assert {*total} == {2, 4, 6}
