"""The rules of the semantics about what code inside a task reaches: run for real."""

from __future__ import annotations

import asyncio
from pathlib import Path

from swarmdsl import Module, Node, Run, Swarm, Task, module
from swarmdsl.errors import CallFailed, DatasetLeft
from swarmdsl.light import Globals, Local, World
from tests.contracts.rules_case import run_in, swarm

SCRIPT = """
import os

def main():
    names = ("SWARM_TASK", "SWARM_NODE", "SWARM_ITERATION", "SWARM_DATASET_PETS")
    return [os.environ["SWARM_RUN"], *(os.environ[name] for name in names)]
"""


def run_at(home: Path, made: Swarm, dataset: Path) -> Run:
    """Run a swarm on one node, where the dataset `pets` lies."""
    return made.run(nodes=[Node(name="zoo", datasets={"pets": str(dataset)})], home=home)


@module(datasets=["pets"])
def reach(local: Local) -> list[str]:
    texts = [path.read_text() for path in local.list_dir("pets")]
    try:
        local.exists("pets/../secret")
    except DatasetLeft:
        return [*texts, "and no further"]
    return texts


def test_rule_13_what_a_task_reaches_of_a_dataset_ends_with_it(tmp_path: Path) -> None:
    pets = tmp_path / "pets"
    pets.mkdir()
    for name, text in (("tom", "meow"), ("rex", "woof"), ("../secret", "hush")):
        (pets / name).write_text(text)
    run = run_at(tmp_path, swarm(lambda: Task(reach, method="any")), pets)
    assert run.value == ["woof", "meow", "and no further"]


def test_rule_14_environment_of_a_script_says_what_it_runs_as(tmp_path: Path) -> None:
    script = Module(SCRIPT, name="script", datasets=["pets"])
    run = run_at(tmp_path, swarm(lambda: Task(script, method="any")), tmp_path / "pets")
    assert run.value == [run.id, "script@zoo#0", "zoo", "0", str(tmp_path / "pets")]


def awaiting(world: World, shared: Globals) -> list[object]:
    async def work() -> list[object]:
        version = await shared.async_set("w", 7)
        found = await shared.async_get("w")
        iteration = await asyncio.to_thread(lambda: world.iteration)
        try:
            await asyncio.to_thread(lambda: shared["w"])
        except CallFailed as error:
            return [version, found, iteration, error.problem.partition(",")[0]]
        return []

    return asyncio.run(work())


def test_rule_30_call_is_awaited_in_the_thread_of_the_task_and_in_no_other(tmp_path: Path) -> None:
    run = run_in(tmp_path, lambda: Task(awaiting, method="any"))
    assert run.value == [1, 7, 0, "only the task's own thread may ask the controller"]
