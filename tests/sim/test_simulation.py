"""Whole swarms in virtual time: whatever goes wrong, the promises hold.

A swarm with a new shape (a diamond with an edge of results, a pool, a shuffle by key) gets a file
in `swarms/` and a line in `swarms/all.py`.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from swarmdsl import Daemon, Module, Swarm, Task, every, on
from swarmdsl.errors import ExtraMissing, SimulationFailed, SimulationImpossible
from swarmdsl.testing import Fault, FaultKind, simulate
from swarmdsl.testing.campaign import campaign
from swarmdsl.testing.prepared import prepared
from swarmdsl.testing.simulate import inventory_for
from swarmdsl.testing.simulator import Simulator
from tests.sim.swarms.all import SWARMS
from tests.sim.swarms.awaiting import WAIT_S, Resting
from tests.sim.swarms.words import Words

SEEDS = 12  # of each swarm; `test_campaign` tries many more
FAULTS_MIN = 6  # that must have hit something, over the seeds of a swarm
SWARM_FILES = Path(__file__).parent / "swarms"


@pytest.fixture(scope="module")
def simulator() -> Iterator[Callable[[str], Simulator]]:
    """The simulator of a swarm, made once for all tests.

    All are compiled before the bundle of any is where Python imports from: it has a folder `tests`
    as well, and code is packaged from where it would be imported.
    """
    compiled = {name: swarm().compile(inventory_for(3)) for name, swarm in SWARMS.items()}
    made: dict[str, Simulator] = {}
    with ExitStack() as stack:

        def get(name: str) -> Simulator:
            if name not in made:
                topology = compiled[name].require()
                ready = stack.enter_context(prepared(topology, compiled[name].bundles))
                made[name] = Simulator(ready)
            return made[name]

        yield get


@pytest.mark.parametrize("name", SWARMS)
def test_promises_hold_whatever_goes_wrong(
    name: str, simulator: Callable[[str], Simulator]
) -> None:
    verdicts = list(campaign(simulator(name), range(SEEDS), jobs=1))
    broken = {one.seed: [str(each) for each in one.violations] for one in verdicts}
    assert broken == {seed: [] for seed in range(SEEDS)}
    assert sum(one.injected.total() for one in verdicts) >= FAULTS_MIN


@pytest.mark.parametrize("name", SWARMS)
def test_a_seed_gives_the_same_trace_again(
    name: str, simulator: Callable[[str], Simulator]
) -> None:
    first, second = (simulator(name).run(3).trace.lines() for _ in range(2))
    assert first == second
    assert any(" deliver " in line for line in first)


def test_another_seed_gives_another_trace(simulator: Callable[[str], Simulator]) -> None:
    first, second = (simulator("words").run(seed).trace.lines() for seed in (0, 1))
    assert first != second


@pytest.mark.parametrize("name", ["chain", "federated"])
def test_a_trace_does_not_depend_on_hashes(name: str, tmp_path: Path) -> None:
    traces = []
    for hash_seed in ("1", "2"):
        file = tmp_path / hash_seed
        words = [sys.executable, "-m", "swarmdsl", "simulate", f"{name}.py", "--nodes", "3"]
        words += ["--slots", "2", "--seed", "7", "--trace", str(file)]
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
        subprocess.run(words, check=True, cwd=SWARM_FILES, env=environment, capture_output=True)
        traces.append(file.read_bytes())
    assert traces[0] == traces[1] != b""


def test_a_given_schedule_is_carried_out() -> None:
    schedule = [
        Fault(at_s=0.03, kind=FaultKind.KILL, target="worker@node1#0"),
        Fault(
            at_s=0.035,
            kind=FaultKind.PARTITION,
            target="node2",
            other="controller",
            for_s=0.2,
        ),
    ]
    simulation = simulate(Words(), seed=1, faults=schedule)
    told = [line for line in simulation.trace.lines() if " fault " in line]
    assert told == [
        "0.030000 fault kill worker@node1#0",
        "0.035000 fault partition node2 controller for 0.200000",
    ]
    assert simulation.outcome is not None
    assert simulation.outcome.state.value == "COMPLETED"


def test_a_killed_daemon_comes_back_as_another_process() -> None:
    kill = Fault(at_s=0.03, kind=FaultKind.KILL, target="worker@node1#0")
    trace = simulate(Words(), seed=1, faults=[kill]).trace.lines()
    starts = [line.partition(" ")[2] for line in trace if " start worker@node1#0" in line]
    assert starts == ["start worker@node1#0 0", "start worker@node1#0 1"]
    assert [line.partition(" ")[2] for line in trace if line.endswith(" killed")] == [
        "exit worker@node1#0 killed"
    ]


def test_event_loops_of_the_users_code_wait_in_virtual_time() -> None:
    before_s = time.monotonic()
    simulation = simulate(Resting(), seed=1, faults=[])
    assert simulation.outcome is not None
    assert simulation.outcome.state.value == "COMPLETED"
    assert float(simulation.trace.lines()[-1].split()[0]) >= WAIT_S
    assert time.monotonic() - before_s < WAIT_S / 2


def test_daemons_without_a_controller_leave() -> None:
    kill = Fault(at_s=0.05, kind=FaultKind.KILL_CONTROLLER, target="controller")
    simulation = simulate(Words(), seed=1, faults=[kill])
    assert simulation.outcome is None
    exits = [line for line in simulation.trace.lines() if " exit worker@" in line]
    assert len(exits) == 5


@pytest.mark.parametrize("name", ["chain", "federated"])
def test_another_controller_goes_on_whenever_one_dies(
    name: str, simulator: Callable[[str], Simulator]
) -> None:
    broken: dict[str, str] = {}
    for step in range(12):
        kill = Fault(
            at_s=0.01 + 0.015 * step,
            kind=FaultKind.KILL_CONTROLLER,
            target="controller",
            for_s=0.1 + 0.2 * (step % 3),
        )
        simulation = simulator(name).run(step, [kill])
        broken |= {str(kill): str(one) for one in simulation.violations}
    assert broken == {}


def test_what_a_dead_controller_had_commanded_and_nobody_obeyed_is_void() -> None:
    kill = Fault(at_s=0.003505, kind=FaultKind.KILL_CONTROLLER, target="controller", for_s=0.002121)
    simulation = simulate(Words(), seed=530, faults=[kill])
    assert simulation.outcome is not None
    assert simulation.outcome.state.value == "COMPLETED"


def harmless(number: int) -> Fault:
    return Fault(
        at_s=0.01 * number,
        kind=FaultKind.DELAY,
        target="node1",
        other="node2",
        for_s=0.01,
        extra_s=0.001,
    )


def test_a_broken_promise_is_told_with_the_one_fault_that_breaks_it() -> None:
    fatal = Fault(at_s=0.03, kind=FaultKind.PAUSE, target="worker@node2#0", for_s=2.5)
    schedule = [*map(harmless, range(3)), fatal, *map(harmless, range(4, 8))]
    with pytest.raises(SimulationFailed) as told:
        simulate(Words(), seed=5, faults=schedule, until_s=2.0)
    failure = told.value
    assert failure.seed == 5
    assert failure.faults == (str(fatal),)
    assert failure.violations[0].startswith("stall, at ")
    assert "worker@node2#0 is stopped" in failure.violations[0]
    assert "seed=5, only=[3]" in failure.again


def test_what_was_shrunk_is_replayed_by_position() -> None:
    fatal = Fault(at_s=0.03, kind=FaultKind.PAUSE, target="worker@node2#0", for_s=2.5)
    schedule = [harmless(1), fatal]
    assert simulate(Words(), seed=5, faults=schedule, only=[0], until_s=2.0).injected
    with pytest.raises(SimulationFailed, match="stall"):
        simulate(Words(), seed=5, faults=schedule, only=[1], until_s=2.0)


def twenty() -> Iterator[int]:
    yield from range(20)


class Waiting(Daemon):
    """Pushes by the clock how much has come, which is all of it, unless something takes long."""

    count = 0

    @on
    def take(self, number: int) -> None:
        self.count += 1

    @every(seconds=0.2)
    def tell(self) -> int:
        return self.count

    def on_round_end(self) -> int:
        return self.tell()


class ByTheClock(Swarm):
    def execute(self) -> Task:
        return Task(Waiting, "any")(Task(twenty, "any"))


def test_a_result_that_a_mere_delay_changes_is_said_to_depend_on_timing() -> None:
    slow = Fault(at_s=0.0, kind=FaultKind.SLOW, target="Waiting@node2#0", for_s=9.0, extra_s=0.5)
    with pytest.raises(SimulationFailed, match="depends on timing and not on faults") as told:
        simulate(ByTheClock(), seed=1, faults=[slow])
    assert told.value.by_timing
    assert simulate(ByTheClock(), seed=1, faults=[slow], any_outcome=True).outcome is not None


def boom() -> int:
    raise ValueError("boom")


class Broken(Swarm):
    def execute(self) -> Task:
        return Task(boom)


def test_a_swarm_that_fails_anyway_is_not_simulated() -> None:
    with pytest.raises(SimulationImpossible, match=r"without faults ends FAILED: .*boom"):
        simulate(Broken(), seed=1)


class Scripted(Swarm):
    def execute(self) -> Task:
        return Task(Module("def main():\n    return 1\n", name="one"), alias="script_task")


def test_a_script_is_refused_by_the_name_of_its_task() -> None:
    with pytest.raises(SimulationImpossible, match="script_task runs a script"):
        simulate(Scripted(), seed=1)


def test_a_missing_extra_is_one_sentence() -> None:
    program = (
        "import sys; sys.modules['greenlet'] = None\n"
        "from swarmdsl.cli import main; sys.exit(main(['simulate', 'words.py']))"
    )
    words = [sys.executable, "-c", program]
    ended = subprocess.run(words, check=False, cwd=SWARM_FILES, capture_output=True, text=True)
    assert ended.returncode == 3
    assert ended.stderr == f"swarm simulate: {ExtraMissing('testing', 'greenlet')}\n"
