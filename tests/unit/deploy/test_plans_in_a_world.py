"""Plans carried out in a world in memory: they lead where they say, also after a failure."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from swarmdsl.deploy.executor import execute
from swarmdsl.deploy.plan import Operation, Plan, RemoveNetwork, StopRun
from swarmdsl.errors import SwarmError
from swarmdsl.topology.model import Topology
from tests.unit.deploy.standing_world import BASE, DOUBLES, SIDE, STORE, SUMS, TICKS, World, line

images = st.sampled_from([None, SIDE])
requirements = st.sampled_from([(), ("numpy>=2",)])
bundles = st.sampled_from(["", "b"])
code = st.fixed_dictionaries({"image": images, "requirements": requirements, "bundle": bundles})
stores = st.sampled_from([SIDE, STORE])
alone = st.fixed_dictionaries({"kind": st.just("image"), "image": stores})
modules = st.one_of(code, alone)
swarms = st.builds(
    line,
    st.sampled_from([0, 3]),
    ticks=modules,
    doubles=modules,
    sums=modules,
)
engines = st.sampled_from(["docker", "process"])


@given(swarms, engines)
def test_a_second_time_there_is_nothing_to_do(swarm: Topology, engine: str) -> None:
    world = World()
    assert world.bring(swarm, engine).problem is None
    assert world.plan(swarm, engine).is_empty


@given(swarms, swarms, engines, engines)
def test_from_any_swarm_to_any_other(
    first: Topology, second: Topology, engine: str, other: str
) -> None:
    world = World()
    world.bring(first, engine)
    world.bring(second, other)
    assert world.plan(second, other).is_empty


@given(swarms, swarms, st.integers(0, 8))
def test_after_a_failure_at_any_step_the_next_plan_goes_on_from_there(
    first: Topology, second: Topology, breaks_at: int
) -> None:
    world = World()
    world.bring(first)
    world.breaks_at = breaks_at
    broken = world.bring(second)
    assert (broken.problem is None) == (broken.failed is None)
    world.breaks_at = None
    assert world.bring(second).problem is None
    assert world.plan(second).is_empty


@given(images, images, images)
def test_other_images_replace_exactly_the_daemons_that_have_them(
    of_ticks: str | None, of_doubles: str | None, of_sums: str | None
) -> None:
    world = World()
    world.bring(line())
    before = dict(world.containers)
    changed = {TICKS: of_ticks, DOUBLES: of_doubles, SUMS: of_sums}
    world.bring(
        line(ticks={"image": of_ticks}, doubles={"image": of_doubles}, sums={"image": of_sums})
    )
    others = {name for name, number in world.containers.items() if number != before[name]}
    assert others == {name for name, image in changed.items() if image is not None}
    assert world.runs == 1


@given(swarms, swarms, st.sampled_from(["lost", "attended"]))
def test_taken_down_it_leaves_what_it_found(first: Topology, second: Topology, how: str) -> None:
    world = World()
    world.bring(first)
    world.bring(second)
    if how == "lost":
        world.lose()
    assert world.bring(None).problem is None
    assert (world.run, world.images, world.containers) == (None, {}, {})
    assert world.bases == {BASE: "id-1"}
    assert world.plan(None).is_empty


PLAN = Plan(
    operations=(
        StopRun(run="r", cause="a test"),
        RemoveNetwork(network="one", cause="a test"),
        RemoveNetwork(network="two", cause="a test"),
    )
)


def test_each_operation_is_told_before_it_begins() -> None:
    order: list[tuple[str, Operation]] = []
    executed = execute(
        PLAN, lambda one: order.append(("done", one)), lambda one: order.append(("told", one))
    )
    assert executed.done == PLAN.operations
    assert order == [(word, one) for one in PLAN.operations for word in ("told", "done")]


def test_after_a_failure_nothing_more_is_begun_and_what_was_done_is_told() -> None:
    begun: list[Operation] = []

    def apply(operation: Operation) -> None:
        begun.append(operation)
        if operation == PLAN.operations[1]:
            raise SwarmError("no")

    executed = execute(PLAN, apply, lambda _: None)
    assert begun == [*PLAN.operations[:2]]
    assert executed.done == PLAN.operations[:1]
    assert executed.failed == PLAN.operations[1]
    assert executed.left == PLAN.operations[2:]
    assert str(executed.problem) == "no"
