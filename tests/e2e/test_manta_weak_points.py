"""Where the system that swarmdsl comes from is weak, and swarmdsl is not: one test each."""

from __future__ import annotations

from pathlib import Path
from threading import Event

import pytest

from swarmdsl import CompileError, Daemon, Inventory, Limits, Module, Node, Swarm, Task, on
from swarmdsl.control.happenings import Happening, InstanceStarted
from swarmdsl.control.state import ReasonKind, RunState

pytestmark = pytest.mark.e2e

FOREVER = "import time\n\ndef main():\n    time.sleep(600)\n"
GREEDY = "def main():\n    return len(bytearray(2**29))\n"
EXITS = "import sys\n\ndef main():\n    sys.exit(3)\n"


def swarm_of(*tasks: Task) -> Swarm:
    class Made(Swarm):
        def execute(self) -> list[Task]:
            return list(tasks)

    return Made()


def test_a_time_limit_is_enforced(tmp_path: Path) -> None:
    endless = Task(Module(FOREVER, name="endless", timeout=0.2), "any")
    run = swarm_of(endless).run(home=tmp_path)
    assert (run.state, run.reason.kind) == (RunState.FAILED, ReasonKind.TASK_FAILED)
    assert "took more than its 0.2 s and was interrupted" in run.reason.text


@pytest.mark.parametrize(
    ("module", "said"),
    [
        (Module(EXITS, name="leaves"), "SystemExit: 3"),
        (Module(command=["sh", "-c", "exit 4"], name="shell"), "exit code 4"),
    ],
    ids=["script", "program"],
)
def test_an_exit_code_is_honoured(module: Module, said: str, tmp_path: Path) -> None:
    run = swarm_of(Task(module, "any")).run(home=tmp_path)
    assert run.state is RunState.FAILED
    assert said in run.reason.text


class Stuck(Daemon):
    """Is never made: its process sleeps until it is ended."""

    def __init__(self) -> None:
        Event().wait(600)

    @on
    def take(self, number: int) -> None: ...


def first() -> None: ...


def second() -> None: ...


def third() -> None: ...


def fourth() -> None: ...


def test_tasks_that_wait_for_a_node_run_in_the_order_in_which_they_were_declared(
    tmp_path: Path,
) -> None:
    tasks = [Task(one, "any") for one in (first, second, third, fourth)]
    told: list[Happening] = []
    node = Inventory(nodes=(Node(name="node1", slots=1),))
    run = swarm_of(*tasks).run(nodes=node, home=tmp_path, observers=[told.append])
    assert run.state is RunState.COMPLETED
    started = [one.alias for one in told if isinstance(one, InstanceStarted)]
    assert started == ["first", "second", "third", "fourth"]


def test_a_memory_limit_is_enforced(tmp_path: Path) -> None:
    greedy = Task(Module(GREEDY, name="greedy", resources={"memory": "256Mi"}), "any")
    nodes = Inventory(nodes=(Node(name="node1", slots=1, memory="1Gi"),))
    run = swarm_of(greedy).run(nodes=nodes, home=tmp_path)
    assert (run.state, run.reason.kind) == (RunState.FAILED, ReasonKind.TASK_FAILED)
    assert "MemoryLimitExceeded" in run.reason.text
    assert "256Mi" in run.reason.text


def test_too_few_nodes_are_told_before_anything_starts(tmp_path: Path) -> None:
    wide = Task(first, "fixed", specified_ids=["node1", "node2", "node3", "node4"])
    with pytest.raises(CompileError, match="node3"):
        swarm_of(wide).run(nodes=2, home=tmp_path)
    crowded = Task(Module(first, resources={"memory": "1Gi"}), "all", maximum=4)
    small = [Node(name=f"node{n}", memory="2Gi" if n < 3 else "1Mi") for n in range(1, 5)]
    findings = swarm_of(crowded).check(Inventory(nodes=tuple(small)))
    assert "2 of 4" in findings[0].message or "2 here" in findings[0].message
    assert list(tmp_path.iterdir()) == []


def test_daemons_that_do_not_come_are_waited_for_no_longer_than_the_limit(tmp_path: Path) -> None:
    class Late(Swarm):
        limits = Limits(start_timeout_s=0.5)

        def execute(self) -> Task:
            return Task(Stuck, "any")(Task(first, "any"))

    run = Late().run(home=tmp_path)
    assert (run.state, run.reason.kind) == (RunState.FAILED, ReasonKind.START_TIMED_OUT)
    assert run.reason.text.startswith("needs 2 daemons, ")
    assert "here after 0.5 s (limits.start_timeout_s)" in run.reason.text


def test_one_module_may_be_behind_several_tasks(tmp_path: Path) -> None:
    def double(number: int) -> int:
        return 2 * number

    both = [Task(double, alias=f"double_{n}", inputs={"number": n}) for n in (1, 2)]
    assert swarm_of(*both).run(home=tmp_path).value == {"double_1": 2, "double_2": 4}
