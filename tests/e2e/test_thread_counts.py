"""How many threads libraries are told to use, in real processes of each kind of module."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from swarmdsl import Daemon, Module, Swarm, Task, on
from swarmdsl.daemon.thread_counts import OURS, THREAD_COUNTS
from swarmdsl.topology.inventory import Node

pytestmark = pytest.mark.e2e

CPU = {"cpu": 2.5}
PLACES = ("function", "daemon", "script", "program")


def counts() -> dict[str, str | None]:
    return {name: os.environ.get(name) for name in THREAD_COUNTS}


def one() -> int:
    return 1


class Told(Daemon):
    @on
    def tell(self, _: int) -> dict[str, str | None]:
        return counts()


def told_to_each(tmp_path: Path, said: Mapping[str, str], **options: Any) -> dict[str, Any]:
    """What each kind of module finds, of a run whose environment says so much of threads."""
    looks = f"import os\nfound = {{name: os.environ.get(name) for name in {THREAD_COUNTS}}}\n"
    (tmp_path / "script.py").write_text(f"{looks}\ndef main():\n    return found\n")
    command = [sys.executable, "-c", f"{looks}import json; print(json.dumps(found))"]

    class Threads(Swarm):
        def execute(self) -> list[Task]:
            script = Module(tmp_path / "script.py")
            return [
                Task(counts, "any", alias="function", resources=CPU),
                Task(Told, "any", alias="daemon", resources=CPU, **options)(Task(one, "any")),
                Task(script, "any", alias="script", resources=CPU, **options),
                Task(Module(command=command), "any", alias="program", resources=CPU, **options),
            ]

    about_threads = {*THREAD_COUNTS, OURS}
    others = {name: value for name, value in os.environ.items() if name not in about_threads}
    node = Node(name="node1", slots=4, cpus=16)
    run = Threads().run(nodes=[node], home=tmp_path / "home", environment={**others, **said})
    assert run.reason is not None
    assert run.state.value == "COMPLETED", run.reason.text
    found = dict(run.value)
    [found["daemon"]], [found["program"]] = found["daemon"], found["program"]
    return {kind: found[kind] for kind in PLACES}


def test_a_process_of_its_own_has_what_it_asks_for_and_a_slot_has_one(tmp_path: Path) -> None:
    three = dict.fromkeys(THREAD_COUNTS, "3")
    assert told_to_each(tmp_path, {}) == {
        "function": dict.fromkeys(THREAD_COUNTS, "1"),
        "daemon": three,
        "script": three,
        "program": three,
    }


def test_what_the_user_says_holds_everywhere(tmp_path: Path) -> None:
    said = {**dict.fromkeys(THREAD_COUNTS), "OMP_NUM_THREADS": "7"}
    assert told_to_each(tmp_path, {"OMP_NUM_THREADS": "7"}) == dict.fromkeys(PLACES, said)


def test_what_a_task_says_holds_for_it(tmp_path: Path) -> None:
    found = told_to_each(tmp_path, {}, env={"OMP_NUM_THREADS": "5"})
    said = {**dict.fromkeys(THREAD_COUNTS), "OMP_NUM_THREADS": "5"}
    ones = dict.fromkeys(THREAD_COUNTS, "1")
    assert found == {"function": ones, "daemon": said, "script": said, "program": said}
