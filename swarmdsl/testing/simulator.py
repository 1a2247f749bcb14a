"""Simulates one prepared swarm, seed after seed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property

from swarmdsl.control.state import RunState
from swarmdsl.errors import SimulationImpossible
from swarmdsl.testing.blur import Blur, blur_of
from swarmdsl.testing.chance import Ground, draw_faults, draw_limits, ground_of
from swarmdsl.testing.checkers import broken_in, lost_too_often
from swarmdsl.testing.faults import SURVIVED, Fault, FaultKind
from swarmdsl.testing.outcome import (
    Comparison,
    Outcome,
    anywhere,
    comparison_for,
    differences,
    missing,
    outcome_of,
)
from swarmdsl.testing.prepared import Prepared
from swarmdsl.testing.shrink import shrunk
from swarmdsl.testing.trace import Trace
from swarmdsl.testing.violation import Violation
from swarmdsl.testing.world import World
from swarmdsl.topology.model import Topology

UNTIL_S = 300.0  # virtual time that a run may take
REAL_CLOCK = (
    "\nCode that waits until a real clock has gone on, as time.monotonic(), waits for ever: no "
    "sleep makes it go on here. asyncio.get_running_loop().time() is virtual"
)
ANYTHING = "whatever it yields"
OUTCOME = "outcome"  # the checker that compares what runs yield
REFERENCES = 3  # runs without faults that are compared to one another

DEADLY = frozenset(
    {
        FaultKind.KILL,
        FaultKind.KILL_NODE,
        FaultKind.LOSE_NODE,
        FaultKind.CUT_OFF,
        FaultKind.KILL_CONTROLLER,
    }
)
"""Kinds after which a daemon may be started anew, so that its work is repeated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulation:
    """One simulated run.

    Attributes:
        seed: that decided it.
        outcome: what the run left; None if it did not end.
        violations: the promises that were broken.
        faults: the schedule, whether or not each fault hit something.
        injected: how many faults of each kind hit something.
        duration_s: the virtual time from the start to the final state.
        trace: everything that happened.
        not_compared: what of its yield was not compared, in words: it differs from run to run even
            without faults.
    """

    seed: int
    outcome: Outcome | None
    violations: Sequence[Violation]
    faults: Sequence[Fault]
    injected: Counter[FaultKind]
    duration_s: float
    trace: Trace
    not_compared: Sequence[str] = ()

    @property
    def only_yields_otherwise(self) -> bool:
        """Whether it went as promised but for what it has yielded."""
        completed = self.outcome is not None and self.outcome.state is RunState.COMPLETED
        unlike = [one.checker == OUTCOME for one in self.violations]
        return completed and bool(unlike) and all(unlike)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """What runs without faults show of a swarm.

    Attributes:
        outcome: what each run should leave, but for what is blurred.
        comparison: how that can be asked.
        blur: what differs even among these, and is not compared.
        ground: what faults can hit.
    """

    outcome: Outcome
    comparison: Comparison
    blur: Blur
    ground: Ground

    @property
    def not_compared(self) -> list[str]:
        """What a run may yield otherwise, and nobody is told."""
        if self.comparison is Comparison.NONE:
            return [ANYTHING]
        return self.blur.sentences()


@dataclass(frozen=True, slots=True, kw_only=True)
class _FairRun:
    """One run without faults."""

    outcome: Outcome
    pairs: set[tuple[str, str]]
    duration_s: float


