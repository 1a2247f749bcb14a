"""A daemon that is lost for good: what `any` task it hosted goes on elsewhere, whenever it dies."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from swarmdsl import Daemon, Limits, Swarm, Task, on
from swarmdsl.control.state import RunState
from swarmdsl.testing import Fault, FaultKind
from swarmdsl.testing.outcome import Outcome
from swarmdsl.testing.prepared import Prepared, prepared
from swarmdsl.testing.simulator import Simulator

VICTIM = "worker@node2#0"
SEED = 9  # one that leaves `restarts` as declared; `given_up` asserts it


def split() -> Iterator[int]:
    yield from range(40)


def total(numbers: list[int]) -> int:
    return sum(numbers)


def report(total: int) -> str:
    return f"the sum is {total}"


class Double(Daemon):
    @on
    def take(self, number: int) -> int:
        return 2 * number


class Movable(Swarm):
    """The task in the middle may run on node2 or on node3; all others stay on node1."""

    limits = Limits(restarts=0, inbox_messages=4, batch_messages=2)
    max_iteration = 2

    def execute(self) -> Task:
        source = Task(split, method="any", specified_ids=["node1"])
        middle = Task(total, method="any", excepted_ids=["node1"], alias="middle")(source)
        return Task(report, method="any", specified_ids=["node1"])(middle)


class MovableBehindDaemon(Movable):
    def execute(self) -> Task:
        source = Task(split, method="any", specified_ids=["node1"])
        double = Task(Double, method="any", specified_ids=["node1"])(source)
        middle = Task(total, method="any", excepted_ids=["node1"], alias="middle")(double)
        return Task(report, method="any", specified_ids=["node1"])(middle)


class Pinned(Movable):
    def execute(self) -> Task:
        source = Task(split, method="any", specified_ids=["node1"])
        middle = Task(total, method="any", specified_ids=["node2"], alias="middle")(source)
        return Task(report, method="any", specified_ids=["node1"])(middle)


class Bench:
    """A swarm that is simulated again and again, its second node's worker dying ever later."""

    def __init__(self, ready: Prepared) -> None:
        self._simulator = Simulator(ready)
        self.given_up = 0

    def moments(self, count: int) -> list[float]:
        """Times all over the rounds of a run that nothing happens to, and a bit beyond."""
        run = self._simulator.run(SEED, [])
        begins = next(line for line in run.trace.lines() if " told RoundStarted" in line)
        begin_s = float(begins.split()[0])
        step_s = 1.1 * (run.duration_s - begin_s) / count
        return [begin_s + step_s * number for number in range(count)]

    def killed(self, at_s: float, *also: Fault, victim: str = VICTIM) -> Outcome:
        """How the run ends when a daemon is killed, and no promise is broken."""
        return self.struck(Fault(at_s=at_s, kind=FaultKind.KILL, target=victim), *also)

    def struck(self, *faults: Fault) -> Outcome:
        """How the run ends; no promise is broken: no value is lost, and none doubled."""
        simulation = self._simulator.run(SEED, faults)
        assert not simulation.violations, (faults, simulation.violations)
        assert simulation.outcome is not None
        self.given_up += any(" told DaemonGivenUp" in line for line in simulation.trace.lines())
        return simulation.outcome


@contextmanager
def bench(swarm: Swarm, nodes: int = 3) -> Iterator[Bench]:
    compilation = swarm.compile(nodes)
    with prepared(compilation.require(), compilation.bundles) as ready:
        yield Bench(ready)


def test_an_instance_moves_whenever_its_daemon_dies_and_nothing_is_lost_or_doubled() -> None:
    with bench(Movable()) as swarm:
        for at_s in swarm.moments(60):
            outcome = swarm.killed(at_s)
            assert outcome.state is RunState.COMPLETED, (at_s, outcome.reason)
        assert swarm.given_up > 40


def test_an_instance_moves_from_behind_a_daemon_module() -> None:
    with bench(MovableBehindDaemon()) as swarm:
        for at_s in swarm.moments(30):
            outcome = swarm.killed(at_s)
            assert outcome.state is RunState.COMPLETED, (at_s, outcome.reason)
        assert swarm.given_up > 20


def test_another_controller_remembers_who_is_gone() -> None:
    with bench(Movable()) as swarm:
        for at_s in swarm.moments(30):
            dies = Fault(at_s=at_s + 0.004, kind=FaultKind.KILL_CONTROLLER, target="", for_s=0.02)
            outcome = swarm.killed(at_s, dies)
            assert outcome.state is RunState.COMPLETED, (at_s, outcome.reason)


def test_an_instance_that_may_be_nowhere_else_ends_the_run_with_its_daemon() -> None:
    with bench(Pinned()) as swarm:
        outcome = swarm.killed(swarm.moments(8)[1])
    assert outcome.state is RunState.FAILED
    assert f"daemon {VICTIM} was lost" in outcome.reason


def test_who_has_moved_in_and_dies_was_waiting_for_its_inputs() -> None:
    with bench(Movable()) as swarm:
        at_s = swarm.moments(8)[1]
        next_one = Fault(at_s=at_s + 0.004, kind=FaultKind.KILL, target="worker@node3#0")
        outcome = swarm.killed(at_s, next_one)
    assert outcome.state is RunState.FAILED
    assert "worker@node3#0 was lost (SIGKILL) while waiting for its inputs" in outcome.reason
