"""Receivers that are behind, in virtual time: their senders push less often, and more at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from swarmdsl.control.state import RunState
from swarmdsl.testing import Fault, FaultKind
from swarmdsl.testing.checkers import broken_in
from swarmdsl.testing.outcome import outcome_of
from swarmdsl.testing.prepared import prepared
from swarmdsl.testing.simulate import inventory_for
from swarmdsl.testing.world import World
from swarmdsl.wire.codec import decode_blob
from swarmdsl.wire.messages import AnyMessage, Confirm, Data, decode
from tests.sim.swarms.stepping import (
    AGES_S,
    FAST_PERIODS,
    PUSHES,
    SLOW_PUSHES,
    Impatient,
    Stepping,
)

SEED = "b"  # all else is quick
UNTIL_S = 60.0
SLOW_METER = Fault(
    at_s=0.0, kind=FaultKind.SLOW, target="meter@node1#0", for_s=UNTIL_S, extra_s=0.005
)
"""Its receiver takes that much longer for each batch, however many are in it."""


@contextmanager
def simulated(swarm: Stepping, nodes: int, faults: Sequence[Fault] = ()) -> Iterator[World]:
    """A run that has completed and has broken no promise."""
    compilation = swarm.compile(inventory_for(nodes))
    with prepared(compilation.require(), compilation.bundles) as ready:
        world = World(ready, ready.topology, SEED, faults)
        try:
            world.run(UNTIL_S)
            assert world.ending is not None
            assert world.ending.state is RunState.COMPLETED
            assert broken_in(world) == []
            yield world
        finally:
            world.release()


def messages(world: World) -> Iterator[AnyMessage]:
    return (decode(letter.frames).message for letter in world.trace.arrivals())


def frames(world: World) -> list[int]:
    """How many pushes came in each frame from the sources, in the order of their arrival."""
    return [one.count for one in messages(world) if isinstance(one, Data) and one.link == 0]


def asked_us(world: World) -> list[int]:
    """What was asked for with each confirmation."""
    return [one.linger_us for one in messages(world) if isinstance(one, Confirm)]


def ages_s(world: World) -> list[float]:
    assert world.ending is not None
    results = outcome_of(world.store, world.topology, world.ending.state).results
    (ages,) = [decode_blob(one[4]) for one in results if one[0] == AGES_S]
    return sorted(ages)


def test_a_hundred_that_step_up_at_once_are_handled_in_time() -> None:
    with simulated(Stepping(), 100) as world:
        ages = ages_s(world)
        assert len(ages) == 100 * PUSHES
        assert ages[len(ages) * 99 // 100] <= 0.025
        in_frames = frames(world)
        assert set(in_frames[:100]) == set(in_frames[-100:]) == {1}, "nothing queues"
        assert len(in_frames) - 2 * 100 * SLOW_PUSHES <= 100 * FAST_PERIODS / 5


def test_few_push_at_once_as_long_as_their_receiver_keeps_up() -> None:
    with simulated(Stepping(), 3) as world:
        assert set(frames(world)) == {1}
        assert set(asked_us(world)) == {0}


def test_a_receiver_that_is_behind_gets_more_in_a_frame_until_it_has_caught_up() -> None:
    with simulated(Stepping(), 3, [SLOW_METER]) as world:
        in_frames, asked = frames(world), asked_us(world)
        assert sum(in_frames) == len(ages_s(world)) == 3 * PUSHES
        assert max(in_frames) >= 5
        assert set(in_frames[-SLOW_PUSHES:]) == {1}, "nothing queues any more"
        assert 4_000 <= max(asked) <= 10_000, "the budget of the link"
        assert asked[-1] == 0


def test_nothing_is_held_back_on_a_link_without_a_budget() -> None:
    with simulated(Impatient(), 3, [SLOW_METER]) as world:
        assert set(frames(world)) == {1}
