from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest

from swarmdsl.dsl import Module, Task
from swarmdsl.light import Daemon, Globals, Local, Results, World, every, on
from swarmdsl.topology.model import RUN, LinkSpec
from tests.unit.compiler.building import codes, compiled, errors, links_into, topology


@dataclass(frozen=True)
class Event:
    number: int


@dataclass(frozen=True)
class Muon(Event):
    energy: float


def number() -> int:
    return 1


def word() -> str:
    return "a"


def either() -> int | str | None:
    return None


def nothing() -> None:
    return None


def numbers() -> Iterator[int]:
    yield 1


def unsaid():  # type: ignore[no-untyped-def]
    return 1


def muon() -> Muon:
    return Muon(1, 2.0)


def take(value: int) -> None:
    assert value


def gather(values: list[int]) -> None:
    assert values


def both(count: int, text: str) -> None:
    assert count
    assert text


class Tracker(Daemon):
    @on
    def any_event(self, event: Event) -> Event:
        return event

    @on
    def muons(self, event: Muon) -> str | None:
        return None


def shape(link: LinkSpec) -> tuple[str, str | None, bool, str | None]:
    return link.source, link.port, link.gather, link.type


def into(task: Task, alias: str) -> list[tuple[str, str | None, bool, str | None]]:
    return [shape(link) for link in links_into(topology(task), alias)]


# -------------------------------------------------------------------------------- name and type


def test_parameter_binds_to_the_task_that_has_its_name() -> None:
    def minus(left: int, right: int) -> int:
        return left - right

    sides = [Task(number, "any", alias=name) for name in ("right", "left")]
    assert into(Task(minus, "any")(sides), "minus") == [
        ("right", "right", False, "int"),
        ("left", "left", False, "int"),
    ]


def test_parameter_binds_by_type_where_no_name_fits() -> None:
    assert into(Task(both, "any")([Task(word, "any"), Task(number, "any")]), "both") == [
        ("word", "text", False, "str"),
        ("number", "count", False, "int"),
    ]


def test_equal_type_is_preferred_to_one_that_merely_accepts() -> None:
    def mixed(share: float, count: int) -> None:
        assert share + count

    task = Task(mixed, inputs={"share": 0.5})
    assert into(task(Task(number, "any")), "mixed") == [("number", "count", False, "int")]

    def open_ended(count: int, rest: Any = None) -> None:
        assert count != rest

    assert into(Task(open_ended, "any")(Task(number, "any")), "open_ended")[0][1] == "count"


def test_required_parameter_is_preferred_to_an_optional_one() -> None:
    def add(start: int = 0, *, value: int) -> None:
        assert start + value

    assert into(Task(add, "any")(Task(number, "any")), "add")[0][1] == "value"


def test_what_is_left_over_decides_an_ambiguity() -> None:
    def pair(number: int, other: int) -> None:
        assert number + other

    sources = [Task(number, "any"), Task(number, "any", alias="second")]
    sources[0].alias = "number"
    assert [port for _, port, _, _ in into(Task(pair, "any")(sources), "pair")] == [
        "number",
        "other",
    ]


def test_bound_constants_are_no_ports() -> None:
    task = Task(both, inputs={"text": "x"})(Task(number, "any"))
    assert into(task, "both") == [("number", "count", False, "int")]


def test_injected_parameters_are_no_ports() -> None:
    def knows(
        value: int, world: World, local: Local, shared: Globals, results: Results
    ) -> None: ...

    assert into(Task(knows, "any")(Task(number, "any")), "knows")[0][1] == "value"


def test_parameter_without_annotation_takes_anything() -> None:
    def bare(value):  # type: ignore[no-untyped-def]
        return value

    task = Task(bare, "any")(Task(number, "any"))
    assert into(task, "bare") == [("number", "value", False, "int")]
    assert codes(task) == ["SW203"]


def test_source_without_annotation_fits_anything() -> None:
    task = Task(take, "any")(Task(unsaid, "any"))
    assert into(task, "take") == [("unsaid", "value", False, "Any")]


def test_annotation_that_names_nothing_is_told_as_that_and_not_as_missing() -> None:
    def late(value: NotImportedHere, count: int = 0) -> None:  # type: ignore[name-defined]  # noqa: F821
        assert value

    assert codes(Task(late, inputs={"value": 1})) == ["SW221"]
    assert codes(Task(late, "any")(Task(word, "any"))) == ["SW221"]


def test_partial_and_callable_object_have_the_ports_of_what_they_call() -> None:
    class Add:
        def __call__(self, value: int) -> int:
            return value

    found = topology(Task(partial(both, text="x"), "any", alias="end")(Task(number, "any")))
    assert shape(links_into(found, "end")[0]) == ("number", "count", False, "int")
    found = topology(Task(Add(), "any", alias="end")(Task(number, "any")))
    assert [shape(link)[3] for link in found.links] == ["int", "int"]


