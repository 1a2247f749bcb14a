"""Tasks that ask for more memory than they may have, in real runs: each kind of module."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from swarmdsl import Daemon, Module, Swarm, Task, call, on
from swarmdsl.control.happenings import Happening, InstanceRetried
from swarmdsl.errors import CallFailed
from swarmdsl.light import Globals, World
from swarmdsl.runs import Run
from swarmdsl.topology.inventory import Node

pytestmark = pytest.mark.e2e

MIB = 2**20
MEMORY = {"memory": "128MiB"}
ONE_SLOT = [Node(name="node1", slots=1)]  # so that all functions share one worker
EXCEEDED = (
    "{0}@node1#0 in round 0 raised MemoryLimitExceeded: {0}@node1#0 asked for more memory than its "
    "limit of 128MiB (resources memory)"
)


class One(Swarm):
    """A swarm of whatever the test makes."""

    def __init__(self, task: Any) -> None:
        super().__init__()
        self._task = task

    def execute(self) -> Any:
        return self._task()


def run_of(tmp_path: Path, task: Any, told: list[Happening] | None = None) -> Run:
    observers = [] if told is None else [told.append]
    return One(task).run(nodes=ONE_SLOT, home=tmp_path / "home", observers=observers)


def reason_of(run: Run) -> tuple[str, str]:
    assert run.state.value == "FAILED"
    assert run.reason is not None
    return run.reason.text, run.reason.details


def take(mebibytes: int) -> int:
    return len(bytearray(mebibytes * MIB)) // MIB


def test_a_function_that_asks_for_too_much_ends_the_run_at_its_line(tmp_path: Path) -> None:
    run = run_of(tmp_path, lambda: Task(take, inputs={"mebibytes": 512}, resources=MEMORY))

    text, details = reason_of(run)
    assert text.startswith(EXCEEDED.format("take"))
    assert "with resources={'memory': ...}, or let it hold less at a time; called with" in text
    assert "return len(bytearray(mebibytes * MIB)) // MIB" in details


def test_a_function_that_keeps_to_its_limit_is_not_disturbed(tmp_path: Path) -> None:
    run = run_of(tmp_path, lambda: Task(take, inputs={"mebibytes": 96}, resources=MEMORY))
    assert run.value == 96


def less_each_time(file: str) -> int:
    path = Path(file)
    with path.open("a") as tally:
        tally.write(".")
    take(600 // len(path.read_text()))
    return os.getpid()


def take_in_the_same_process(pid: int) -> bool:
    take(512)
    return os.getpid() == pid


def test_its_worker_serves_on_without_a_limit_and_retries_begin_afresh(tmp_path: Path) -> None:
    told: list[Happening] = []

    def execute() -> Task:
        inputs = {"file": str(tmp_path / "tally")}
        limited = Task(less_each_time, inputs=inputs, resources=MEMORY, retries=5)
        return Task(take_in_the_same_process, "any")(limited)

    run = run_of(tmp_path, execute, told)

    assert run.value is True
    texts = [one.text for one in told if isinstance(one, InstanceRetried)]
    assert len(texts) == 4  # a fifth of 600 MiB is within its limit
    assert "MemoryLimitExceeded: less_each_time@node1#0 asked for more" in texts[0]


def hoard() -> int:
    held: list[bytes] = []
    while True:
        held.append(bytes(len(held) % 1_000))


def test_one_that_takes_memory_piece_by_piece_until_none_is_left_fails_alike(
    tmp_path: Path,
) -> None:
    text, _ = reason_of(run_of(tmp_path, lambda: Task(hoard, "any", resources=MEMORY, timeout=60)))
    assert text.startswith(EXCEEDED.format("hoard"))


def abort(shared: Globals) -> None:
    shared["begun"] = True  # so the controller knows that it is at work
    try:
        take(512)
    except MemoryError:  # as a library in C might
        os.abort()


def test_a_worker_that_dies_of_a_limit_is_told_of_it(tmp_path: Path) -> None:
    text, _ = reason_of(run_of(tmp_path, lambda: Task(abort, "any", resources=MEMORY)))
    assert "crashed the process of abort@node1#0 in round 0 (SIGABRT)" in text
    assert "the memory of abort@node1#0 was limited to 128MiB (resources memory)" in text


def script(folder: Path, body: str) -> Module:
    (folder / "step.py").write_text(body)
    return Module(folder / "step.py", resources=MEMORY)


def test_a_script_that_asks_for_too_much_ends_the_run_at_its_line(tmp_path: Path) -> None:
    body = f"def main():\n    return len(bytearray({512 * MIB}))\n"
    text, details = reason_of(run_of(tmp_path, lambda: Task(script(tmp_path, body), "any")))
    assert text.startswith(EXCEEDED.format("step"))
    assert "line 2, in main" in details


def test_a_script_is_tried_again_in_a_process_of_its_own(tmp_path: Path) -> None:
    tally = tmp_path / "tally"
    body = (
        f"def main():\n    with open({str(tally)!r}, 'a+') as tally:\n"
        "        tally.write('.')\n        tally.seek(0)\n        tries = len(tally.read())\n"
        f"    return len(bytearray({512 * MIB} // tries ** 4)) // {MIB}\n"
    )
    run = run_of(tmp_path, lambda: Task(script(tmp_path, body), "any", retries=1))
    assert run.value == 32


def test_a_script_whose_process_dies_of_its_limit_is_told_of_it(tmp_path: Path) -> None:
    body = (
        "import os\n\ndef main():\n    try:\n"
        f"        bytearray({512 * MIB})\n    except MemoryError:\n        os.abort()\n"
    )
    text, _ = reason_of(run_of(tmp_path, lambda: Task(script(tmp_path, body), "any")))
    assert "the process of step@node1#0 ended by signal 6" in text
    assert text.endswith("Its memory was limited to 128MiB (resources memory)")


def program(size: int) -> Module:
    code = f"print(len(bytearray({size * MIB})) // {MIB})"
    return Module(command=[sys.executable, "-c", code], name="big", resources=MEMORY)


def test_a_program_that_asks_for_too_much_is_refused_and_told_of_its_limit(tmp_path: Path) -> None:
    text, details = reason_of(run_of(tmp_path, lambda: Task(program(512), "any")))
    assert "of big@node1#0 ended with exit code 1" in text
    assert text.endswith("Its memory was limited to 128MiB (resources memory)")
    assert details.endswith("MemoryError\n")


def test_a_program_that_keeps_to_its_limit_is_not_disturbed(tmp_path: Path) -> None:
    assert run_of(tmp_path, lambda: Task(program(32), "any")).value == [32]


class Keeps(Daemon):
    """Keeps a large piece for each number."""

    def on_start(self) -> None:
        self.kept: list[bytearray] = []

    @on
    def keep(self, number: int) -> int:
        self.kept.append(bytearray(48 * MIB))
        return number


def numbers(count: int) -> Iterator[int]:
    yield from range(count)


def keeping(count: int) -> Task:
    source = Task(numbers, inputs={"count": count})
    return Task(Keeps, "any", alias="keeper", resources=MEMORY)(source)


def test_a_daemon_module_may_hold_so_much_altogether(tmp_path: Path) -> None:
    assert run_of(tmp_path, lambda: keeping(2)).value == [0, 1]
    text, details = reason_of(run_of(tmp_path, lambda: keeping(4)))
    assert text.startswith(EXCEEDED.format("keeper"))
    assert "self.kept.append(bytearray(48 * MIB))" in details


class Opens(Daemon):
    """Takes too much before its first push."""

    def on_start(self) -> None:
        self.kept = bytearray(512 * MIB)

    @on
    def keep(self, number: int) -> int:
        return number


def test_a_daemon_module_is_limited_from_its_start(tmp_path: Path) -> None:
    def execute() -> Task:
        source = Task(numbers, inputs={"count": 1})
        return Task(Opens, "any", alias="opens", resources=MEMORY)(source)

    text, _ = reason_of(run_of(tmp_path, execute))
    assert text.startswith(EXCEEDED.format("opens"))


def late_at_first(file: str) -> int:
    path = Path(file)
    if not path.exists():
        path.touch()
        while True:
            pass
    return os.getpid()


def test_one_that_is_interrupted_leaves_no_limit_behind(tmp_path: Path) -> None:
    def execute() -> Task:
        inputs = {"file": str(tmp_path / "tried")}
        limited = Task(late_at_first, inputs=inputs, resources=MEMORY, timeout=0.5, retries=1)
        return Task(take_in_the_same_process, "any")(limited)

    assert run_of(tmp_path, execute).value is True


class Lends(Daemon):
    """Holds nothing, until it is called."""

    @call
    def lend(self, mebibytes: int) -> int:
        return take(mebibytes)


def borrow(world: World) -> list[object]:
    """What a call that asks for too much says, and what the next one answers."""
    try:
        world.call("lends", "lend", 512)
    except CallFailed as error:
        return [str(error), world.call("lends", "lend", 96)]
    return []


def test_a_method_that_is_called_has_the_limit_of_its_daemon_module(tmp_path: Path) -> None:
    def execute() -> list[Task]:
        return [Task(Lends, "any", alias="lends", resources=MEMORY), Task(borrow, "any")]

    refused, answer = run_of(tmp_path, execute).value["borrow"]
    assert "MemoryLimitExceeded: lends@node1#0 asked for more memory" in refused
    assert answer == 96