class Simulator:
    """Simulates a swarm again and again.

    Args:
        prepared: the swarm.
        kinds: what may go wrong.
        until_s: the virtual time that a run may take.
        any_outcome: what the swarm yields depends on timing, so only ask that it completes.
    """

    def __init__(
        self,
        prepared: Prepared,
        kinds: Sequence[FaultKind] = SURVIVED,
        until_s: float = UNTIL_S,
        *,
        any_outcome: bool = False,
    ) -> None:
        self._any_outcome = any_outcome
        self._prepared = prepared
        self._kinds = tuple(kinds)
        self._until_s = until_s

    @cached_property
    def reference(self) -> Reference:
        """What runs without faults show.

        Raises:
            SimulationImpossible: they do not complete, so nothing can be said of others.
        """
        topology = self._prepared.topology
        fair = [self._fair_run(f"reference {number}") for number in range(REFERENCES)]
        pairs = {pair for one in fair for pair in one.pairs}
        blur = blur_of(one.outcome for one in fair)
        outcomes = [blur.of(one.outcome) for one in fair]
        comparison = comparison_for(topology, outcomes)
        return Reference(
            outcome=outcomes[0],
            blur=blur,
            comparison=Comparison.NONE if self._any_outcome else comparison,
            ground=ground_of(topology, sorted(pairs), max(one.duration_s for one in fair)),
        )

    def _fair_run(self, seed: str) -> _FairRun:
        with _world(self._prepared, self._prepared.topology, seed, []) as world:
            world.run(self._until_s)
            violations = broken_in(world)
            if violations or world.ending is None:
                hint = REAL_CLOCK if world.ending is None else ""
                raise SimulationImpossible(
                    f"a run without faults breaks a promise: {violations[0]}{hint}"
                )
            outcome = outcome_of(world.store, world.topology, world.ending.state)
            if outcome.state is not RunState.COMPLETED:
                raise SimulationImpossible(
                    f"a run without faults ends {outcome.state.value}: {outcome.reason}"
                )
            return _FairRun(
                outcome=outcome,
                pairs={(one.source[0], one.destination) for one in world.auditor.channels()},
                duration_s=world.decided_at_s,
            )

    def schedule(self, seed: int) -> list[Fault]:
        """The faults that a seed stands for."""
        return draw_faults(str(seed), self.reference.ground, self._kinds)

    def run(self, seed: int, faults: Sequence[Fault] | None = None) -> Simulation:
        """Simulate one run, with the faults of its seed or with those given instead."""
        schedule = self.schedule(seed) if faults is None else list(faults)
        with _world(self._prepared, self._topology(seed), str(seed), schedule) as world:
            world.run(self._until_s)
            violations = broken_in(world)
            outcome = None
            if world.ending is not None:
                outcome = outcome_of(world.store, world.topology, world.ending.state)
            if outcome is not None and not violations:
                violations = list(self._judge(world, outcome))
            return Simulation(
                seed=seed,
                outcome=outcome,
                violations=tuple(violations),
                faults=tuple(schedule),
                injected=world.injector.injected,
                duration_s=world.decided_at_s,
                trace=world.trace,
                not_compared=tuple(self.reference.not_compared),
            )

    def _topology(self, seed: int) -> Topology:
        topology = self._prepared.topology
        return replace(topology, limits=draw_limits(str(seed), topology.limits))

    def _judge(self, world: World, outcome: Outcome) -> Iterator[Violation]:
        """Compare a run with one that had no faults."""
        deaths = sum(number for kind, number in world.injector.injected.items() if kind in DEADLY)
        if lost_too_often(world) or world.told_of_losses:
            return
        wanted, outcome = self.reference.outcome, self.reference.blur.of(outcome)
        if world.missing:  # Its values are those of the rest, which nothing here knows.
            yield from _as_violations(world, _unlike_completed(outcome))
            return
        if world.given_up:
            wanted, outcome = anywhere(wanted), anywhere(outcome)
        unlike = self._unlike(wanted, outcome, more_allowed=bool(deaths))
        yield from _as_violations(world, unlike)

    def _unlike(self, wanted: Outcome, found: Outcome, *, more_allowed: bool) -> Iterator[str]:
        match self.reference.comparison:
            case Comparison.EXACT:
                yield from differences(wanted, found)
            case Comparison.CONTENTS:
                yield from missing(wanted, found, more_allowed=more_allowed)
            case Comparison.NONE:
                yield from _unlike_completed(found)

    def is_by_timing(self, simulation: Simulation) -> bool:
        """Whether a run yielded something else though it had no faults, or some that only delay.

        Then what the swarm yields depends on timing, on chance or on the world outside. What
        functions alone yield must not change with delays, so there a delay is to blame.
        """
        exact = self.reference.comparison is Comparison.EXACT
        blamed = (
            simulation.faults
            if exact
            else [fault for fault in simulation.faults if fault.kind in DEADLY]
        )
        return simulation.only_yields_otherwise and not blamed

    def shrink(self, simulation: Simulation) -> tuple[list[int], Simulation]:
        """The smallest part of a broken run's schedule that was found to break it as well.

        Returns the positions of its faults, and the run with just these.
        """

        def run(kept: Sequence[int]) -> Simulation:
            return self.run(simulation.seed, [simulation.faults[position] for position in kept])

        kept = shrunk(range(len(simulation.faults)), lambda some: bool(run(some).violations))
        return kept, run(kept)


def _unlike_completed(found: Outcome) -> Iterator[str]:
    if found.state is not RunState.COMPLETED:
        yield f"it ended {found.state.value} ({found.reason}), not COMPLETED"


def _as_violations(world: World, texts: Iterator[str]) -> Iterator[Violation]:
    for text in texts:
        yield Violation(checker=OUTCOME, at_s=world.scheduler.now_s, text=text)


@contextmanager
def _world(
    prepared: Prepared, topology: Topology, seed: str, faults: Sequence[Fault]
) -> Iterator[World]:
    world = World(prepared, topology, seed, faults)
    try:
        yield world
    finally:
        world.release()
