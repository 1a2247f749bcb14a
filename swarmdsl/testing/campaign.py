"""Many seeds of one swarm, on as many cores as there are."""

from __future__ import annotations

import multiprocessing
import signal
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from swarmdsl.testing.faults import Fault, FaultKind
from swarmdsl.testing.simulator import Simulation, Simulator
from swarmdsl.testing.violation import Violation

SEEDS_AT_ONCE_MAX = 16  # handed to a process together


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What became of one seed.

    Attributes:
        seed: of the run.
        violations: the promises that were broken.
        injected: how many faults of each kind hit something.
        kept: positions in the seed's schedule that suffice to break them.
        faults: the faults at these positions.
        by_timing: it only yields something else, without any fault or with some that only delay.
    """

    seed: int
    violations: Sequence[Violation]
    injected: Counter[FaultKind]
    kept: Sequence[int] = ()
    faults: Sequence[Fault] = ()
    by_timing: bool = False


def judge(simulator: Simulator, simulation: Simulation) -> Verdict:
    """Look for the smallest cause, if a simulated run has broken a promise."""
    kept: Sequence[int] = ()
    injected = simulation.injected
    if simulation.violations:
        kept, simulation = simulator.shrink(simulation)
    return Verdict(
        seed=simulation.seed,
        violations=simulation.violations,
        injected=injected,
        kept=kept,
        faults=simulation.faults if kept else (),
        by_timing=simulator.is_by_timing(simulation),
    )


def campaign(simulator: Simulator, seeds: Sequence[int], jobs: int) -> Iterator[Verdict]:
    """The verdict on each seed: in order with one job, as they come with more.

    Args:
        simulator: of the swarm.
        seeds: to try.
        jobs: processes to use; with one, everything happens in this process.
    """
    _ = simulator.reference  # made once, and before the processes part
    if jobs == 1:
        for seed in seeds:
            yield judge(simulator, simulator.run(seed))
        return
    _Job.simulator = simulator
    at_once = max(1, min(SEEDS_AT_ONCE_MAX, len(seeds) // (4 * jobs)))
    with multiprocessing.get_context("fork").Pool(jobs, _begin_job) as pool:
        yield from pool.imap_unordered(_judge, seeds, at_once)


class _Job:
    """What a forked process inherits; code and greenlets cannot be sent to it.

    Attributes:
        simulator: set before the fork.
    """

    simulator: Simulator | None = None


def _begin_job() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the one who waits for us.


def _judge(seed: int) -> Verdict:
    simulator = _Job.simulator
    assert simulator is not None, "it was set before the fork"
    return judge(simulator, simulator.run(seed))
