"""A daemon that is killed, in each phase of its life.

Without restarts the run ends and says what was lost; with them it completes with its value.

Each phase is held open by a gate in the swarm's code, so that nothing depends on timing.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from swarmdsl import Run
from swarmdsl.control.happenings import (
    DaemonConnected,
    DaemonGivenUp,
    DaemonLost,
    Happening,
    InstanceConfirmed,
    InstanceFinished,
    InstanceStarted,
    RoundFinished,
    StateChanged,
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
    """A run that a lost daemon ends."""
    return WatchedRun(tmp_path, tmp_path / "home")


@pytest.fixture
def restarting(tmp_path: Path) -> WatchedRun:
    """A run that starts a lost daemon anew."""
    return WatchedRun(tmp_path, tmp_path / "home", restarts=3)


def completed(run: Run, slow: list[int]) -> bool:
    return (run.state.name, run.value) == ("COMPLETED", {"slow": slow, "apart": None})


def started(alias: str) -> Callable[[Happening], bool]:
    return lambda one: isinstance(one, InstanceStarted) and one.alias == alias


def lost(one: Happening) -> bool:
    return isinstance(one, DaemonLost)


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


def test_killed_while_starting_and_started_anew(gate: MakeGate, restarting: WatchedRun) -> None:
    starting = gate("starting")
    restarting.start()
    kill(starting.arrival())
    starting.remove()
    assert completed(restarting.result(), slow=[1])


def test_killed_once_connected(gate: MakeGate, watched: WatchedRun) -> None:
    starting = gate("starting")
    watched.start()
    held = starting.arrival()
    watched.until(lambda one: isinstance(one, DaemonConnected) and one.missing == 1)
    kill(min(watched.pids("imported") - {held}))
    run = watched.result()
    assert (run.state.name, run.reason.kind.name) == ("FAILED", "DAEMON_LOST")
    assert "(SIGKILL) while connected, and no round had begun" in run.reason.text


def test_killed_once_connected_and_started_anew(gate: MakeGate, restarting: WatchedRun) -> None:
    starting = gate("starting")
    restarting.start()
    held = starting.arrival()
    restarting.until(lambda one: isinstance(one, DaemonConnected) and one.missing == 1)
    kill(min(restarting.pids("imported") - {held}))
    restarting.until(lost)
    starting.remove()
    assert completed(restarting.result(), slow=[1])


def test_killed_while_waiting_for_its_inputs(gate: MakeGate, watched: WatchedRun) -> None:
    function = gate("first")
    watched.start()
    watched.until(started("first"))
    function.arrival()
    kill(watched.process("slow@node2#0"))
    run = watched.result()
    assert (run.state.name, run.reason.kind.name) == ("FAILED", "DAEMON_LOST")
    assert "(SIGKILL) while waiting for its inputs; round 0 still needs it" in run.reason.text


def test_killed_while_waiting_and_started_anew(gate: MakeGate, restarting: WatchedRun) -> None:
    function = gate("first")
    restarting.start()
    restarting.until(started("first"))
    function.arrival()
    kill(restarting.process("slow@node2#0"))
    restarting.until(lost)
    function.remove()
    assert completed(restarting.result(), slow=[1])


def test_killed_while_being_started_anew(gate: MakeGate, tmp_path: Path) -> None:
    watched = WatchedRun(tmp_path, tmp_path / "home", restarts=1)
    take = gate("take")
    watched.start()
    held = take.arrival()
    starting = gate("starting")
    kill(held)
    kill(starting.arrival())
    run = watched.result()
    assert (run.state.name, run.reason.kind.name) == ("FAILED", "DAEMON_LOST")
    assert "slow@node2#0 was lost (SIGKILL) while being started anew" in run.reason.text


def test_killed_while_being_started_anew_and_once_more_started(
    gate: MakeGate, restarting: WatchedRun
) -> None:
    take = gate("take")
    restarting.start()
    held = take.arrival()
    starting = gate("starting")
    kill(held)
    kill(starting.arrival())
    starting.remove()
    take.remove()
    assert completed(restarting.result(), slow=[1])


def test_killed_in_a_handler(gate: MakeGate, watched: WatchedRun) -> None:
    handler = gate("first")
    watched.start()
    watched.until(started("first"))
    kill(handler.arrival())
    run = watched.result()
    assert (run.state.name, run.reason.kind.name) == ("FAILED", "DAEMON_LOST")
    assert "while at work on first@node1#0 in round 0; no other node can do" in run.reason.text


def test_killed_in_a_function_and_started_anew(gate: MakeGate, restarting: WatchedRun) -> None:
    function = gate("first")
    restarting.start()
    kill(function.arrival())
    function.remove()
    assert completed(restarting.result(), slow=[1])


def test_killed_in_a_handler_and_started_anew(gate: MakeGate, restarting: WatchedRun) -> None:
    take = gate("take")
    restarting.start()
    kill(take.arrival())
    take.remove()
    assert completed(restarting.result(), slow=[1])


def test_killed_after_it_pushed_what_is_not_confirmed(gate: MakeGate, watched: WatchedRun) -> None:
    take = gate("take")
    watched.start()
    watched.until(finished("first"))
    take.arrival()
    kill(*watched.pids("first"))
    run = watched.result()
    assert (run.state.name, run.reason.kind.name) == ("FAILED", "DAEMON_LOST")
    assert "while pushed but unconfirmed" in run.reason.text
    assert "not all that first@node1#0 pushed in round 0 was used by then" in run.reason.text


def test_killed_after_it_pushed_and_started_anew(gate: MakeGate, restarting: WatchedRun) -> None:
    """The daemon below handles what it took of the first process, whose push was whole.

    Once more that of the second, unless it is done before the second's connection reaches it.
    """
    take = gate("take")
    restarting.start()
    restarting.until(finished("first"))
    take.arrival()
    kill(*restarting.pids("first"))
    restarting.until(started("first"))
    restarting.until(finished("first"))
    take.remove()
    run = restarting.result()
    assert completed(run, slow=[1, 1]) or completed(run, slow=[1])


def test_killed_after_it_has_ended(gate: MakeGate, watched: WatchedRun) -> None:
    """No round needs it any more, so the run goes on without it."""
    apart = gate("apart")
    watched.start()
    watched.until(confirmed("first"))
    apart.arrival()
    kill(*watched.pids("first"))
    given_up = watched.until(lambda one: isinstance(one, DaemonGivenUp))
    assert "while done with its round" in str(given_up)
    apart.remove()
    assert completed(watched.result(), slow=[1])


def test_killed_after_it_has_ended_and_started_anew(gate: MakeGate, restarting: WatchedRun) -> None:
    apart = gate("apart")
    restarting.start()
    restarting.until(confirmed("first"))
    apart.arrival()
    kill(*restarting.pids("first"))
    restarting.until(lost)
    apart.remove()
    assert completed(restarting.result(), slow=[1])
    assert len(restarting.pids("first")) == 1, "it was done with its round"


def test_killed_between_rounds(tmp_path: Path) -> None:
    watched = WatchedRun(tmp_path, tmp_path / "home", max_iteration=2)

    def kill_at_the_end_of_a_round(happening: Happening) -> None:
        if isinstance(happening, RoundFinished):  # The next round is not decided before we return.
            kill_and_await_report(*watched.pids("first"))

    watched.on_happening = kill_at_the_end_of_a_round
    watched.start()
    run = watched.result()
    assert (run.state.name, run.reason.kind.name) == ("FAILED", "DAEMON_LOST")
    assert "while between rounds" in run.reason.text


def test_killed_between_rounds_and_started_anew(tmp_path: Path) -> None:
    restarting = WatchedRun(tmp_path, tmp_path / "home", max_iteration=2, restarts=1)

    def kill_at_the_end_of_the_first_round(happening: Happening) -> None:
        if isinstance(happening, RoundFinished) and happening.round == 0:
            kill_and_await_report(*restarting.pids("first"))

    restarting.on_happening = kill_at_the_end_of_the_first_round
    restarting.start()
    assert completed(restarting.result(), slow=[1])
    assert len(restarting.pids("first")) == 2


def test_killed_while_the_run_winds_down(watched: WatchedRun) -> None:
    """Stopped before it can hear that the run is over, killed when the run is."""
    stopped: list[int] = []

    def strike(happening: Happening) -> None:
        if isinstance(happening, RoundFinished):
            stopped.append(watched.process("slow@node2#0"))
            os.kill(stopped[0], signal.SIGSTOP)
        elif isinstance(happening, StateChanged) and happening.state.final:
            kill_and_await_report(*stopped)

    watched.on_happening = strike
    watched.start()
    assert completed(watched.result(), slow=[1])
    assert len(stopped) == 1


def test_a_run_that_nobody_disturbs_completes(watched: WatchedRun) -> None:
    watched.start()
    run = watched.result()
    assert run.value == {"slow": [1], "apart": None}
