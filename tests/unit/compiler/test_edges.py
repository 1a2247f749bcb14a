"""What the compiler says of edges with a policy, and what becomes of them."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Lock
from typing import Any, NamedTuple, TypedDict

import pytest

from swarmdsl import Condition, Daemon, on
from swarmdsl.compiler.key_types import has_key
from swarmdsl.dsl import Task, module
from swarmdsl.topology.model import Key
from swarmdsl.wire.types import union_of
from tests.unit.compiler.building import codes, compiled, links_into, nodes, topology


class Word(NamedTuple):
    text: str
    times: int


class Entry(TypedDict):
    text: str


def split() -> Iterator[Word]:
    yield Word("a", 1)


def numbers() -> Iterator[int]:
    yield 1


def anything():  # type: ignore[no-untyped-def]
    return 1


def count(words: list[Word]) -> int:
    return len(words)


def total(numbers: list[int]) -> int:
    return sum(numbers)


def one(number: int) -> int:
    return number


def first_letter(word: Word) -> str:
    return word.text[:1]


def edge(source: Any, destination: Any, **options: Any) -> Task:
    return Task(destination, "all")(Task(source, "any"), **options)


def test_the_policy_of_an_edge_is_that_of_its_link() -> None:
    (link,) = links_into(topology(edge(numbers, total, policy="balance")), "total")
    assert (link.policy, link.key) == ("balance", None)


def test_a_field_as_key_is_written_into_the_link() -> None:
    (link,) = links_into(topology(edge(split, count, key="text")), "count")
    assert (link.policy, link.key) == ("key", Key(field="text"))


def test_a_function_as_key_travels_as_a_module() -> None:
    found = topology(edge(split, count, key=first_letter))
    (link,) = links_into(found, "count")
    assert link.key == Key(module="first_letter")
    (module,) = [one for one in found.modules if one.name == "first_letter"]
    assert (module.kind, module.entry.partition(":")[2]) == ("function", "first_letter")


def test_a_lambda_as_key_has_a_bundle() -> None:
    found = compiled(edge(split, count, key=lambda word: word.text))
    (link,) = links_into(found.require(), "count")
    assert link.key == Key(module="lambda")
    (module,) = [one for one in found.require().modules if one.name == "lambda"]
    assert (module.encoding, module.bundle in found.bundles) == ("cloudpickle", True)


def test_a_function_that_is_a_module_is_its_own_key() -> None:
    named = module(name="letter")(first_letter)
    (link,) = links_into(topology(edge(split, count, key=named)), "count")
    assert link.key == Key(module="letter")


def test_one_function_for_several_edges_is_one_module() -> None:
    words = Task(split, "any")
    ends = [Task(count, "all", alias=name)(words, key=first_letter) for name in "ab"]
    assert [one.name for one in topology(ends).modules].count("first_letter") == 1


def test_a_key_that_cannot_be_packaged_is_a_finding() -> None:
    lock = Lock()
    assert codes(edge(split, count, key=lambda word: (word, lock))) == ["SW217"]


def test_a_key_alone_means_the_policy_key() -> None:
    assert edge(split, count, key="text").edges[0].policy == "key"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"policy": "al"}, "policy='al', which is none of 'broadcast', 'balance', 'key', 'pair'"),
        ({"policy": 3}, "policy=3, which is none of"),
        ({"policy": "key"}, "policy='key', but no key"),
        ({"policy": "balance", "key": "text"}, "key='text', but policy='balance'"),
        ({"key": 1.5}, "key=1.5, which is no key"),
        ({"key": True}, "key=True, which is no key"),
        ({"key": lambda: 1}, "key=<lambda>, which is no key"),
    ],
)
def test_options_that_make_no_sense_are_refused(options: dict[str, Any], said: str) -> None:
    (found,) = compiled(edge(split, count, **options)).diagnostics
    assert found.code == "SW501"
    assert said in found.message


@pytest.mark.parametrize(
    ("annotation", "key", "there"),
    [
        (Word, "text", True),
        (Word, 1, True),
        (Word, 2, False),
        (Word, -2, True),
        (Entry, "text", True),
        (Entry, 0, False),
        (dict[str, int], "any", True),
        (dict[int, str], "any", False),
        (dict[int, str], 7, True),
        (dict, "any", True),
        (list[int], 7, True),
        (tuple[int, ...], 7, True),
        (tuple[int, str], 2, False),
        (str, 0, False),
        (int, "real", False),
        (union_of((Word, Entry)), "text", True),
        (union_of((Word, int)), "text", False),
        (Any, "anything", True),
    ],
)
def test_a_type_has_a_key_or_not(annotation: Any, key: str | int, there: bool) -> None:
    assert has_key(annotation, key) is there


def test_a_missing_key_is_told_with_those_that_there_are() -> None:
    (found,) = compiled(edge(split, count, key="length")).diagnostics
    assert (found.code, found.message) == (
        "SW502",
        "split yields Word, which has no 'length' as key",
    )
    assert found.hint.startswith("its fields are text, times")


def test_a_near_miss_of_a_key_is_named() -> None:
    (found,) = compiled(edge(split, count, key="texts")).diagnostics
    assert found.hint == "did you mean 'text'?"


def test_balance_to_a_single_instance_does_nothing() -> None:
    assert codes(Task(total, "any")(Task(numbers, "any"), policy="balance")) == ["SW508"]


def test_a_pair_on_the_same_nodes_hands_over_one_value() -> None:
    found = topology(Task(one, "all")(Task(anything_one, "all"), policy="pair"))
    (link,) = links_into(found, "one")
    assert (link.policy, link.gather) == ("pair", False)


def anything_one() -> int:
    return 1


def test_two_pairs_into_one_parameter_are_gathered() -> None:
    sources = [Task(anything_one, "all", alias=name) for name in "ab"]
    found = topology(Task(total, "all")(sources, policy="pair"))
    assert [link.gather for link in links_into(found, "total")] == [True, True]


@pytest.mark.parametrize(
    ("source", "destination", "said"),
    [
        ({"specified_ids": ["n1"]}, {}, "only one of them can run on n2"),
        ({}, {"method": "any"}, "one takes only some of its nodes"),
        ({"method": "maximum", "maximum": 1}, {}, "anything_one takes only some of its nodes"),
    ],
)
def test_a_pair_on_different_nodes_is_refused(
    source: dict[str, Any], destination: dict[str, Any], said: str
) -> None:
    end = Task(one, **destination)(Task(anything_one, **source), policy="pair")
    (found,) = compiled(end, nodes("n1", "n2")).diagnostics
    assert found.code == "SW503"
    assert said in found.message


def test_a_pair_of_single_instances_on_one_node_is_fine() -> None:
    here = {"method": "any", "specified_ids": ["n1"]}
    end = Task(one, **here)(Task(anything_one, **here), policy="pair")  # type: ignore[arg-type]
    assert codes(end, nodes("n1", "n2")) == []


def nothing() -> None: ...


def takes_nothing() -> int:
    return 1


def test_a_policy_without_values_is_refused() -> None:
    (found,) = compiled(edge(nothing, takes_nothing, policy="balance")).diagnostics
    assert found.code == "SW504"
    assert "policy='balance', but nothing returns no values" in found.message


def both(word: Word, numbers: list[int]) -> int:
    return word.times + sum(numbers)


def test_results_and_what_is_gathered_go_to_parameters_of_their_own() -> None:
    end = Task(both, "any")(Task(split, "any"), Condition.RESULT)(Task(numbers, "any"))
    assert [
        (link.port, link.gather, link.condition) for link in links_into(topology(end), "both")
    ] == [("word", False, "result"), ("numbers", True, "finished")]


class Printer(Daemon):
    @on
    def show(self, number: int) -> None: ...


def test_a_daemon_module_runs_for_no_result() -> None:
    end = Task(Printer, "any")(Task(numbers, "any"), Condition.RESULT)
    assert codes(end) == ["SW505"]


def test_a_parameter_takes_results_or_gathers_but_not_both() -> None:
    sources = [Task(anything_one, "any", alias=name) for name in "ab"]
    end = Task(one, "any")(sources[0], Condition.RESULT)(sources[1])
    (found,) = compiled(end).diagnostics
    assert (found.code, found.hint) == (
        "SW505",
        "give b a parameter of its own, or both the same condition",
    )


def number() -> int:
    return 1


def name() -> str:
    return "one"


def labelled(number: int, name: str) -> str:
    return f"{number} {name}"


def test_results_of_a_task_that_yields_none_are_refused() -> None:
    (found,) = compiled(Task(takes_nothing, "any")(Task(nothing), Condition.RESULT)).diagnostics
    assert (found.code, "condition=Condition.RESULT" in found.message) == ("SW504", True)


def test_a_condition_that_is_none_is_refused() -> None:
    end = Task(total, "any")(Task(numbers, "any"), "RESULT")  # type: ignore[arg-type]
    (found,) = compiled(end).diagnostics
    assert (found.code, "condition='RESULT', which is no Condition" in found.message) == (
        "SW501",
        True,
    )


@pytest.mark.parametrize("as_a_list", [False, True])
def test_a_source_that_stands_as_the_condition_is_led_into_the_list(*, as_a_list: bool) -> None:
    def ends() -> Task:
        first, second = Task(number, "any"), Task(name, "any")
        wrong: Any = [second] if as_a_list else second
        return Task(labelled, "any")(first, wrong)

    (found,) = compiled(ends).diagnostics
    assert found.code == "SW501"
    assert found.message.startswith("labelled is called with name as the condition of its edge")
    assert found.hint == "several sources go in one list: Task(labelled)([number, name])"


def test_more_sources_than_a_call_takes_are_led_into_the_list() -> None:
    def ends() -> Task:
        one: Any = Task(number, "any")
        return Task(labelled, "any")(one, one, one)  # type: ignore[call-arg]

    (found,) = compiled(ends).diagnostics
    assert (found.code, "several sources go in one list" in found.hint) == ("SW001", True)
