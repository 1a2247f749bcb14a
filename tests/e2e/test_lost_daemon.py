"""A daemon that is killed, in each phase of its life: the run ends and says what was lost.

Each phase is held open by a gate in the swarm's code, so that nothing depends on timing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from swarmdsl.control.happenings import (
    DaemonConnected,
    Happening,
    InstanceConfirmed,
    InstanceFinished,
    InstanceStarted,
    RoundFinished,
)
from tests.e2e.gates import Gate, WatchedRun, kill, kill_and_await_report

MakeGate = Callable[[str], Gate]


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[MakeGate]:
    gates: list[Gate] = []

    def make(name: str) -> Gate:
        gates.append(Gate(tmp_path, name))
        return gates[-1]

    yield make
    for one in gates:
        one.close()


@pytest.fixture
def watched(tmp_path: Path) -> WatchedRun:
    return WatchedRun(tmp_path, tmp_path / "home")


def started(alias: str) -> Callable[[Happening], bool]:
    return lambda one: isinstance(one, InstanceStarted) and one.alias == alias


def finished(alias: str) -> Callable[[Happening], bool]:
    return lambda one: isinstance(one, InstanceFinished) and one.alias == alias


def confirmed(alias: str) -> Callable[[Happening], bool]:
    return lambda one: isinstance(one, InstanceConfirmed) and one.alias == alias


def test_killed_while_starting(gate: MakeGate, watched: WatchedRun) -> None:
    starting = gate("starting")
    watched.start()
    kill(starting.arrival())
    run = watched.result()
    assert (run.state.name, run.reason.kind.name) == ("FAILED", "START_FAILED")
    assert "slow@node2#0 was lost (SIGKILL) while starting" in run.reason.text


def test_killed_once_connected(gate: MakeGate, watched: WatchedRun) -> None:
    starting = gate("starting")
    watched.start()
    held = starting.arrival()
    watched.until(lambda one: isinstance(one, DaemonConnected) and one.missing == 1)
    kill(min(watched.pids("imported") - {held}))
    run = watched.result()
    assert (run.state.name, run.reason.kind.name) == ("FAILED", "DAEMON_LOST")
    assert "(SIGKILL) while connected; lost: nothing, no round had begun" in run.reason.text


def test_killed_in_a_handler(gate: MakeGate, watched: WatchedRun) -> None:
    handler = gate("first")
    watched.start()
    watched.until(started("first"))
    kill(handler.arrival())
    run = watched.result()
    assert (run.state.name, run.reason.kind.name) == ("FAILED", "DAEMON_LOST")
    assert "while in a handler; lost: the unfinished work of first@node1#0" in run.reason.text


def test_killed_after_it_pushed_what_is_not_confirmed(gate: MakeGate, watched: WatchedRun) -> None:
    take = gate("take")
    watched.start()
    watched.until(finished("first"))
    take.arrival()
    kill(*watched.pids("first"))
    run = watched.result()
    assert (run.state.name, run.reason.kind.name) == ("FAILED", "DAEMON_LOST")
    assert "while pushed but unconfirmed" in run.reason.text
    assert "unknown: whether what first@node1#0 pushed was all used" in run.reason.text


def test_killed_after_it_has_ended(gate: MakeGate, watched: WatchedRun) -> None:
    apart = gate("apart")
    watched.start()
    watched.until(confirmed("first"))
    apart.arrival()
    kill(*watched.pids("first"))
    run = watched.result()
    assert (run.state.name, run.reason.kind.name) == ("FAILED", "DAEMON_LOST")
    assert "while ended; lost: nothing that was pushed" in run.reason.text


def test_killed_between_rounds(tmp_path: Path) -> None:
    watched = WatchedRun(tmp_path, tmp_path / "home", max_iteration=2)

    def kill_at_the_end_of_a_round(happening: Happening) -> None:
        if isinstance(happening, RoundFinished):  # The next round is not decided before we return.
            kill_and_await_report(*watched.pids("first"))

    watched.on_happening = kill_at_the_end_of_a_round
    watched.start()
    run = watched.result()
    assert (run.state.name, run.reason.kind.name) == ("FAILED", "DAEMON_LOST")
    assert "while between rounds; lost: nothing that was pushed" in run.reason.text


def test_a_run_that_nobody_disturbs_completes(watched: WatchedRun) -> None:
    watched.start()
    run = watched.result()
    assert run.value == {"slow": [1], "apart": None}