# --------------------------------------------------------------------------- rule 10: the gather


@pytest.mark.parametrize("method", ["all", "maximum", "fixed"])
def test_source_that_may_have_several_instances_is_gathered(method: str) -> None:
    options: dict[str, Any] = {"maximum": {"maximum": 1}, "fixed": {"specified_ids": ["node1"]}}
    source = Task(number, method, **options.get(method, {}))
    assert into(Task(gather, "any")(source), "gather") == [("number", "values", True, "int")]


def test_several_sources_of_one_parameter_are_gathered() -> None:
    sources = [Task(number, "any"), Task(number, "any")]
    assert into(Task(gather, "any")(sources), "gather") == [
        ("number_0", "values", True, "int"),
        ("number_1", "values", True, "int"),
    ]


def test_generator_is_gathered() -> None:
    task = Task(gather, "any")(Task(numbers, "any"))
    assert into(task, "gather") == [("numbers", "values", True, "int")]


def test_single_instance_is_not_gathered() -> None:
    assert errors(Task(gather, "any")(Task(number, "any"))) == ["SW201"]


def test_gather_needs_a_list() -> None:
    assert errors(Task(take, "any")(Task(number, "all"))) == ["SW201"]


def test_gather_takes_any_annotation_that_a_list_satisfies() -> None:
    def sequence(values: Sequence[float]) -> None: ...
    def anything(values: Any) -> None: ...
    def fixed_set(values: set[int]) -> None: ...

    assert not errors(Task(sequence, "any")(Task(number)))
    assert not errors(Task(anything, "any")(Task(number)))
    assert errors(Task(fixed_set, "any")(Task(number))) == ["SW201"]


def test_parameter_that_takes_one_or_many_gets_what_its_source_decides() -> None:
    def flexible(values: int | list[int]) -> None: ...

    for method, gather in (("any", False), ("all", True)):
        (link,) = links_into(topology(Task(flexible, "any")(Task(number, method))), "flexible")
        assert link.gather is gather


def test_single_value_and_gather_are_told_apart_by_how_a_source_comes() -> None:
    def mixed(one: int, many: list[int]) -> None: ...

    sources = [Task(number, "any", alias="single"), Task(number, "all", alias="several")]
    assert into(Task(mixed, "any")(sources), "mixed") == [
        ("single", "one", False, "int"),
        ("several", "many", True, "int"),
    ]


def test_wrong_element_is_a_mismatch() -> None:
    assert errors(Task(gather, "any")(Task(word, "all"))) == ["SW201"]


# -------------------------------------------------------------------------------------- controls


def test_source_without_a_value_only_orders() -> None:
    def start() -> int:
        return 1

    assert into(Task(start, "any")(Task(nothing, "any")), "start") == [
        ("nothing", None, False, None)
    ]


def test_function_without_parameters_is_only_ordered() -> None:
    task = Task(nothing, "any")(Task(unsaid, "any"))
    assert into(task, "nothing") == [("unsaid", None, False, None)]


def test_every_last_task_has_a_link_to_the_run() -> None:
    found = topology([Task(number, "any"), Task(word), Task(nothing), Task(numbers, "any")])
    assert [shape(link) for link in links_into(found, RUN)] == [
        ("number", "number", False, "int"),
        ("word", "word", True, "str"),
        ("nothing", None, False, None),
        ("numbers", "numbers", True, "int"),
    ]


def test_types_of_the_last_tasks_are_handed_out() -> None:
    found = compiled([Task(either, "any"), Task(nothing), Task(muon)])
    assert found.sink_types == {"either": int | str, "nothing": None, "muon": Muon}


# --------------------------------------------------------------------------------------- unions


def test_whole_union_is_one_link() -> None:
    def all_of(value: int | str) -> None: ...

    (link,) = links_into(topology(Task(all_of, "any")(Task(either, "any"))), "all_of")
    assert link.type == "int | str"


def test_union_parts_where_tasks_take_different_members() -> None:
    source = Task(either, "any")

    def spell(value: str) -> None: ...

    found = topology([Task(take, "any")(source), Task(spell, "any")(source)])
    assert [shape(link) for link in found.links[:2]] == [
        ("either", "value", False, "int"),
        ("either", "value", False, "str"),
    ]


def test_member_that_nothing_takes_is_an_error() -> None:
    assert errors(Task(take, "any")(Task(either, "any"))) == ["SW207"]


# -------------------------------------------------------------------------------------- daemons


def test_push_goes_to_the_most_specific_handler() -> None:
    assert into(Task(Tracker, "any")(Task(muon, "all")), "Tracker") == [
        ("muon", "muons", False, "Muon")
    ]


