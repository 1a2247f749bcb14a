"""From what is wanted and what there is to a plan, case by case; each text is a golden file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from swarmdsl.deploy.observed import Observed
from swarmdsl.deploy.plan import (
    BeginRun,
    MakeImage,
    PullImage,
    RemoveImage,
    ReplaceDaemon,
    ResumeRun,
    StopRun,
    documents_of,
)
from swarmdsl.deploy.reconcile import reconcile
from tests.unit.deploy.standing_world import BASE, DOUBLES, SIDE, STORE, World, line

Golden = Callable[[str, str], None]
SIDED = {"image": SIDE}


def standing() -> World:
    """A line that stands, in containers."""
    world = World()
    assert world.bring(line()).problem is None
    return world


def test_where_nothing_is_all_is_made_and_begun(golden: Golden) -> None:
    golden("deploy/first.txt", f"{World().plan(line(doubles=SIDED))}\n")


def test_what_stands_as_it_is_wanted_is_left_alone() -> None:
    world = standing()
    assert world.plan(line()).is_empty
    assert str(world.plan(line())) == "nothing to do"


def test_another_image_replaces_exactly_the_daemons_that_have_it(golden: Golden) -> None:
    world = standing()
    world.bases[SIDE] = "id-2"
    plan = world.plan(line(doubles=SIDED))
    assert [one.daemon for one in plan.operations if isinstance(one, ReplaceDaemon)] == [DOUBLES]
    golden("deploy/another_image.txt", f"{plan}\n")


def test_other_requirements_do_so_too(golden: Golden) -> None:
    plan = standing().plan(line(doubles={"requirements": ("numpy>=2",)}))
    golden("deploy/other_requirements.txt", f"{plan}\n")


def test_an_image_that_is_made_from_another_now_is_replaced_wherever_it_is(golden: Golden) -> None:
    world = standing()
    world.bases[BASE] = "id-7"
    golden("deploy/another_base.txt", f"{world.plan(line())}\n")


@pytest.mark.parametrize(
    ("wanted", "cause"),
    [
        (line(doubles={"bundle": "b"}), "the code of module doubles is another now"),
        (line(limits_up=3), "swarm handmade has another max_iteration"),
    ],
)
def test_what_all_daemons_have_agreed_upon_needs_another_run(wanted: object, cause: str) -> None:
    plan = standing().plan(wanted)  # type: ignore[arg-type]
    assert plan.stops() == [StopRun(run="run-1", cause=cause)]
    assert isinstance(plan.operations[-1], BeginRun)
    assert plan.operations[-1].cause == "in the place of run-1"


def test_another_engine_needs_another_run(golden: Golden) -> None:
    golden("deploy/another_engine.txt", f"{standing().plan(line(), engine='process')}\n")


def test_another_swarmdsl_needs_another_run() -> None:
    plan = standing().plan(line(), package="p2")
    assert [one.cause for one in plan.stops()] == ["swarmdsl itself is another now"]


def test_of_many_reasons_some_are_told() -> None:
    modules = {name: {"bundle": "b"} for name in ("ticks", "doubles", "sums")}
    plan = standing().plan(line(limits_up=2, **modules))
    assert [one.cause.rpartition("; ")[2] for one in plan.stops()] == ["and 1 more"]


def test_images_are_made_before_a_run_that_works_is_ended() -> None:
    kinds = [type(one) for one in standing().plan(line(doubles={"bundle": "b"})).operations]
    assert kinds == [MakeImage, StopRun, BeginRun]


def test_an_engine_that_cannot_give_one_daemon_another_image_needs_another_run() -> None:
    world = standing()
    world.bases[SIDE] = "id-2"
    assert world.run is not None
    run, wanted = world.run, world.wanted(line(doubles=SIDED))
    there = replace(world.observed(), run=replace(run, engine="kubernetes"))
    plan = reconcile(replace(wanted, engine="kubernetes"), there)
    assert [one.cause for one in plan.stops()] == ["module doubles has image science:3.12 now"]


def test_a_run_that_nobody_looks_after_is_gone_on_with() -> None:
    world = standing()
    world.lose()
    assert [type(one) for one in world.plan(line()).operations] == [ResumeRun]


def test_one_that_is_to_change_is_gone_on_with_first() -> None:
    world = standing()
    world.bases[SIDE] = "id-2"
    world.lose()
    kinds = [type(one) for one in world.plan(line(doubles=SIDED)).operations]
    assert kinds == [MakeImage, ResumeRun, ReplaceDaemon]


def test_what_a_dead_controller_has_left_goes_before_another_run_begins(golden: Golden) -> None:
    there = Observed(containers=("swarm-r-1",), networks=("swarm-r",))
    golden("deploy/left.txt", f"{reconcile(World().wanted(line()), there)}\n")


def test_a_base_that_is_not_here_is_pulled_and_what_is_made_of_it_has_no_name_yet() -> None:
    world = World(bases={})
    pulls = [one for one in world.plan(line()).operations if isinstance(one, PullImage | MakeImage)]
    assert pulls == [
        PullImage(image=BASE, cause="it is not here"),
        MakeImage(image="", base=BASE, cause="nothing equal is here"),
    ]


def test_taking_it_down_ends_the_run_and_removes_what_was_made_for_it(golden: Golden) -> None:
    golden("deploy/down.txt", f"{standing().plan(None)}\n")


def test_an_image_that_another_swarm_needs_stays() -> None:
    there = Observed(made=("swarm:1", "environment:1"), shared=frozenset({"environment:1"}))
    removed = reconcile(None, there).operations
    assert [one.image for one in removed if isinstance(one, RemoveImage)] == ["swarm:1"]


def test_where_nothing_is_there_is_nothing_to_take_down() -> None:
    assert reconcile(None, Observed()).is_empty


def test_a_plan_is_plain_data_too() -> None:
    world = standing()
    world.bases[SIDE] = "id-2"
    made, replaced = documents_of(world.plan(line(doubles=SIDED)).operations)
    assert made["operation"] == "make image"
    assert replaced == {
        "operation": "replace daemon",
        "daemon": DOUBLES,
        "image": made["image"],
        "cause": "module doubles has image science:3.12 now",
    }


# ---------------------------------------------------------------------------- images as modules

STORED = {"kind": "image", "image": STORE}


def test_the_image_of_a_module_is_pulled_if_it_is_not_here_and_ours_is_made_from_it() -> None:
    plan = World().plan(line(doubles=STORED))
    had = [one for one in plan.operations if isinstance(one, PullImage | MakeImage)]
    assert had[0] == PullImage(image=STORE, cause="it is not here")
    assert had[2] == MakeImage(image="", base=STORE, cause="nothing equal is here")


def test_a_module_that_has_another_image_is_replaced_in_the_run_that_stands() -> None:
    world = World()
    world.bring(line(doubles=STORED))
    world.bases[SIDE] = "id-2"
    plan = world.plan(line(doubles={**STORED, "image": SIDE}))
    made, replaced = plan.operations
    assert isinstance(made, MakeImage)
    assert isinstance(replaced, ReplaceDaemon)
    assert replaced.cause == "module doubles has image science:3.12 now"


def test_the_image_of_a_module_that_was_made_anew_under_its_name_is_noticed() -> None:
    world = World()
    world.bring(line(doubles=STORED))
    world.bases[STORE] = "id-8"
    plan = world.plan(line(doubles=STORED))
    replaced = [one for one in plan.operations if isinstance(one, ReplaceDaemon)]
    assert [one.daemon for one in replaced] == [DOUBLES]


def test_one_that_was_pulled_for_this_swarm_goes_with_it_and_what_was_here_stays() -> None:
    world = World()
    world.bring(line(doubles=STORED))
    removed = [one.image for one in world.plan(None).operations if isinstance(one, RemoveImage)]
    assert STORE in removed
    assert BASE not in removed
