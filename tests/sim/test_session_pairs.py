"""Whatever a wire does to a pair of sessions: nothing is lost, nothing comes twice or too early."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.sim.session_world import CHANNELS, World

STEPS = 150
SEEDS = range(400)


def lived(seed: int, steps: int = STEPS) -> World:
    """A world after this many random events, each of which was judged."""
    world = World(seed)
    for _ in range(steps):
        world.step()
    return world


@pytest.mark.parametrize("seed", SEEDS)
def test_after_quiet_the_last_sink_has_all_that_was_unconfirmed(seed: int) -> None:
    world = lived(seed)
    world.settle()
    for key in CHANNELS:
        channel = world.channel(key)
        assert world.inboxes[key].expected in {None, channel.next}
        assert (channel.unconfirmed, channel.confirmed) == (0, channel.next)
    assert len(world.shelf) == 0


def test_the_same_seed_tells_the_same_story() -> None:
    first, second = lived(7), lived(7)
    assert first.count() == second.count()
    assert [first.channel(key).next for key in CHANNELS] == [
        second.channel(key).next for key in CHANNELS
    ]


def test_the_seeds_reach_every_fault_that_a_session_must_survive() -> None:
    total: Counter[str] = Counter()
    for seed in range(100):
        total += lived(seed).count()
    faults = {"stale", "duplicates", "gaps", "refused", "retransmitted", "spilled"}
    assert {name for name in faults if total[name] < 10} == set()
    assert {name for name in ("garbage", "beyond_credit") if total[name]} == set()