def test_daemon_streams_so_what_it_yields_is_gathered() -> None:
    def collect(found: list[Event | str]) -> None: ...

    chain = Task(collect, "any")(Task(Tracker, "any")(Task(muon, "any")))
    assert into(chain, "collect") == [("Tracker", "found", True, "Event | str")]


def test_two_equal_handlers_are_ambiguous() -> None:
    class Twice(Daemon):
        @on
        def first(self, value: int) -> None: ...

        @on
        def second(self, value: int) -> None: ...

    assert errors(Task(Twice, "any")(Task(number, "any"))) == ["SW202"]


def test_daemon_that_handles_nothing_of_a_source_is_a_mismatch() -> None:
    assert errors(Task(Tracker, "any")(Task(word, "any"))) == ["SW201"]


def test_daemon_without_handlers_or_with_arguments_is_refused() -> None:
    class Mute(Daemon):
        def __init__(self, size: int) -> None:
            self.size = size

    assert errors(Task(Mute, "any")(Task(number, "any"))) == ["SW208", "SW208"]


class Started(Daemon):
    """Its methods are called with nothing, and what they return goes nowhere."""

    def on_start(self, port: int) -> None: ...

    def on_stop(self) -> Iterator[int]:
        yield 1

    @on
    def add(self, value: int) -> int:
        return value


class StartedWell(Daemon):
    def on_start(self, world: World, port: int = 3000) -> None: ...

    def on_stop(self):  # type: ignore[no-untyped-def]
        return 5

    @on
    def add(self, value: int) -> int:
        return value


class Pushing(Daemon):
    """Says in `pushes` what its handler pushes besides what it returns."""

    pushes = str | None

    @on
    def add(self, value: int) -> int | None: ...


class PushingWhat(Daemon):
    pushes = "int"

    @on
    def add(self, value: int) -> None: ...


def texts(values: list[str]) -> None: ...


def wholes(values: list[int]) -> None: ...


def test_what_a_daemon_says_that_it_pushes_is_carried_like_what_its_handlers_return() -> None:
    pushing = Task(Pushing, "any", alias="pushing")(Task(number, "any"))
    links = topology([Task(one, "any")(pushing) for one in (texts, wholes)]).links
    carried = {one.destination: one.type for one in links if one.source == "pushing"}
    assert carried == {"texts": "str", "wholes": "int"}


def test_what_a_daemon_pushes_is_a_type() -> None:
    assert errors(Task(PushingWhat, "any")(Task(number, "any"))) == ["SW208"]


def test_a_daemon_is_told_of_its_start_and_end_and_asked_nothing() -> None:
    assert errors(Task(Started, "any")(Task(number, "any"))) == ["SW208", "SW208"]
    assert errors(Task(StartedWell, "any")(Task(number, "any"))) == []


class Pulse(Daemon):
    @every(seconds=0.5)
    def beat(self) -> int:
        return 1


class Both(Pulse):
    def on_round_end(self) -> str:
        return "over"

    @on
    def add(self, value: int) -> None: ...


class Saved(Pulse):
    def snapshot(self) -> int:
        return 1

    def restore(self, state: int) -> None: ...


class Produces(Pulse):
    def produce(self) -> Iterator[int]:
        yield 1


def test_what_timers_and_the_end_of_a_round_return_is_carried_like_what_handlers_return() -> None:
    pulse = Task(Both, "any", alias="pulse")(Task(number, "any"))
    links = topology([Task(one, "any")(pulse) for one in (texts, wholes)]).links
    carried = {one.destination: one.type for one in links if one.source == "pulse"}
    assert carried == {"texts": "str", "wholes": "int"}


def test_a_daemon_with_a_timer_needs_nothing_pushed_to_it() -> None:
    assert errors(Task(wholes, "any")(Task(Pulse, "any"))) == []


def test_what_is_pushed_to_a_daemon_needs_a_handler_and_no_timer() -> None:
    assert errors(Task(Pulse, "any")(Task(number, "any"))) == ["SW208"]


def test_a_source_has_no_snapshot_and_one_that_produces_no_timers() -> None:
    assert errors(Task(wholes, "any")(Task(Saved, "any"))) == ["SW212"]
    assert errors(Task(wholes, "any")(Task(Produces, "any"))) == ["SW212"]


# -------------------------------------------------------------------------------------- scripts


def test_script_gets_each_source_under_its_alias() -> None:
    script = Module("def main():\n    return 1\n", name="script")
    task = Task(script, "any")([Task(number, "any"), Task(word, "all")])
    assert into(task, "script") == [
        ("number", "number", False, "Any"),
        ("word", "word", True, "Any"),
    ]


def test_script_yields_anything() -> None:
    script = Module("def main():\n    return 1\n", name="script")
    assert into(Task(take, "any")(Task(script, "any")), "take") == [
        ("script", "value", False, "Any")
    ]
