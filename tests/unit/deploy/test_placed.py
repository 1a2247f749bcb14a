"""Other weights of nodes, and a run that stands: what it is told, and what moves by that."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import pytest

from swarmdsl import Daemon, Inventory, Node, Swarm, Task, on
from swarmdsl.deploy.observed import Observed, StandingRun, Wanted
from swarmdsl.deploy.plan import PlaceTasks, Plan, StopRun, documents_of
from swarmdsl.deploy.reconcile import reconcile
from swarmdsl.topology.model import Topology

Golden = Callable[[str, str], None]


def part() -> int:
    return 1


def total(parts: list[int]) -> int:
    return sum(parts)


class Sums(Daemon):
    @on
    def add(self, part: int) -> int:
        return part


class Spread(Swarm):
    """Two functions of three nodes, one that is tried on a single one, a module with a memory."""

    max_iteration = 9

    def execute(self) -> list[Task]:
        parts = Task(part, method="maximum", maximum=2, alias="parts")
        sums = Task(Sums, method="any", alias="sums")(parts)
        once = Task(part, method="any", maximum=1, alias="once")
        return [Task(total, method="any", alias="total")(sums), once]


class Packed(Swarm):
    def execute(self) -> Task:
        return Task(part, method="any", strategy="vertical", alias="packed")


class Single(Swarm):
    def execute(self) -> Task:
        return Task(Sums, method="any", alias="sums")(Task(part, "any", specified_ids=["n1"]))


class Hundreds(Swarm):
    """Functions of which some share a run."""

    def execute(self) -> Task:
        parts = [Task(part, method="any", alias=f"p{one}") for one in range(900)]
        return Task(total, method="any", alias="total")(parts)


NAMES = ("n1", "n2", "n3")
SWARMS = {one.__name__: one for one in (Spread, Packed, Single, Hundreds)}


def compiled(swarm: type[Swarm] = Spread, slots: int = 2, **weights: float) -> Topology:
    """The swarm on three nodes, some of them with a weight."""
    return _compiled(swarm.__name__, slots, *(weights.get(name, 0.0) for name in NAMES))


@cache
def _compiled(swarm: str, slots: int, *weights: float) -> Topology:
    numbered = zip(NAMES, weights, strict=True)
    nodes = [Node(name=name, slots=slots, weight=weight) for name, weight in numbered]
    return SWARMS[swarm]().compile(Inventory(nodes=tuple(nodes))).require()


def standing(topology: Topology, **told: object) -> StandingRun:
    return replace(
        StandingRun(run="r1", engine="process", topology=topology, package="p"),
        **told,  # type: ignore[arg-type]
    )


def planned(run: StandingRun, now: Topology, begun: Topology | None = None) -> Plan:
    """What is to be done, as `swarm up` would see it: `begun` has the weights of the run."""
    wanted = Wanted(topology=now, engine="process", package="p")
    if begun is not None:
        wanted = replace(wanted, as_begun=replace(wanted, topology=begun))
    return reconcile(wanted, Observed(run=run))


def only(plan: Plan) -> PlaceTasks:
    (operation,) = plan.operations
    assert isinstance(operation, PlaceTasks)
    return operation


def test_what_the_weights_want_elsewhere_moves_and_the_run_goes_on(golden: Golden) -> None:
    plan = planned(standing(compiled()), compiled(n1=9), compiled())
    moves = {one.task: (one.nodes, one.to) for one in only(plan).moves}
    assert moves == {"parts": (("n1",), ("n3",)), "total": (("n1",), ("n3",))}
    golden("deploy/other_weights.txt", f"{plan}\n")


def test_what_was_told_is_not_told_again() -> None:
    run = standing(compiled())
    told = only(planned(run, compiled(n1=9), compiled()))
    run = standing(compiled(), orders=told.orders, weights={"n1": 9.0})
    assert planned(run, compiled(n1=9), compiled()).is_empty


def test_weights_that_are_as_they_were_bring_all_back() -> None:
    there = only(planned(standing(compiled()), compiled(n1=9), compiled()))
    run = standing(compiled(), orders=there.orders, weights={"n1": 9.0, "n2": 0.0, "n3": 0.0})
    back = only(planned(run, compiled()))
    moves = {one.task: (one.nodes, one.to) for one in back.moves}
    assert moves == {"parts": (("n3",), ("n1",)), "total": (("n3",), ("n1",))}
    assert back.kept == ()
    assert back.cause == "n1 has weight 0 now, and had 9"


def test_a_weight_that_changes_no_order_is_nothing_to_do() -> None:
    run = standing(compiled(Packed))
    assert planned(run, compiled(Packed, n1=0.25), compiled(Packed)).is_empty


def test_what_is_packed_goes_to_the_heaviest_node() -> None:
    run = standing(compiled(Packed))
    (move,) = only(planned(run, compiled(Packed, n3=0.25), compiled(Packed))).moves
    assert (move.task, move.nodes, move.to) == ("packed", ("n1",), ("n3",))


def test_functions_that_share_a_run_move_together() -> None:
    begun = compiled(Hundreds, slots=1)
    told = only(planned(standing(begun), compiled(Hundreds, slots=1, n3=3.0), begun))
    runs = {task.fused for task in begun.tasks}
    assert len(runs) < 900
    assert told.moves
    assert {one.task for one in told.moves} <= set(told.orders) <= runs


def test_what_stays_is_told_with_its_reason() -> None:
    kept = only(planned(standing(compiled()), compiled(n2=5, n3=9), compiled())).kept
    assert {one.task: (one.nodes, one.cause) for one in kept} == {
        "sums": (("n3",), "a daemon module stays where it is while its run goes on"),
        "once": (("n2",), "it may be tried on no other node"),
    }


def test_what_stays_is_told_once_though_nothing_is_done() -> None:
    run = standing(compiled(Single))
    told = only(planned(run, compiled(Single, n2=9), compiled(Single)))
    assert (told.orders, told.moves) == ({}, ())
    assert [(one.task, one.nodes) for one in told.kept] == [("sums", ("n2",))]
    again = replace(run, weights={"n1": 0.0, "n2": 9.0, "n3": 0.0})
    assert planned(again, compiled(Single, n2=9), compiled(Single)).is_empty


def test_nobody_steps_in_on_a_heavy_node_before_others() -> None:
    told = only(planned(standing(compiled()), compiled(n1=9), compiled())).orders
    assert {alias: nodes[-1] for alias, nodes in told.items()} == {
        "parts": "n1",
        "sums": "n1",
        "total": "n1",
    }


def test_besides_weights_what_the_daemons_agreed_upon_still_needs_another_run() -> None:
    run = standing(compiled())
    plan = planned(run, compiled(slots=3, n1=9), compiled(slots=3))
    assert isinstance(plan.operations[0], StopRun)
    assert not any(isinstance(one, PlaceTasks) for one in plan.operations)


def test_where_nobody_knows_what_it_was_compiled_from_other_weights_need_another_run() -> None:
    plan = planned(standing(compiled()), compiled(n1=9))
    (stop,) = plan.stops()
    assert "node n1 has another weight" in stop.cause


@pytest.mark.parametrize("swarm", [Spread, Packed])
def test_only_nodes_that_a_task_has_are_named_each_once(swarm: type[Swarm]) -> None:
    run = standing(compiled(swarm))
    for heavy in NAMES:
        for weight in (-3.0, 0.3, 2.0):
            plan = planned(run, compiled(swarm, 2, **{heavy: weight}), compiled(swarm))
            for operation in plan.operations:
                assert isinstance(operation, PlaceTasks)
                for task in run.topology.tasks:
                    nodes = sorted(one.partition("@")[2][:2] for one in task.candidates)
                    order = operation.orders.get(task.alias, nodes)
                    assert sorted(order) == nodes


def test_it_is_plain_data_too() -> None:
    plan = planned(standing(compiled(Packed)), compiled(Packed, n3=0.25), compiled(Packed))
    (document,) = documents_of(plan.operations)
    assert document["operation"] == "place tasks"
    assert document["orders"] == {"packed": ("n3", "n1", "n2")}
