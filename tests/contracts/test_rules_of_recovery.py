"""The rules of what outlives a process: a daemon is killed after every single step of a run."""

from __future__ import annotations

from pathlib import Path

import pytest

from swarmdsl import Daemon, Task, on
from tests.contracts.recovery_case import kill, moments, small, values_of
from tests.contracts.rules_case import run_in

COUNT = "count@node2#0"
PUSHES = 11  # in each round; the last of them come after the last snapshot that is due
RESTART_S = 0.15  # after which a daemon that was killed works again


def test_rule_23_what_the_run_got_of_a_daemon_module_is_not_lost_with_it() -> None:
    with small("counting.py:Relaying") as swarm:
        expected = set(range(1, PUSHES + 1))
        for at_s in moments(swarm):
            assert set(values_of(swarm, "count", [kill(COUNT, at_s)])) == expected, at_s


def test_rule_25_a_snapshot_keeps_the_count_right_whenever_its_daemon_is_killed() -> None:
    with small("counting.py:Counting", max_iteration=2) as swarm:
        expected = set(range(1, 2 * PUSHES + 1))
        assert values_of(swarm, "count") == sorted(expected)
        for at_s in moments(swarm):
            assert set(values_of(swarm, "count", [kill(COUNT, at_s)])) == expected, at_s


def test_rule_25_a_snapshot_keeps_the_count_right_if_the_successor_is_killed_as_well() -> None:
    with small("counting.py:Counting", max_iteration=2) as swarm:
        expected = set(range(1, 2 * PUSHES + 1))
        first_s = moments(swarm)[40]
        for step in range(40):
            faults = [kill(COUNT, first_s), kill(COUNT, first_s + RESTART_S + step * 0.002)]
            assert set(values_of(swarm, "count", faults)) == expected, step


def numbers() -> int:
    return 1


class TooMuch(Daemon):
    @on
    def take(self, number: int) -> None: ...

    def snapshot(self) -> bytes:
        return bytes(40_000_000)

    def restore(self, state: bytes) -> None: ...


class Unwilling(TooMuch):
    def snapshot(self) -> bytes:
        raise ValueError("not now")


TOO_LARGE = (
    "SnapshotTooLarge: the snapshot of keeps@node2#0 has 40000013 bytes, and at most 33554432 are "
    "kept; keep large data in files, and their names in the snapshot"
)


@pytest.mark.parametrize(
    ("module", "problem"), [(TooMuch, TOO_LARGE), (Unwilling, "ValueError: not now")]
)
def test_rule_25_a_snapshot_that_cannot_be_kept_fails_its_task(
    module: type[Daemon], problem: str, tmp_path: Path
) -> None:
    done = run_in(tmp_path, lambda: Task(module, "any", alias="keeps")(Task(numbers, "any")))
    assert (done.state.value, done.reason.text) == (
        "FAILED",
        f"keeps@node2#0 in round 0 raised {problem}",
    )
