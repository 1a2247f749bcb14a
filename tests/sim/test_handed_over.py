"""Who does the work of another anew reads what that one read, and not what it has set since."""

from __future__ import annotations

import pytest

from swarmdsl import Limits, Swarm, Task
from swarmdsl.control.state import RunState
from swarmdsl.light import World
from swarmdsl.wire.codec import decode_blob
from tests.sim.test_moves import bench

NUMBERS = [4.0, 8.0, 9.0]
VICTIM = "worker@node2#0"


def share(world: World) -> list[float]:
    """In the first round the numbers, in the second how far each is from their mean."""
    mean = world.globals["mean"]
    return NUMBERS if mean is None else [abs(one - float(str(mean))) for one in NUMBERS]


def combine(shares: list[float], world: World) -> float:
    """The mean, and from it in the next round the mean distance; it goes by what it has set."""
    value = sum(shares) / len(shares)
    if world.globals["mean"] is None:
        world.globals["mean"] = value
        for _ in range(3):  # there is time to be lost in
            world.results.add("mean", value)
        world.schedule_next_iter()
    return value


class TwoRounds(Swarm):
    """Who combines may be on node2 or on node3."""

    limits = Limits(restarts=0)

    def __init__(self) -> None:
        super().__init__()
        self.set_global("mean", None)

    def execute(self) -> Task:
        source = Task(share, method="any", specified_ids=["node1"])
        return Task(combine, method="any", excepted_ids=["node1"], alias="combine")(source)


@pytest.mark.parametrize("part", range(4))
def test_a_function_that_goes_by_a_global_that_it_sets_gives_the_same_wherever_it_is_lost(
    part: int,
) -> None:
    with bench(TwoRounds()) as swarm:
        moments = swarm.moments(120)
        for at_s in moments[part::4]:
            outcome = swarm.killed(at_s, victim=VICTIM)
            assert outcome.state is RunState.COMPLETED, (at_s, outcome.reason)
            values = [decode_blob(one) for (_, _), found in outcome.values.items() for one in found]
            assert values == [7.0, 2.0], at_s
            means = [decode_blob(row[-1]) for row in outcome.results]
            assert means == [7.0] * 3, at_s
