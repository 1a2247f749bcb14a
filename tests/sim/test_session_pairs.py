"""Whatever a wire does to a pair of sessions: nothing is lost, nothing comes twice or too early."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.sim.lossy_world import LossyWorld
from tests.sim.session_world import CHANNELS, LINKS, World

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


@pytest.mark.parametrize("seed", SEEDS)
def test_at_most_once_every_push_arrives_or_is_counted_and_every_end_arrives(seed: int) -> None:
    world = LossyWorld(seed)
    for _ in range(STEPS):
        world.step()
    world.end_all()
    world.settle()
    for key in world.channels:
        dropped = world.source.terms.counts(key.link).dropped
        lost = world.sink.terms.counts(key.link).lost
        assert world.offered[key] == len(world.arrived[key]) + dropped + lost
        assert len(world.ends_heard[key]) == len(world.ends_said[key])
        assert world.channel(key).unconfirmed == 0


def test_the_seeds_reach_every_loss_that_at_most_once_allows() -> None:
    totals: dict[str, Counter[str]] = {}
    for seed in range(100):
        world = LossyWorld(seed)
        for _ in range(STEPS):
            world.step()
        for key in world.channels:
            total = totals.setdefault(LINKS[key.link].overflow, Counter())
            total["dropped"] += world.source.terms.counts(key.link).dropped
            total["lost"] += world.sink.terms.counts(key.link).lost
    assert all(total["lost"] > 100 for total in totals.values())
    assert [name for name, total in totals.items() if total["dropped"] > 100] == [
        "drop_oldest",
        "drop_newest",
    ]
