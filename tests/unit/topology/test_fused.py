"""What is executed of a topology in which functions share a run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from swarmdsl.daemon.fused_program import NUMBERED
from swarmdsl.topology.fused import VALUES, Inflow, executed, unfusable
from swarmdsl.topology.model import Constant, LinkSpec, TaskSpec, Topology
from swarmdsl.topology.resources import Resources
from swarmdsl.wire.types import describe
from tests.handmade import link, task, topology

LAYERS = {"a1": "a", "a2": "a", "b1": "b", "b2": "b", "last": "last"}


def tagged(of: Topology, **names: str) -> Topology:
    """The same, with the names of the runs that tasks share."""
    tasks = (replace(one, fused=names.get(one.alias)) for one in of.tasks)
    return replace(of, tasks=tuple(tasks))


def crossed() -> Topology:
    """Two functions, two that take what both give, and one that gathers what those give."""
    return topology(
        [task(alias) for alias in ("a1", "a2", "b1", "b2", "last")],
        [
            link("a1", "b1", "values", gather=True),
            link("a2", "b1", "values", gather=True),
            link("a1", "b2", "values", gather=True),
            link("b1", "last", "values", gather=True),
            link("b2", "last", "values", gather=True),
            link("last"),
        ],
    )


def altered(of: Topology, alias: str, change: Callable[[TaskSpec], TaskSpec]) -> Topology:
    tasks = (change(one) if one.alias == alias else one for one in of.tasks)
    return replace(of, tasks=tuple(tasks))


def test_functions_of_one_name_are_one_task_with_one_link_to_each_other_one() -> None:
    found = executed(tagged(crossed(), **LAYERS))

    assert [one.alias for one in found.topology.tasks] == ["a", "b", "last"]
    assert [one.module for one in found.topology.tasks] == [
        "a1, a2, together",
        "b1, b2, together",
        "last, together",
    ]
    assert [(one.source, one.destination) for one in found.topology.links] == [
        ("a", "b"),
        ("b", "last"),
        ("last", "run"),
    ]
    assert [one.type for one in found.topology.links] == [VALUES.name, VALUES.name, "int"]


def test_each_function_knows_whose_values_it_is_given_in_the_order_of_the_topology() -> None:
    found = executed(tagged(crossed(), **LAYERS))

    first, second = found.parts["b"]
    assert [(one.port, one.number, one.link.source) for one in first.inputs] == [
        ("0", 0, "a1"),
        ("0", 1, "a2"),
    ]
    assert [(one.port, one.number) for one in second.inputs] == [("0", 0)]
    assert (first.bundles, first.plain) == ((1,), ())
    (last,) = found.parts["last"]
    assert (last.bundles, last.plain) == ((), (2,))


def test_at_the_border_values_travel_as_they_are() -> None:
    found = executed(tagged(crossed(), b1="b", b2="b"))

    links = found.topology.links
    assert [(one.source, one.destination, one.type) for one in links] == [
        ("a1", "b", "int"),
        ("a2", "b", "int"),
        ("a1", "b", "int"),
        ("b", "last", "int"),
        ("b", "last", "int"),
        ("last", "run", "int"),
    ]
    assert len({one.port for one in links[:3]}) == 3, "each function has its own values"
    first, second = found.parts["b"]
    assert [one.number for one in (*first.inputs, *second.inputs)] == [None] * 3
    assert (first.plain, second.plain) == ((3,), (4,))


def test_that_one_is_done_is_told_once_where_no_values_pass() -> None:
    after = topology(
        [task(alias) for alias in ("a1", "a2", "b1", "b2")],
        [link("a1", "b1", None), link("a2", "b2", None), link("b1"), link("b2")],
    )
    found = executed(tagged(after, a1="a", a2="a"))
    assert [(one.source, one.port) for one in found.topology.links[:2]] == [("a", None)] * 2

    found = executed(tagged(after, a1="a", a2="a", b1="b1", b2="b2"))
    assert [(one.source, one.destination, one.port) for one in found.topology.links] == [
        ("a", "b1", None),
        ("a", "b2", None),
        ("b1", "run", "value"),
        ("b2", "run", "value"),
    ]


def test_what_travels_with_a_number_has_the_type_that_is_read() -> None:
    assert (VALUES.fingerprint, VALUES.schema) == (
        describe(NUMBERED).fingerprint,
        describe(NUMBERED).schema,
    )


def test_nothing_is_changed_where_nothing_shares_a_run() -> None:
    plain = crossed()
    found = executed(plain)
    assert found.topology is plain
    assert found.named("a1") == ("a1",)


def test_a_function_is_found_by_its_alias_and_by_its_module() -> None:
    of = topology(
        [task("a1", module="m"), task("a2", module="m"), task("b", module="m")],
        [link("a1", "b"), link("a2", "b"), link("b")],
    )
    found = executed(tagged(of, a1="a", a2="a"))
    assert found.named("a1") == ("a",)
    assert found.named("m") == ("a", "m")
    assert found.named("b") == ("b",)
    assert executed(tagged(of, a1="a", a2="a", b="b")).named("m") == ("a", "b")


def test_an_instance_leaves_something_under_its_name_and_those_of_its_functions() -> None:
    found = executed(tagged(crossed(), **LAYERS))
    assert found.names_of("b@n1#0") == ["b@n1#0", "b1@n1#0", "b2@n1#0"]
    assert executed(crossed()).names_of("b1@n1#0") == ["b1@n1#0"]


def test_those_that_wait_for_one_another_run_by_themselves() -> None:
    chained = topology(
        [task(alias) for alias in ("one", "two", "three", "last")],
        [
            link("one", "two"),
            link("two", "three"),
            link("three", "last", "values", gather=True),
            link("one", "last", "values", gather=True),
            link("last"),
        ],
    )
    knotted = tagged(chained, one="both", three="both")
    assert executed(knotted).topology is knotted
    within = tagged(chained, one="both", two="both")
    assert executed(within).topology is within


@pytest.mark.parametrize(
    ("reason", "change"),
    [
        ("a limit of time", lambda one: replace(one, timeout_s=1.0)),
        ("attempts", lambda one: replace(one, retries=1)),
        ("variables", lambda one: replace(one, env={"A": "1"})),
        ("secrets", lambda one: replace(one, secrets=("key",))),
        ("a network", lambda one: replace(one, network="lab")),
        ("resources", lambda one: replace(one, resources=Resources(cpu=1))),
        ("datasets", lambda one: replace(one, datasets=("digits",))),
        ("several instances", lambda one: replace(one, candidates=one.candidates * 2, count=2)),
        ("going on without it", lambda one: replace(one, on_node_loss="continue")),
    ],
)
def test_a_function_that_asks_for_something_runs_by_itself(
    reason: str, change: Callable[[TaskSpec], TaskSpec]
) -> None:
    asking = altered(tagged(crossed(), **LAYERS), "a1", change)
    assert "a1" in unfusable(asking), reason
    assert "a1" not in executed(asking).alias_of
    assert "a2" not in executed(asking).alias_of, "whoever was to share its run, too"
    assert "b1" in executed(asking).alias_of


def test_constants_and_labels_are_no_reason_to_run_alone() -> None:
    bound = altered(
        crossed(),
        "a1",
        lambda one: replace(one, inputs={"by": Constant(value=2)}, labels={"zone": "a"}),
    )
    assert not unfusable(bound)


@pytest.mark.parametrize(
    ("reason", "change"),
    [
        ("dealt out", lambda one: replace(one, policy="balance")),
        ("one by one", lambda one: replace(one, condition="result")),
        ("lost at times", lambda one: replace(one, delivery="at_most_once")),
        ("a round late", lambda one: replace(one, loop=True)),
        ("in time", lambda one: replace(one, response_timeout_s=1.0)),
        ("never slept on", lambda one: replace(one, wait="spin")),
        ("arrays", lambda _one: link("a1", "b1", "values", np.ndarray, gather=True)),
        ("anything", lambda _one: link("a1", "b1", "values", dict[str, Any], gather=True)),
    ],
)
def test_a_link_of_which_more_is_said_has_ends_that_run_by_themselves(
    reason: str, change: Callable[[LinkSpec], LinkSpec]
) -> None:
    plain = crossed()
    links = [change(plain.links[0]), *plain.links[1:]]
    said = topology([task(one.alias) for one in plain.tasks], links)
    assert unfusable(said) == {"a1", "b1"}, reason


def test_other_kinds_of_modules_run_by_themselves() -> None:
    mixed = topology([task("a", "daemon"), task("b", "script"), task("c")], [link("c")])
    assert unfusable(mixed) == {"a", "b"}


def test_what_gives_values_of_several_types_to_several_runs_by_itself() -> None:
    parting: list[Any] = [link("a", "b", "n", int), link("a", "c", "t", str), link("b"), link("c")]
    of = topology([task("a"), task("b"), task("c")], parting)
    assert unfusable(of) == {"a"}


def test_what_the_run_is_given_comes_of_a_function_that_shares_with_nobody() -> None:
    ends = topology([task("a"), task("b")], [link("a"), link("b")])
    shared = tagged(ends, a="both", b="both")
    assert executed(shared).topology is shared
    alone = executed(tagged(ends, a="a", b="b"))
    assert [one.destination for one in alone.topology.links] == ["run", "run"]


def test_what_the_run_is_given_is_known_by_the_alias_of_its_function() -> None:
    ends = topology([task("a"), task("b")], [link("a"), link("b")])
    renamed = executed(tagged(ends, a="a", b="other"))
    assert [one.source for one in renamed.topology.links] == ["a", "b"]
    assert renamed.alias_of == {"a": "a"}


def test_those_in_different_places_run_by_themselves() -> None:
    apart = topology([task("a"), task("b", nodes=["n2"]), task("c")], [link("a", "c")])
    shared = tagged(apart, a="both", b="both")
    assert executed(shared).topology is shared


@pytest.mark.parametrize("name", ["last", "run", "a@n1", "a#0"])
def test_the_name_of_a_run_is_no_other_tasks_and_says_nothing_of_a_place(name: str) -> None:
    of = tagged(crossed(), a1=name, a2=name)
    assert executed(of).topology is of


def test_a_run_may_have_a_number_for_a_name() -> None:
    found = executed(tagged(crossed(), **(LAYERS | {"a1": "1", "a2": "1"})))
    assert {one.port for one in found.parts["b"][0].inputs} == {"0"}


def test_an_alias_is_meant_before_a_module_of_that_name() -> None:
    of = topology([task("a", module="b"), task("b"), task("c", module="b")], [link("b")])
    assert executed(tagged(of, a="a", c="a")).named("b") == ("b",)


def test_an_inflow_has_the_link_as_it_is_written() -> None:
    found = executed(tagged(crossed(), **LAYERS))
    written = crossed().links[0]
    assert found.parts["b"][0].inputs[0] == Inflow(link=written, port="0", number=0)
