"""What the rules of the semantics decide before anything runs, and how the plan tells it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from swarmdsl import Condition, Daemon, Module, Task, on
from swarmdsl.compiler import compile_swarm
from swarmdsl.dsl import Inventory
from swarmdsl.light import Globals, Local, Results, World
from swarmdsl.topology.expand import node_of
from swarmdsl.topology.model import RUN, LinkSpec
from swarmdsl.topology.plan import plan
from tests.contracts.rules_case import swarm
from tests.unit.compiler.building import nodes

Make = Callable[[], Any]

ABC = nodes("a", "b", "c")


def findings(make: Make, inventory: Inventory = ABC) -> list[tuple[str, str]]:
    """The codes and messages of what is more than a note."""
    found = compile_swarm(swarm(make), inventory).diagnostics
    return [(one.code, one.message) for one in found if one.severity != "info"]


def into(make: Make, destination: str) -> list[LinkSpec]:
    links = compile_swarm(swarm(make), ABC).require().links
    return [link for link in links if link.destination == destination]


def planned(make: Make, inventory: Inventory = ABC) -> str:
    made = compile_swarm(swarm(make), inventory)
    return plan(made.require(), made.injected)


def number() -> int:
    return 1


def other() -> int:
    return 2


def word() -> str:
    return "w"


def either() -> int | str:
    return 1


def numbers() -> Iterator[int]:
    yield 1


def one(value: int) -> int:
    return value


def many(values: list[int]) -> int:
    return sum(values)


def one_or_many(values: int | list[int]) -> int:
    return 0


def several(values: Sequence[int]) -> int:
    return sum(values)


class Adder(Daemon):
    @on
    def add(self, value: int) -> int:
        return value


# ------------------------------------------------------------------------- triggers and binding


def test_rule_8_a_condition_is_decided_edge_by_edge() -> None:
    def both() -> Task:
        return Task(pair, "any")(Task(word, "any"))(
            Task(numbers, "any"), condition=Condition.RESULT
        )

    assert [(link.source, link.condition) for link in into(both, "pair")] == [
        ("word", "finished"),
        ("numbers", "result"),
    ]
    assert "  runs    for each result of numbers, as it comes, once word is complete\n" in planned(
        both
    )


def pair(text: str, value: int) -> str:
    return text * value


def test_rule_8_a_daemon_module_has_no_edge_for_each_result() -> None:
    [(code, told)] = findings(
        lambda: Task(Adder, "any")(Task(number, "any"), condition=Condition.RESULT)
    )
    assert code == "SW505"
    assert "it handles each push as it comes" in told


def test_rule_8_two_results_into_two_parameters_that_must_be_there_are_refused() -> None:
    def both() -> Task:
        end = Task(pair, "any")
        end(Task(word, "any"), condition=Condition.RESULT)
        return end(Task(number, "any"), condition=Condition.RESULT)

    [(code, told)] = findings(both)
    assert code == "SW505"
    assert "no run has all of text, value" in told


def test_rule_9_each_call_has_its_own_condition_and_policy() -> None:
    def both() -> Task:
        end = Task(two_lists, "all")
        end(Task(numbers, "any"), policy="balance")
        return end(Task(words, "any"))

    assert [(link.port, link.policy) for link in into(both, "two_lists")] == [
        ("values", "balance"),
        ("texts", "broadcast"),
    ]


def two_lists(values: list[int], texts: list[str]) -> int:
    return len(values) + len(texts)


def words() -> Iterator[str]:
    yield "w"


def test_rule_9_the_same_edge_in_two_calls_is_one_finding() -> None:
    def twice() -> Task:
        source, end = Task(number, "any"), Task(one, "any")
        end(source)
        return end(source)

    assert [code for code, _ in findings(twice)] == ["SW104"]


# ------------------------------------------------------------------------------------ gathering


@pytest.mark.parametrize(
    ("source", "gathers"),
    [
        (lambda: Task(number, "any"), False),
        (lambda: Task(number, "any", maximum=3), False),
        (lambda: Task(number, "any", maximum=0.5), True),
        (lambda: Task(number, "all"), True),
        (lambda: Task(number, "maximum", maximum=1), True),
        (lambda: Task(number, "fixed", specified_ids=["a"]), True),
        (lambda: Task(numbers, "any"), True),
        (lambda: Task(Adder, "any")(Task(number, "any")), True),
        (
            lambda: Task(one, "any")(Task(numbers, "any"), condition=Condition.RESULT),
            True,
        ),
    ],
)
def test_rule_10_what_may_push_several_values_is_gathered(
    source: Callable[[], Task], gathers: bool
) -> None:
    (link,) = into(lambda: Task(one_or_many, "any")(source()), "one_or_many")
    assert link.gather is gathers


def test_rule_10_several_sources_of_one_parameter_are_gathered() -> None:
    links = into(
        lambda: Task(one_or_many, "any")([Task(number, "any"), Task(other, "any")]), "one_or_many"
    )
    assert [link.gather for link in links] == [True, True]


def test_rule_10_along_a_pair_a_source_with_many_instances_counts_as_one() -> None:
    (link,) = into(lambda: Task(one, "all")(Task(number, "all"), policy="pair"), "one")
    assert not link.gather


def test_rule_10_what_runs_for_each_result_gets_just_that_result() -> None:
    (link,) = into(lambda: Task(one, "any")(Task(number, "all"), condition=Condition.RESULT), "one")
    assert not link.gather


@pytest.mark.parametrize(("taker", "source"), [(one, numbers), (many, number)])
def test_rule_10_an_annotation_that_allows_only_the_other_is_refused(
    taker: Callable[..., Any], source: Callable[..., Any]
) -> None:
    [(code, _)] = findings(lambda: Task(taker, "any")(Task(source, "any")))
    assert code == "SW201"


def test_rule_10_the_plan_says_what_is_a_list() -> None:
    assert "  input   values <- a list of int from numbers\n" in planned(
        lambda: Task(several, "any")(Task(numbers, "any"))
    )
    assert "  input   value <- int from number\n" in planned(
        lambda: Task(one, "any")(Task(number, "any"))
    )


def test_rule_11_a_gather_is_in_the_order_in_which_its_sources_are_declared() -> None:
    def declared() -> Task:
        end = Task(many, "any")
        end(Task(number, "all", alias="z"))
        return end(Task(number, "any", alias="a"))

    assert [link.source for link in into(declared, "many")] == ["z", "a"]
    assert (
        "  input   values <- a list of int, in this order:\n"
        "            z, 3 instances by the names of their nodes\n"
        "            a\n"
    ) in planned(declared)


# ------------------------------------------------------------------------------ where pushes go


def test_rule_12_members_of_a_union_go_where_they_fit_and_nowhere_is_refused() -> None:
    def parted() -> list[Task]:
        left = Task(either, "any")
        return [Task(one, "any")(left), Task(text, "any")(left)]

    links = compile_swarm(swarm(parted), ABC).require().links
    assert [(link.type, link.destination) for link in links[:2]] == [
        ("int", "one"),
        ("str", "text"),
    ]
    [(code, told)] = findings(lambda: Task(one, "any")(Task(either, "any")))
    assert code == "SW207"
    assert "str" in told


def text(value: str) -> str:
    return value


class Tied(Daemon):
    @on
    def left(self, value: int | str) -> None: ...

    @on
    def right(self, value: int | bytes) -> None: ...


class Wide(Daemon):
    @on
    def anything(self, value: object) -> None: ...

    @on
    def real(self, value: float) -> None: ...

    @on
    def whole(self, value: int) -> None: ...


def test_rule_12_the_handler_of_the_narrowest_type_is_chosen_and_a_tie_is_refused() -> None:
    assert [link.port for link in into(lambda: Task(Wide, "any")(Task(number, "any")), "Wide")] == [
        "whole"
    ]
    [(code, told)] = findings(lambda: Task(Tied, "any")(Task(number, "any")))
    assert code == "SW202"
    assert "left" in told
    assert "right" in told


class Arrays(Daemon):
    @on
    def narrow(self, values: NDArray[np.float32]) -> None: ...

    @on
    def wide(self, values: NDArray[np.float64]) -> None: ...


def array() -> NDArray[np.float64]:
    return np.zeros(1)


def test_rule_12_of_an_array_the_dtype_counts() -> None:
    (link,) = into(lambda: Task(Arrays, "any")(Task(array, "any")), "Arrays")
    assert link.port == "wide"
    assert "  input   handler wide <- NDArray[float64] from array\n" in planned(
        lambda: Task(Arrays, "any")(Task(array, "any"))
    )


def helped(world: World, value: int, local: Local, shared: Globals, found: Results) -> int:
    return value


class Helped(Daemon):
    @on
    def take(self, value: int, world: World) -> None: ...


def test_rule_13_what_is_handed_in_is_in_the_plan_and_in_no_link() -> None:
    def make() -> Task:
        return Task(Helped, "any")(Task(helped, "any")(Task(number, "any")))

    assert [link.port for link in into(make, "helped")] == ["value"]
    assert (
        "  input   world = World, handed in where it runs\n"
        "  input   local = Local, handed in where it runs\n"
        "  input   shared = Globals, handed in where it runs\n"
        "  input   found = Results, handed in where it runs\n"
        "  input   value <- int from number\n"
    ) in planned(make)
    assert "  input   take.world = World, handed in where it runs\n" in planned(make)


def test_rule_14_a_script_takes_each_source_under_its_alias() -> None:
    script = Module(name="script", python_program="def main():\n    return 1\n")

    def make() -> Task:
        return Task(script, "any")([Task(number, "all"), Task(word, "any")])

    assert [(link.port, link.gather) for link in into(make, "script")] == [
        ("number", True),
        ("word", False),
    ]
    told = planned(make)
    assert "  input   world.inputs['number'] <- a list of Any from number, 3 instances" in told
    assert "  input   world.inputs['word'] <- Any from word\n" in told


# ------------------------------------------------------------------------------------ placement


@pytest.mark.parametrize(
    ("options", "hosts", "count", "fixed"),
    [
        ({"method": "all"}, ["a", "b", "c"], 3, False),
        ({"method": "all", "maximum": 2}, ["a", "b", "c"], 2, False),
        ({"method": "any"}, ["a", "b", "c"], 1, False),
        ({"method": "any", "maximum": 2}, ["a", "b"], 1, False),
        ({"method": "any", "maximum": 0.5}, ["a", "b", "c"], 2, False),
        ({"method": "any", "maximum": -1}, ["a", "b", "c"], 1, False),
        ({"method": "maximum", "maximum": 2}, ["a", "b", "c"], 2, False),
        ({"method": "maximum", "maximum": 9}, ["a", "b", "c"], 3, False),
        ({"method": "maximum", "maximum": 0.1}, ["a", "b", "c"], 1, False),
        ({"method": "maximum", "maximum": 1.0}, ["a", "b", "c"], 3, False),
        ({"method": "fixed", "specified_ids": ["c", "a"]}, ["a", "c"], 2, True),
        ({"method": "any", "fixed": True}, ["a", "b", "c"], 1, True),
        ({"method": "all", "excepted_ids": ["b"]}, ["a", "c"], 2, False),
        ({"inputs": {"values": [1]}}, ["a", "b", "c"], 1, False),
    ],
    ids=str,
)
def test_rule_16_a_method_gives_an_ordered_list_of_candidates_and_a_count(
    options: dict[str, Any], hosts: list[str], count: int, fixed: bool
) -> None:
    options = {"method": "any"} | options if "inputs" not in options else options
    program = many if "inputs" in options else number
    (task,) = compile_swarm(swarm(lambda: Task(program, **options)), ABC).require().tasks
    assert ([node_of(one) for one in task.candidates], task.count, task.fixed) == (
        hosts,
        count,
        fixed,
    )


@pytest.mark.parametrize("method", ["all", "any", "maximum"])
@pytest.mark.parametrize("wrong", [0, -2, 1.5, 0.0, -0.5, True, "2", float("nan")])
def test_rule_16_a_maximum_that_means_no_number_of_nodes_is_refused(
    method: str, wrong: Any
) -> None:
    [(code, told)] = findings(lambda: Task(number, method, maximum=wrong))
    assert code == "SW303"
    assert repr(wrong) in told


def test_rule_16_the_plan_says_when_nodes_are_chosen() -> None:
    told = planned(lambda: Task(number, "any", fixed=True))
    assert "1 of 3 nodes (any), chosen once for all rounds, best first: worker@a#0" in told
    told = planned(lambda: Task(number, "any"))
    assert "1 of 3 nodes (any), chosen in each round, best first: worker@a#0" in told


# ---------------------------------------------------------------------------------------- edges


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"policy": "deal"}, "SW501"),
        ({"policy": "key"}, "SW501"),
        ({"key": "word"}, "SW502"),
        ({"policy": "pair"}, "SW503"),
        ({"overflow": "drop_newest"}, "SW602"),
        ({"delivery": "at_most_once", "overflow": "drop"}, "SW601"),
        ({"wait": "sleep"}, "SW601"),
        ({"linger": 2.0}, "SW601"),
        ({"linger": -0.01}, "SW601"),
    ],
    ids=str,
)
def test_rules_21_and_22_an_edge_that_cannot_be_dealt_out_as_it_says_is_refused(
    options: dict[str, Any], code: str
) -> None:
    found = findings(lambda: Task(many, "all")(Task(numbers, "any"), **options))
    assert [one for one, _ in found] == [code]


def test_rule_21_the_plan_says_who_gets_what() -> None:
    dealt = planned(lambda: Task(many, "all")(Task(numbers, "any"), policy="balance"))
    assert "(each to one instance, whichever takes it first)\n" in dealt
    paired = planned(lambda: Task(one, "all")(Task(number, "all"), policy="pair"))
    assert "(each to the instance on the same node)\n" in paired


def test_rule_22_the_plan_says_what_may_be_lost() -> None:
    told = planned(
        lambda: Task(many, "any")(
            Task(numbers, "any"), delivery="at_most_once", overflow="drop_oldest"
        )
    )
    assert "(at most once, drop_oldest where there is no room)\n" in told


def test_rule_12_what_nothing_takes_goes_to_the_run() -> None:
    (link,) = into(lambda: Task(number, "any"), RUN)
    assert (link.port, link.type) == ("number", "int")
