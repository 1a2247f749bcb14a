"""Rule 5: what one round brings to the next."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from swarmdsl import Condition, Module, Run, Swarm, Task
from swarmdsl.control.roster import descendants, request_for
from swarmdsl.control.state import RunState
from swarmdsl.daemon.work import Run as RunWork
from swarmdsl.light import World, schedule_next_iter
from swarmdsl.topology.model import Limits, Topology
from swarmdsl.wire.messages import ChannelKey
from tests.contracts.rules_case import settled
from tests.handmade import link, task, topology


def run_rounds(
    home: Path, make: Callable[[Swarm], Task], rounds: int | None, nodes: int = 2
) -> Run:
    """Run a graph with loops, with processes."""

    class Made(Swarm):
        def execute(self) -> Task:
            return make(self)

    return Made(rounds).run(nodes=nodes, home=home)


def step(position: int = 0) -> int:
    return position + 1


def to_itself(swarm: Swarm) -> Task:
    walker = Task(step, method="any")
    swarm.loop(walker, walker)
    return walker


def test_rule_5_values_of_one_round_arrive_in_the_next(tmp_path: Path) -> None:
    done = run_rounds(tmp_path, to_itself, 4)
    assert (done.state.value, done.value) == ("COMPLETED", 4)


def test_rule_5_a_loop_starts_no_round(tmp_path: Path) -> None:
    assert run_rounds(tmp_path, to_itself, None).reason.text == "1 round finished"


def train(weights: NDArray[np.float64] | None = None) -> NDArray[np.float64]:
    return np.ones(3) if weights is None else weights + 1.0


def average(trained: list[NDArray[np.float64]]) -> NDArray[np.float64]:
    mean: NDArray[np.float64] = np.mean(trained, axis=0)
    return mean


def test_rule_5_a_federated_average_needs_no_globals(tmp_path: Path) -> None:
    def graph(swarm: Swarm) -> Task:
        trainers = Task(train, method="all", alias="trainers")
        averaged = Task(average, method="any")(trainers)
        swarm.loop(averaged, trainers)
        return averaged

    done = run_rounds(tmp_path, graph, 3)
    assert done.value.tolist() == [3.0, 3.0, 3.0]


def numbers() -> Iterator[int]:
    yield from (1, 2)


def remember(before: list[int] | None = None, numbers: list[int] | None = None) -> list[int]:
    return [*(before or []), *(numbers or [])]


def test_rule_5_what_is_gathered_is_gathered_over_a_loop_too(tmp_path: Path) -> None:
    def graph(swarm: Swarm) -> Task:
        source = Task(numbers, method="all", alias="before")
        end = Task(remember, method="any")(Task(numbers, method="any", alias="numbers"))
        swarm.loop(source, end)
        return Task(last_of, method="any")([end, Task(nothing, method="any")(source)])

    done = run_rounds(tmp_path, graph, 2)
    assert done.value == [1, 2, 1, 2, 1, 2]


def nothing(numbers: list[int]) -> None: ...


def last_of(values: list[int]) -> list[int]:
    return values


SCRIPT = """
from swarmdsl.light import World

def main():
    return World().inputs.get("script", 10) + 1
"""


def test_rule_5_a_script_finds_it_among_its_inputs(tmp_path: Path) -> None:
    def graph(swarm: Swarm) -> Task:
        script = Task(Module(name="script", python_program=SCRIPT), method="any")
        swarm.loop(script, script)
        return script

    assert run_rounds(tmp_path, graph, 3).value == 13


def scaled(number: int, factor: int = 1) -> int:
    return number * factor


def grown(scaled: list[int]) -> int:
    return len(scaled) + 1


def test_rule_5_each_run_for_a_result_sees_it(tmp_path: Path) -> None:
    def graph(swarm: Swarm) -> Task:
        each = Task(scaled, method="any")(Task(numbers, method="any"), Condition.RESULT)
        factor = Task(grown, method="any", alias="factor")(each)
        swarm.loop(factor, each)
        return Task(last_of, method="any")([each, Task(nothing_of, method="any")(factor)])

    assert run_rounds(tmp_path, graph, 2).value == [3, 6]


def nothing_of(number: int) -> None: ...


def asks_once(world: World, position: int = 0) -> int:
    if world.iteration == 0:
        schedule_next_iter(task_to_schedule_alias="reader")
    return position + 1


def read(before: int = -1) -> int:
    return before


def test_rule_5_what_did_not_run_brings_what_it_last_pushed(tmp_path: Path) -> None:
    """`writer` runs in round 0 alone; the reader of round 1 has its value of round 0."""

    def graph(swarm: Swarm) -> Task:
        writer = Task(asks_once, method="any", alias="writer")
        reader = Task(read, method="any", alias="reader")(Task(nothing_at_all, method="any"))
        swarm.loop(writer, reader)
        return Task(both_of, method="any")([writer, reader])

    assert run_rounds(tmp_path, graph, None).value == [1, 1]


def nothing_at_all() -> None: ...


def both_of(values: list[int]) -> list[int]:
    return values


# ------------------------------------------------------------------------------ moved by hand


def looped(limits: Limits | None = None) -> Topology:
    """`a` pushes to `b`, and `b` back to `a` of the next round."""
    return topology(
        [task("a"), task("b", nodes=["n2"])],
        [link("a", "b"), replace(link("b", "a", "before"), loop=True), link("b")],
        max_iteration=30,
        limits=limits,
    )


def test_rule_5_a_loop_carries_no_end_and_is_waited_for_by_nobody() -> None:
    world = settled(looped())
    first = world.daemons["worker@n1#0"].perform(1)
    world.settle()
    assert isinstance(first, RunWork)
    assert first.consumed == {}
    world.daemons["worker@n2#0"].perform(2)
    assert sorted(world.in_flight()) == [
        "worker@n2 > controller: DATA",
        "worker@n2 > controller: DATA",
        "worker@n2 > controller: END",
        "worker@n2 > controller: END",
    ]


def test_rule_5_a_loop_is_confirmed_in_its_own_round_however_many_there_are() -> None:
    """Were it confirmed by the next round, nothing would be confirmed before the last one."""
    world = settled(looped(Limits(unconfirmed_messages=3, batch_messages=1)))
    a, b = (world.daemons[f"worker@{node}#0"] for node in ("n1", "n2"))
    for number in range(30):
        for daemon in (a, b):
            work = daemon.begin()
            for value in (number, -number):
                assert daemon.push(work, value)
            daemon.finish(work)
            world.settle()
        back = b.core.switchboard.to("controller").channel(ChannelKey(1, 0, 0))
        assert (back.next, back.unconfirmed) == (3 * (number + 1), 0)
    assert world.controller.core.state is RunState.COMPLETED


def test_rule_5_a_loop_leads_to_no_descendant_and_its_end_is_still_a_root() -> None:
    assert descendants(looped(), [1]) == {1}
    assert request_for(looped(), None, None).tasks == (0,)


@pytest.mark.parametrize("value", [{"a": 1}, [1.5, None], "text"])
def test_rule_5_any_value_that_can_travel_goes_round(tmp_path: Path, value: Any) -> None:
    def graph(swarm: Swarm) -> Task:
        keeper = Task(keep, method="any", inputs={"given": value})
        swarm.loop(keeper, keeper)
        return keeper

    assert run_rounds(tmp_path, graph, 2).value == [value, value]


def keep(given: Any, keep: Any = None) -> Any:
    return [given] if keep is None else [*keep, given]
