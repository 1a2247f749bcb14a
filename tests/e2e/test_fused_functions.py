"""Functions that share a run: each is called, told, measured and recovered as the task it is."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any, cast

import pytest

from swarmdsl import Inventory, Limits, Node, Swarm, Task
from swarmdsl.control.happenings import DaemonLost, Happening, RoundStarted
from swarmdsl.light import Results, World
from swarmdsl.runs import Run

pytestmark = pytest.mark.e2e

COUNT = 400  # two workers with 200 each: two of them share a run
TWO_WORKERS = Inventory(nodes=(Node(name="node1", slots=2),))


def start() -> int:
    return 1


def after(value: int) -> int:
    return value + 1


def refusing(value: int) -> int:
    raise LookupError(f"nothing for {value}")


def wrong(value: int) -> int:
    return cast("int", f"{value}")


def named(value: int, world: World, results: Results) -> int:
    results.add("name", [value, world.alias])
    return value


def dying(value: int, file: str) -> int:
    """Its process dies, the first time."""
    try:
        Path(file).touch(exist_ok=False)
    except FileExistsError:
        return value + 1
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("it is dead")


def asking(value: int, world: World) -> int:
    if world.iteration == 0:
        world.schedule_next_iter(task_to_schedule_alias="m8")
    return value + world.iteration


def listed(values: list[int]) -> list[int]:
    return values


class Fan(Swarm):
    """One task, many after it, one of which is special, and one that gathers what they give."""

    def __init__(self, special: Task | None = None, **limits: Any) -> None:
        super().__init__(limits=Limits(**limits))
        self._special = special

    def execute(self) -> Task:
        first = Task(start, method="any", alias="first")
        fan = [Task(after, method="any", alias=f"m{number}")(first) for number in range(COUNT)]
        if self._special is not None:
            fan[7] = self._special(first)
        return Task(listed, method="any", alias="last")(fan)


def run_of(
    tmp_path: Path, special: Task | None = None, engine: str = "process", **limits: Any
) -> tuple[Run, list[Any]]:
    told: list[Happening] = []
    swarm = Fan(special, **limits)
    home = tmp_path / "home"
    return swarm.run(TWO_WORKERS, home=home, engine=engine, observers=[told.append]), told


def instances_of(told: list[Any]) -> dict[str, int]:
    (begun,) = [one.instances for one in told if isinstance(one, RoundStarted)]
    return dict(begun)


def test_many_functions_share_runs_and_give_what_they_give_alone(tmp_path: Path) -> None:
    run, told = run_of(tmp_path)

    assert run.value == [2] * COUNT
    instances = instances_of(told)
    assert len(instances) == 2 + COUNT / 2
    assert instances["m0..m2"] == 1


def test_a_limit_of_one_has_each_run_by_itself(tmp_path: Path) -> None:
    run, told = run_of(tmp_path, fused_functions=1)

    assert run.value == [2] * COUNT
    assert len(instances_of(told)) == 2 + COUNT


@pytest.mark.parametrize("engine", ["process", "immediate"])
def test_one_that_fails_is_named_with_what_it_was_called_with(engine: str, tmp_path: Path) -> None:
    run, _ = run_of(tmp_path, Task(refusing, method="any", alias="special"), engine)

    assert run.state.name == "FAILED"
    assert "LookupError: nothing for 1" in str(run.reason)
    assert "in special, called with value=1" in str(run.reason)


def test_one_that_gives_a_wrong_type_is_told_where(tmp_path: Path) -> None:
    run, _ = run_of(tmp_path, Task(wrong, method="any", alias="special"))

    assert run.state.name == "FAILED"
    assert "special@node1#0 pushed a str, but its links accept int" in str(run.reason)
    assert "in special, called with value=1" in str(run.reason)


def test_each_knows_its_name_and_adds_results_as_itself(tmp_path: Path) -> None:
    run, _ = run_of(tmp_path, Task(named, method="any", alias="special"))

    (told,) = run.results("name")
    assert (told["task"], told["value"]) == ("special", [1, "special"])


@pytest.mark.parametrize("engine", ["process", "immediate"])
def test_each_call_is_measured(engine: str, tmp_path: Path) -> None:
    run, _ = run_of(tmp_path, engine=engine)

    statistics = run.stats
    calls = sum(one.computing.count for one in statistics.handlers)
    assert calls == COUNT + 2


def test_what_a_worker_had_not_done_is_done_by_its_successor(tmp_path: Path) -> None:
    special = Task(dying, method="any", alias="special", inputs={"file": str(tmp_path / "died")})
    run, told = run_of(tmp_path, special)

    assert run.value == [2] * COUNT, run.reason
    assert [type(one) for one in told].count(DaemonLost) == 1


def test_a_round_that_is_asked_for_by_the_name_of_one_is_run(tmp_path: Path) -> None:
    run, told = run_of(tmp_path, Task(asking, method="any", alias="special"))

    assert run.state.name == "COMPLETED", run.reason
    assert [one.round for one in told if isinstance(one, RoundStarted)] == [0, 1]
    assert run.value == [2] * 7 + [1] + [2] * (COUNT - 8)
