"""Tasks that fail on one node and are tried on another, in real runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from swarmdsl import Module, Swarm, Task
from swarmdsl.control.happenings import Happening, InstanceRetried
from swarmdsl.light import Local, World
from swarmdsl.runs import Run

pytestmark = pytest.mark.e2e


class One(Swarm):
    """A swarm of whatever the test makes."""

    def __init__(self, task: Callable[[], Any]) -> None:
        super().__init__()
        self._task = task

    def execute(self) -> Any:
        return self._task()


def run_of(tmp_path: Path, task: Callable[[], Any], told: list[Happening] | None = None) -> Run:
    observers = [] if told is None else [told.append]
    return One(task).run(nodes=3, home=tmp_path / "home", observers=observers)


def numbers() -> list[int]:
    return list(range(1_000))


def weigh(read: list[int], local: Local, world: World) -> Iterator[int]:
    """Fails on all nodes but one, having told much of what it had to tell."""
    world.results.add("tried", local.node)
    yield from read
    if local.node != "node3":
        raise OSError(f"{local.node} gives no answer")


def add(weighed: list[int]) -> tuple[int, int]:
    return len(weighed), sum(weighed)


def between(maximum: int, retries: int) -> Callable[[], Task]:
    def execute() -> Task:
        source = Task(numbers, "any", specified_ids=["node3"])
        weighed = Task(weigh, "any", maximum=maximum, retries=retries, alias="weigh")(source)
        return Task(add, "any", specified_ids=["node3"])(weighed)

    return execute


def test_a_task_goes_from_node_to_node_until_one_succeeds_and_none_is_seen_that_failed(
    tmp_path: Path,
) -> None:
    told: list[Happening] = []
    run = run_of(tmp_path, between(maximum=3, retries=2), told)

    assert run.value == (1_000, sum(range(1_000)))
    assert [one["node"] for one in run.results("tried")] == ["node3"]
    retried = [one for one in told if isinstance(one, InstanceRetried)]
    assert [(one.instance, one.node, one.again_in_s) for one in retried] == [
        ("weigh@node1#0", "node2", 0.1),
        ("weigh@node2#0", "node3", 0.2),
    ]


def test_a_task_that_fails_everywhere_says_what_has_failed_where(tmp_path: Path) -> None:
    run = run_of(tmp_path, between(maximum=2, retries=2))
    assert run.state.value == "FAILED"
    assert run.reason is not None
    assert run.reason.text == (
        "weigh@node1#0 in round 0 raised OSError: node1 gives no answer; called with "
        "read=[0, 1, 2, 3, and 996 more]; before, attempt 1 on "
        "node1: OSError: node1 gives no answer; attempt 2 on node2: OSError: node2 gives no answer"
    )


def test_a_program_that_ends_badly_is_started_on_another_node(tmp_path: Path) -> None:
    told: list[Happening] = []
    flag = tmp_path / "flag"
    script = f'test -e "{flag}" && echo 7 || {{ touch "{flag}"; echo 5; exit 3; }}'

    def execute() -> Task:
        return Task(Module(command=["sh", "-c", script], yields=int), "any", maximum=2, retries=1)

    run = run_of(tmp_path, execute, told)

    assert run.value == [7]
    assert [one.node for one in told if isinstance(one, InstanceRetried)] == ["node2"]
