"""What a seed decides: the same each time, within what there is, and not the same for all."""

from __future__ import annotations

from swarmdsl.testing.chance import LASTS_S, LATEST, Ground, draw_faults, draw_limits
from swarmdsl.testing.faults import SURVIVED, FaultKind
from swarmdsl.topology.model import Limits

GROUND = Ground(
    daemons=["a@n1#0", "b@n2#0"],
    nodes=["n1", "n2", "controller"],
    pairs=[("a@n1#0", "b@n2#0"), ("a@n1#0", "controller")],
    duration_s=2.0,
)
SEEDS = [str(number) for number in range(300)]


def test_a_seed_draws_the_same_again() -> None:
    for seed in SEEDS[:20]:
        assert draw_faults(seed, GROUND, SURVIVED) == draw_faults(seed, GROUND, SURVIVED)
        assert draw_limits(seed, Limits()) == draw_limits(seed, Limits())


def test_every_kind_is_drawn_in_time_and_hits_what_there_is() -> None:
    drawn = [fault for seed in SEEDS for fault in draw_faults(seed, GROUND, SURVIVED)]
    assert {fault.kind for fault in drawn} == set(SURVIVED)
    names = {*GROUND.daemons, *GROUND.nodes, ""}
    assert {name for fault in drawn for name in (fault.target, fault.other)} <= names
    assert all(0.0 <= fault.at_s <= LATEST * GROUND.duration_s for fault in drawn)
    assert all(fault.for_s <= LASTS_S[1] for fault in drawn)


def test_only_the_kinds_that_are_asked_for_are_drawn() -> None:
    kinds = (FaultKind.CUT, FaultKind.KILL)
    drawn = {fault.kind for seed in SEEDS for fault in draw_faults(seed, GROUND, kinds)}
    assert drawn == set(kinds)
    assert draw_faults("1", GROUND, ()) == []


def test_a_schedule_is_in_the_order_of_time() -> None:
    for seed in SEEDS:
        moments = [fault.at_s for fault in draw_faults(seed, GROUND, SURVIVED)]
        assert moments == sorted(moments)


def test_bounds_are_as_declared_or_smaller() -> None:
    declared = Limits(inbox_messages=5, unconfirmed_messages=4)
    drawn = [draw_limits(seed, declared) for seed in SEEDS]
    assert {one.inbox_messages for one in drawn} == {1, 2, 3, 5}
    assert {one.unconfirmed_messages for one in drawn} == {1, 2, 3, 4}
    assert {one.restarts for one in drawn} == {1, 3, 20}
    assert {one.inbox_bytes for one in drawn} == {declared.inbox_bytes}
