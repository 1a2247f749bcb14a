"""The rules of edges beyond their two ends: results one by one, and values that are dealt out.

The plain cases of rules 3, 8 and 10 are in `test_rules`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from swarmdsl import Condition, Module, Task
from swarmdsl.control.roster import request_for, roster
from swarmdsl.control.state import RunState
from swarmdsl.daemon.work import Finish, RunResult
from swarmdsl.daemon.work import Run as RunWork
from swarmdsl.light import Local
from swarmdsl.topology.model import RUN, Key, Limits, ModuleKind, Policy, Topology
from swarmdsl.wire.messages import ChannelKey
from tests.contracts.rules_case import links_of, run_in, run_with_processes, settled, swarm
from tests.handmade import link, task, topology
from tests.sim.hand_driven import World

# --------------------------------------------------------------------------- results one by one


def first() -> int:
    return 1


def word() -> str:
    return "w"


def single(number: int) -> int:
    return number


def total(numbers: list[int]) -> int:
    return sum(numbers)


def per_result() -> Topology:
    """`each` runs for every result of `a`, and sees what `b` pushed; `total` gathers."""
    return topology(
        [task("a"), task("b"), task("each", nodes=["n2"]), task("total")],
        [
            replace(link("a", "each", "result"), condition="result"),
            link("b", "each", "others", gather=True),
            link("each", "total", "values", gather=True),
            link("total"),
        ],
    )


def test_rule_8_one_run_for_each_result_once_the_other_inputs_are_complete() -> None:
    world = settled(per_result())
    worker, each = world.daemons["worker@n1#0"], world.daemons["worker@n2#0"]
    worker.perform(1, 2)
    world.settle()
    assert each.core.next_work() is None
    worker.perform(7, 8)
    world.settle()
    runs = [each.perform(result) for result in (10, 20)]
    assert [one.arguments for one in runs if isinstance(one, RunResult)] == [
        {"result": 1, "others": [7, 8]},
        {"result": 2, "others": [7, 8]},
    ]
    assert isinstance(each.perform(), Finish)
    world.settle()
    gathered = worker.perform(30)
    world.settle()
    assert isinstance(gathered, RunWork)
    assert gathered.arguments == {"values": [10, 20]}
    assert world.controller.core.state is RunState.COMPLETED


def test_rule_8_a_task_without_other_inputs_runs_as_each_result_arrives() -> None:
    world = settled(
        topology(
            [task("a"), task("each", nodes=["n2"])],
            [replace(link("a", "each", "result"), condition="result"), link("each")],
        )
    )
    source, each = world.daemons["worker@n1#0"], world.daemons["worker@n2#0"]
    work = source.begin()
    source.push(work, 5)
    world.settle()
    assert isinstance(each.perform(6), RunResult)
    world.settle()
    assert world.controller.values == [6]
    source.finish(work)
    world.settle()
    assert isinstance(each.perform(), Finish)


def test_rule_8_each_result_is_confirmed_with_its_own_run_and_the_rest_with_the_round() -> None:
    world = settled(per_result())
    worker, each = world.daemons["worker@n1#0"], world.daemons["worker@n2#0"]

    def kept(link_number: int) -> int:
        channel = ChannelKey(link_number, 0, 0)
        return worker.core.switchboard.to("worker@n2#0").channel(channel).unconfirmed

    worker.perform(1, 2)
    worker.perform(7)
    world.settle()
    each.perform()
    world.settle()
    assert (kept(0), kept(1)) == (2, 2)
    each.perform()
    each.perform()
    world.settle()
    assert (kept(0), kept(1)) == (1, 2)
    worker.perform()
    world.settle()
    assert (kept(0), kept(1)) == (0, 0)


def stream() -> Iterator[int]:
    yield from range(4)


def squared(number: int, offset: int) -> int:
    return number * number + offset


def test_rule_8_functions_and_scripts_run_for_each_result(tmp_path: Path) -> None:
    def graph() -> Task:
        numbers = Task(stream, method="any")
        script = Task(Module(name="script", python_program=NEGATED), method="any")
        squares = Task(squared, method="any", alias="squares")(numbers, Condition.RESULT)
        return script(squares(Task(first, method="any", alias="offset")), Condition.RESULT)

    done = run_in(tmp_path, graph)
    assert (done.state.value, done.value) == ("COMPLETED", [-1, -2, -5, -10])


NEGATED = """
from swarmdsl.light import World

def main():
    return -World().inputs["squares"]
