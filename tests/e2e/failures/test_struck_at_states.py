"""Each example is struck once in every state that a run shows: it is right all the same.

A gate holds the victim in the middle of its work, so that the others stand still around it.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator

import pytest

from swarmdsl.control.progress import InstanceProgress, Phase
from swarmdsl.control.state import RunState
from tests.chaos.battered_run import SILENCE_MAX_S, BatteredRun
from tests.chaos.processes import FORK_SERVER, Process
from tests.e2e.failures.cases import EXAMPLES, Example
from tests.e2e.failures.telling import ended, start
from tests.e2e.gates import Gate

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.chaos]

ON_EACH = pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.swarm)
HELD = {
    "Words": [Phase.WAITING, Phase.WORKING, Phase.UNCONFIRMED],
    "Digits": [Phase.WAITING, Phase.WORKING, Phase.UNCONFIRMED],
    "Sky": [Phase.WORKING],  # all of it is daemon modules, which begin with the first push
}
HELD_IN_EACH = [(example, phase) for example in EXAMPLES for phase in HELD[example.swarm]]
IN_EACH_PHASE = pytest.mark.parametrize(
    ("example", "phase"), HELD_IN_EACH, ids=lambda one: getattr(one, "swarm", None) or one.name
)


@pytest.fixture
def gate(run: BatteredRun) -> Iterator[Gate]:
    made = Gate(run.sources, "waits")
    yield made
    made.close()


def start_at_gate(run: BatteredRun, example: Example, gate: Gate) -> None:
    start(run, example, "waits", gates=str(run.sources))
    gate.arrival()


def seen(what: Callable[[], Process | None], run: BatteredRun) -> Process:
    """The process that is there as soon as a state is."""
    deadline = time.monotonic() + SILENCE_MAX_S
    while (found := what()) is None:
        assert time.monotonic() < deadline, run.described()
        os.sched_yield()
    return found


def host_of(run: BatteredRun, phase: Phase) -> Process | None:
    """The daemon of an instance that stands in this phase."""
    hosts = {one.daemon for one in instances(run) if one.phase is phase}
    return next((one for one in run.processes() if one.name in hosts), None)


def instances(run: BatteredRun) -> tuple[InstanceProgress, ...]:
    return run.stored.progress().instances if run.exists else ()


def is_starting(run: BatteredRun) -> bool:
    return run.exists and run.stored.record().state == RunState.STARTING.name


def check_is_right(run: BatteredRun, example: Example) -> None:
    assert ended(run) == (0, "COMPLETED", "finished"), run.described()
    assert example.is_right(run.stored), run.described()


def kill_controller(run: BatteredRun) -> None:
    run.controller.send(signal.SIGKILL)
    run.end()
    run.resume()


@IN_EACH_PHASE
def test_a_daemon_may_die_whatever_its_instance_is_at(
    run: BatteredRun, gate: Gate, example: Example, phase: Phase
) -> None:
    start_at_gate(run, example, gate)
    seen(lambda: host_of(run, phase), run).send(signal.SIGKILL)
    gate.remove()
    check_is_right(run, example)


@IN_EACH_PHASE
def test_the_controller_may_die_whatever_an_instance_is_at(
    run: BatteredRun, gate: Gate, example: Example, phase: Phase
) -> None:
    start_at_gate(run, example, gate)
    seen(lambda: host_of(run, phase), run)
    kill_controller(run)
    gate.remove()
    check_is_right(run, example)


@ON_EACH
def test_the_controller_may_die_while_a_daemon_is_started_anew(
    run: BatteredRun, gate: Gate, example: Example
) -> None:
    start_at_gate(run, example, gate)
    seen(lambda: host_of(run, Phase.WORKING), run).send(signal.SIGKILL)
    seen(lambda: run.controller if is_lost(run) else None, run)
    kill_controller(run)
    gate.remove()
    check_is_right(run, example)


def is_lost(run: BatteredRun) -> bool:
    return any(one.phase is Phase.LOST for one in instances(run))


@ON_EACH
def test_a_daemon_may_die_while_the_run_starts(run: BatteredRun, example: Example) -> None:
    start(run, example)
    seen(lambda: a_daemon(run) if is_starting(run) else None, run).send(signal.SIGKILL)
    check_is_right(run, example)


def a_daemon(run: BatteredRun) -> Process | None:
    return next((one for one in run.processes() if one.name not in {"", FORK_SERVER}), None)


@ON_EACH
def test_the_controller_may_die_while_the_run_starts(run: BatteredRun, example: Example) -> None:
    start(run, example)
    seen(lambda: run.controller if is_starting(run) and run.stored.sockets() else None, run)
    kill_controller(run)
    check_is_right(run, example)
