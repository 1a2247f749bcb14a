"""What Manta's guide writes, compiled as it is written there; and that the bytes never change."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from swarmdsl.compiler import compile_swarm, load_target
from swarmdsl.compiler.pipeline import PASSES
from swarmdsl.dsl import Inventory, Module, Swarm, Task
from swarmdsl.errors import CompileError
from swarmdsl.topology.codec import from_toml, to_toml
from swarmdsl.topology.integrity import problems_of
from swarmdsl.topology.model import RUN
from swarmdsl.topology.resources import Resources
from tests.unit.compiler.building import TWO, compiled, errors, topology

ASSETS = Path(__file__).resolve().parents[2] / "golden" / "topologies"
MAIN = "def main():\n    return 1\n"
SCRIPT = Module(name="trainer", python_program=MAIN, image="manta:pytorch")

COMPILE = """
import hashlib, sys
from swarmdsl.compiler import compile_swarm, load_target
from swarmdsl.dsl import Inventory
from swarmdsl.topology.codec import to_toml
made = compile_swarm(load_target(sys.argv[1]), Inventory.local(nodes=3, cores=6))
print(to_toml(made.require()))
print({name: hashlib.sha256(data).hexdigest() for name, data in made.bundles.items()})
"""


def script(name: str) -> Module:
    return Module(python_program=MAIN, name=name)


def one() -> int:
    return 1


def divided(a: int, /) -> int:
    return a


# ------------------------------------------------------------------------------------ the guide


def test_quick_example_has_two_tasks_of_one_module() -> None:
    class MySwarm(Swarm):
        def __init__(self) -> None:
            super().__init__()
            self.name = "federated_mnist"
            self.set_global("epochs", 10)

        def execute(self) -> Task:
            aggregator = Task(module=SCRIPT, method="any", maximum=1, alias="aggregator")
            workers = Task(module=SCRIPT, method="all", alias="workers")
            return aggregator(workers)

    made = compile_swarm(MySwarm(), TWO)
    found = made.require()
    assert [task.alias for task in found.tasks] == ["workers", "aggregator"]
    assert (found.name, found.globals["epochs"].value) == ("federated_mnist", 10)
    assert [one.code for one in made.diagnostics] == ["SW402"]


def test_list_of_unnamed_tasks_is_five_workers() -> None:
    found = topology(Task(script("agg"), "any")([Task(script("w")) for _ in range(5)]))
    assert [task.alias for task in found.tasks] == [*(f"w_{i}" for i in range(5)), "agg"]


def test_map_reduce_has_ten_mappers() -> None:
    mappers = [Task(module=script("map"), alias=f"mapper_{i}") for i in range(10)]
    reducer = Task(module=script("reduce"), method="any", maximum=1, alias="reducer")
    assert len([x for x in topology(reducer(mappers)).links if x.destination == "reducer"]) == 10


def test_scheduler_of_aggregator_of_trainers_is_a_chain() -> None:
    trainers = Task(script("trainer"), "all", alias="trainers")
    aggregator = Task(script("aggregator"), "any", maximum=1, alias="aggregator")
    scheduler = Task(script("scheduler"), "any", maximum=1, alias="scheduler")
    found = topology(scheduler(aggregator(trainers)))
    assert [(link.source, link.destination) for link in found.links] == [
        ("trainers", "aggregator"),
        ("aggregator", "scheduler"),
        ("scheduler", RUN),
    ]


def test_task_called_with_nothing_and_chained_over_lines() -> None:
    m = Task(script("a"))()
    m = Task(script("b"), method="any", fixed=True, maximum=1)(m)
    assert [task.fixed for task in topology(m).tasks] == [False, True]


@pytest.mark.parametrize(
    "options",
    [
        {"method": "any", "maximum": 0.5},
        {"fixed": True, "specified_ids": ["node1", "node2"]},
        {"excepted_ids": ["failed_node_1"]},
        {"specified_ids": ["node1"], "excepted_ids": ["node2"]},
        {"method": "any"},
        {"gpu": False},
        {"method": "any", "maximum": 2},
    ],
)
def test_scheduling_of_the_guide_compiles(options: dict[str, Any]) -> None:
    assert not errors(Task(script("a"), **options))


@pytest.mark.parametrize(
    "task",
    [
        Task(divided, "any", inputs={"a": 1}),
        Task(abs, inputs={"x": 1}),
    ],
)
def test_what_this_version_does_not_carry_out_is_refused(task: Task) -> None:
    assert errors(task) == ["SW401"]


def test_resources_of_the_guide_compile() -> None:
    trainer = Module(MAIN, name="a", resources={"cpu": 2, "memory": "4Gi"})
    [task] = topology(Task(trainer)).tasks
    assert task.resources == Resources(cpu=2, memory=4 * 1024**3)


# ----------------------------------------------------------------------------------- guarantees


def test_passes_run_in_the_documented_order() -> None:
    names = [one.__name__ for one in PASSES]
    assert names[:6] == ["trace", "package", "bind", "check", "estimate", "point"]
    assert names[6:] == ["place", "pack", "link", "emit", "fuse"]


def test_errors_are_raised_with_their_report() -> None:
    found = compiled(Task(one, "al", maximum=1.5))
    with pytest.raises(CompileError, match="SW302") as caught:
        found.require()
    assert caught.value.findings == found.diagnostics
    assert not found.valid


def test_every_problem_is_told_once_and_nothing_that_follows_from_it() -> None:
    def take(value: str) -> None: ...

    broken = Task(take, "al", alias="x")(Task(one, maximum=0, alias="x"))
    other = Task(Module("nowhere.py"), "any")(Task(one, specified_ids=["elsewhere"]))
    assert sorted(errors([broken, other])) == ["SW102", "SW204", "SW301", "SW302", "SW303"]


def test_execute_is_called_once() -> None:
    calls = []

    def ends() -> Task:
        calls.append(1)
        return Task(one)

    compiled(ends)
    assert calls == [1]


@pytest.mark.parametrize("name", ["word_count", "telescope", "spread"])
def test_topology_is_the_golden_one(name: str, golden: Callable[[str, str], None]) -> None:
    made = compile_swarm(load_target(str(ASSETS / f"{name}.py")), TWO)
    found = made.require()
    assert problems_of(found) == []
    assert from_toml(to_toml(found)) == found
    golden(f"topologies/{name}.toml", to_toml(found))


@pytest.mark.parametrize("name", ["word_count", "telescope", "spread"])
def test_bytes_do_not_depend_on_the_process(name: str) -> None:
    seen = {
        subprocess.run(
            [sys.executable, "-c", COMPILE, str(ASSETS / f"{name}.py")],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "2")
    }
    assert len(seen) == 1


def test_thousand_tasks_fill_every_slot_and_no_more() -> None:
    tasks = [Task(one, "any", alias=f"t{i}") for i in range(1_000)]
    found = topology(tasks, Inventory.local(nodes=10, cores=40))
    assert sum(sum(group.per_node) for group in found.groups) == 40
