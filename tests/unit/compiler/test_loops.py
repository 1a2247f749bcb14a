"""What the compiler says of loops, and what becomes of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from swarmdsl.compiler import Compilation, compile_swarm
from swarmdsl.dsl import Module, Swarm, Task
from swarmdsl.light import Daemon, on
from swarmdsl.topology.model import LinkSpec
from tests.unit.compiler.building import TWO


class Made(Swarm):
    """A swarm whose `execute` is a function of it."""

    def __init__(self, make: Callable[[Swarm], Any]) -> None:
        super().__init__(max_iteration=3)
        self.make = make

    def execute(self) -> Any:
        return self.make(self)


def compiled(make: Callable[[Swarm], Any]) -> Compilation:
    return compile_swarm(Made(make), TWO)


def said(make: Callable[[Swarm], Any]) -> list[tuple[str, str]]:
    return [(one.code, one.message) for one in compiled(make).diagnostics]


def loops_of(make: Callable[[Swarm], Any]) -> list[LinkSpec]:
    return [link for link in compiled(make).require().links if link.loop]


def measure(offset: float = 0.0) -> float:
    return offset


def mean(values: list[float]) -> float:
    return sum(values)


def train(data: list[float], model: float = 0.0, other: float = 1.0) -> float:
    return model + other + sum(data)


def nothing() -> None: ...


def learning(swarm: Swarm) -> Task:
    sensors = Task(measure, "all")
    merged = Task(mean, "any")(sensors)
    swarm.loop(merged, sensors)
    return merged


def test_a_loop_is_a_link_of_its_own_behind_those_into_its_task() -> None:
    (loop,) = loops_of(learning)
    assert (loop.source, loop.destination, loop.port, loop.gather) == (
        "mean",
        "measure",
        "offset",
        False,
    )
    assert [link.destination for link in compiled(learning).require().links] == [
        "measure",
        "mean",
        "run",
    ]


def test_a_loop_from_several_instances_is_gathered() -> None:
    def graph(swarm: Swarm) -> Task:
        first = Task(mean_of, "any")
        sensors = Task(measure, "all")(Task(nothing_after, "any")(first))
        swarm.loop(sensors, first)
        return sensors

    (loop,) = loops_of(graph)
    assert (loop.port, loop.gather) == ("values", True)


def nothing_after(value: float) -> None: ...


def mean_of(values: list[float] | None = None) -> float:
    return sum(values or [])


def test_a_loop_binds_by_name_before_type() -> None:
    def graph(swarm: Swarm) -> Task:
        trained = Task(train, "any", alias="model")(Task(measure, "all"))
        swarm.loop(trained, trained)
        return trained

    (loop,) = loops_of(graph)
    assert loop.port == "model"


def test_a_swarm_that_is_compiled_again_declares_its_loops_again() -> None:
    swarm = Made(learning)
    for _ in range(2):
        assert len([one for one in compile_swarm(swarm, TWO).require().links if one.loop]) == 1


class Keeper(Daemon):
    @on
    def keep(self, value: float) -> float:
        return value


def into_daemon(swarm: Swarm) -> Task:
    sensors = Task(measure, "any")
    keeper = Task(Keeper, "any")(sensors)
    swarm.loop(sensors, keeper)
    return keeper


def from_nothing(swarm: Swarm) -> Task:
    silent = Task(nothing, "any")
    sensors = Task(measure, "any")(silent)
    swarm.loop(silent, sensors)
    return sensors


def twice(swarm: Swarm) -> Task:
    sensors = Task(measure, "any")
    for _ in range(2):
        swarm.loop(sensors, sensors)
    return sensors


def left_out(swarm: Swarm) -> Task:
    sensors = Task(measure, "any")
    swarm.loop(Task(mean_of, "any", alias="stray")(sensors), sensors)
    return sensors


def no_task(swarm: Swarm) -> Task:
    sensors = Task(measure, "any")
    swarm.loop("measure", sensors)  # type: ignore[arg-type]
    return sensors


def without_default(swarm: Swarm) -> Task:
    sensors = Task(measure, "all")
    merged = Task(mean, "any")
    swarm.loop(sensors, merged)
    return merged([Task(nothing, "any")(sensors)])


def beside_an_edge_to_a_script(swarm: Swarm) -> Task:
    sensors = Task(measure, "any")
    script = Task(Module("def main():\n    return 1\n", name="script"), "any")(sensors)
    swarm.loop(sensors, script)
    return script


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (into_daemon, "brings nothing: Keeper is a daemon module"),
        (from_nothing, "brings nothing: nothing returns nothing"),
        (twice, "the loop from measure to measure is declared again"),
        (no_task, "self.loop was given 'measure', which is no task"),
        (without_default, "mean takes values: list[float] from the round before"),
        (beside_an_edge_to_a_script, "under world.inputs['measure']"),
    ],
)
def test_a_loop_that_cannot_be_is_refused(make: Callable[[Swarm], Any], told: str) -> None:
    found = [message for code, message in said(make) if code == "SW506"]
    assert len(found) == 1
    assert told in found[0]


def test_a_loop_to_a_task_outside_the_graph_is_refused() -> None:
    assert [code for code, _ in said(left_out)] == ["SW506"]


def text() -> str:
    return "text"


def test_a_loop_whose_value_does_not_fit_is_told_at_its_line() -> None:
    def graph(swarm: Swarm) -> Task:
        source = Task(text, "any")
        sensors = Task(measure, "any")(Task(nothing_of, "any")(source))
        swarm.loop(source, sensors)
        return sensors

    (found,) = compiled(graph).diagnostics
    assert (found.code, found.message.startswith("text returns str, but no parameter")) == (
        "SW201",
        True,
    )
    assert found.primary is not None
    assert found.primary.file == __file__


def nothing_of(text: str) -> None: ...


def test_a_cycle_names_the_loop_that_it_could_be() -> None:
    def graph(swarm: Swarm) -> Task:
        sensors = Task(measure, "any", alias="a")
        other = Task(measure, "any", alias="b")(sensors)
        return sensors(other)

    found = [one for one in compiled(graph).diagnostics if one.code == "SW101"]
    assert "x being the task b and y the task a" in found[0].hint