"""


def test_rule_8_two_results_bind_one_union_parameter(tmp_path: Path) -> None:
    done = run_with_processes(
        tmp_path,
        lambda: Task(kind_of, method="any")(
            [Task(stream, method="any"), Task(word, method="any")], Condition.RESULT
        ),
    )
    assert sorted(done.value) == ["int", "int", "int", "int", "str"]


def kind_of(value: int | str) -> str:
    return type(value).__name__


def test_rule_8_or_optional_ones(tmp_path: Path) -> None:
    done = run_with_processes(
        tmp_path,
        lambda: Task(which, method="any")(
            [Task(first, method="any"), Task(word, method="any")], Condition.RESULT
        ),
    )
    assert sorted(done.value) == ["1 nothing", "None w"]


def which(first: int | None, word: str = "nothing") -> str:
    return f"{first} {word}"


def test_rule_10_what_runs_for_each_result_is_gathered_and_its_results_are_not() -> None:
    links = links_of(
        lambda: Task(total, method="any")(
            Task(single, method="any")(Task(stream, method="any"), Condition.RESULT)
        )
    )
    assert [(one.destination, one.condition, one.gather) for one in links] == [
        ("single", "result", False),
        ("total", "finished", True),
        (RUN, "finished", False),
    ]


def test_rule_3_a_task_that_runs_for_each_result_gets_them_anew() -> None:
    asked = request_for(per_result(), "each", None)
    everybody = {index: [0] for index in range(4)}
    assert roster(per_result(), [asked], everybody) == everybody


# ----------------------------------------------------------------------------------- dealt out


def dealt(policy: Policy, destination: ModuleKind = "function") -> Topology:
    """One source deals out what it pushes among two instances; `total` gathers what comes of it."""
    key = Key(field=0) if policy == "key" else None
    return topology(
        [task("source"), task("work", destination, ["n1", "n2"]), task("total")],
        [
            replace(link("source", "work", "values", gather=True), policy=policy, key=key),
            link("work", "total", "values", gather=True),
            link("total"),
        ],
    )


def source_pushes(world: World, *values: object) -> None:
    """The source pushes these, and ends its round."""
    source = world.daemons["worker@n1#0"]
    source.core._outputs._keys = {0: lambda value: value}
    source.perform(*values)
    world.settle()


def arguments_on(world: World, node: str) -> object:
    work = world.daemons[f"worker@{node}#0"].begin()
    return work.arguments if isinstance(work, RunWork) else type(work)


def test_rule_21_balance_gives_each_push_to_one_receiver_which_gathers_its_share() -> None:
    world = settled(dealt("balance"))
    source_pushes(world, 1, 2, 3)
    assert arguments_on(world, "n1") == {"values": [1, 3]}
    assert arguments_on(world, "n2") == {"values": [2]}


@pytest.mark.parametrize("policy", ["balance", "key"])
def test_rule_21_an_empty_share_does_not_run_and_counts_as_finished(policy: Policy) -> None:
    world = settled(dealt(policy))
    source_pushes(world, 1)
    works = [world.daemons[f"worker@{node}#0"].perform() for node in ("n1", "n2")]
    world.settle()
    assert {type(work) for work in works} == {RunWork, Finish}
    gathered = world.daemons["worker@n1#0"].perform(7)
    world.settle()
    assert isinstance(gathered, RunWork)
    assert world.controller.core.state is RunState.COMPLETED


def test_rule_21_balance_gives_a_push_to_the_receiver_with_the_most_credit() -> None:
    streamed = topology(
        [task("a"), task("source", "daemon"), task("work", "daemon", ["n1", "n2"])],
        [link("a", "source", "x"), replace(link("source", "work", "y"), policy="balance")],
        limits=Limits(inbox_messages=2, batch_messages=2),
    )
    world = settled(streamed)
    world.daemons["worker@n1#0"].perform(0)
    world.settle()
    source = world.daemons["source@n1#0"]
    work = source.begin()
    assert source.push(work, 1, 2)
    assert source.push(work, 3, 4)
    world.settle()
    world.daemons["work@n2#0"].begin()
    world.settle()
    assert source.push(work, "to the one that took something in")
    assert world.in_flight() == ["source@n1 > work@n2: DATA"]


def test_rule_21_a_key_always_goes_to_the_same_instance(tmp_path: Path) -> None:
    done = run_in(
        tmp_path,
        lambda: Task(where, method="all")(Task(words, method="any"), key=lambda word: word[0]),
    )
    assert done.state.value == "COMPLETED"
    owners = [{word[0] for word in share} for share in done.value]
    assert owners[0].isdisjoint(owners[1])
    assert sorted(word for share in done.value for word in share) == sorted(words())


def words() -> Iterator[str]:
    yield from (f"{letter}{number}" for number in range(3) for letter in "abcdef")


def where(words: list[str]) -> list[str]:
    return words


def test_rule_21_a_pair_stays_on_its_node(tmp_path: Path) -> None:
    done = run_in(
        tmp_path, lambda: Task(both, method="all")(Task(here, method="all"), policy="pair")
    )
    assert done.value == ["node1 node1", "node2 node2"]


def here(local: Local) -> str:
    return local.node


def both(other: str, local: Local) -> str:
    return f"{other} {local.node}"


def test_rule_21_unequal_node_sets_of_a_pair_are_a_compile_error() -> None:
    unequal = swarm(lambda: Task(both, method="any")(Task(here, method="all"), policy="pair"))
    assert "SW503" in {one.code for one in unequal.check(nodes=2) if one.severity == "error"}


def test_rule_21_a_requested_round_takes_the_pairs_of_its_instances_along() -> None:
    paired = topology(
        [task("a", nodes=["n1", "n2"]), task("b", nodes=["n2", "n1"])],
        [replace(link("a", "b"), policy="pair"), link("b")],
    )
    asked = [request_for(paired, "a", None), request_for(paired, "b", ["n1"])]
    assert roster(paired, asked, {0: [0, 1], 1: [0, 1]}) == {0: [0, 1], 1: [0, 1]}
