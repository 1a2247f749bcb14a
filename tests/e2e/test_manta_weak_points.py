"""Where the system that swarmdsl comes from is weak, and swarmdsl is not: one test each."""

from __future__ import annotations

from pathlib import Path

import pytest

from swarmdsl import Inventory, Module, Node, Swarm, Task
from swarmdsl.control.happenings import Happening, InstanceStarted
from swarmdsl.control.state import ReasonKind, RunState

pytestmark = pytest.mark.e2e

FOREVER = "import time\n\ndef main():\n    time.sleep(600)\n"
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


def test_one_module_may_be_behind_several_tasks(tmp_path: Path) -> None:
    def double(number: int) -> int:
        return 2 * number

    both = [Task(double, alias=f"double_{n}", inputs={"number": n}) for n in (1, 2)]
    assert swarm_of(*both).run(home=tmp_path).value == {"double_1": 2, "double_2": 4}
