"""Two topologies compared: every difference by the names that people know, and none invented."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from swarmdsl.cli.changes import as_text
from swarmdsl.topology.codec import to_json
from swarmdsl.topology.difference import Change, differences
from swarmdsl.topology.model import Constant, DataType, Limits, Topology
from swarmdsl.wire.changes import type_changes
from tests.handmade import chain, link, task, topology
from tests.unit.topology.generated import topologies

BASE = chain()


def with_task(number: int, **fields: Any) -> Callable[[Topology], Topology]:
    def change(made: Topology) -> Topology:
        tasks = [*made.tasks]
        tasks[number] = replace(tasks[number], **fields)
        return replace(made, tasks=tuple(tasks))

    return change


def with_link(number: int, **fields: Any) -> Callable[[Topology], Topology]:
    def change(made: Topology) -> Topology:
        links = [*made.links]
        links[number] = replace(links[number], **fields)
        return replace(made, links=tuple(links))

    return change


def test_a_changed_type_is_told_by_its_field() -> None:
    def told(energy: str) -> Topology:
        schema = f'{{"kind":"record","name":"Shower","fields":[["energy","{energy}"]]}}'
        sha256 = hashlib.sha256(schema.encode()).hexdigest()
        return replace(BASE, types=(DataType(name="Shower", fingerprint=sha256, schema=schema),))

    changes = differences(told("int"), told("float"), type_changes)
    assert as_text(changes) == "types\n  ~ Shower\n      Shower.energy: 'int' -> 'float'\n"
    assert differences(told("int"), told("int"), type_changes) == ()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda made: replace(made, max_iteration=3), "max_iteration: nothing -> 3"),
        (lambda made: replace(made, name="other"), "~ other\n      name: 'handmade' -> 'other'"),
        (
            lambda made: replace(made, limits=Limits(restarts=1)),
            "limits\n  ~ limits\n      restarts: 3 -> 1",
        ),
        (
            lambda made: replace(made, globals={"rate": Constant(value=1)}),
            "globals\n  + rate",
        ),
        (with_task(0, method="any"), "tasks\n  ~ source\n      method: 'all' -> 'any'"),
        (
            with_task(0, inputs={"rate": Constant(value=0.5)}),
            "  ~ source\n      inputs: {} -> nothing\n      inputs.rate.value: nothing -> 0.5",
        ),
        (
            with_link(1, type="float"),
            "~ double -> total.values\n      type: 'int' -> 'float'\n",
        ),
        (
            lambda made: replace(made, types=(DataType(name="int", fingerprint="ab" * 32),)),
            "types\n  ~ int\n      fingerprint: ",
        ),
        (
            with_link(1, port="counts"),
            "links\n  - double -> total.values\n  + double -> total.counts",
        ),
        (
            lambda made: replace(made, links=made.links[::-1]),
            "links\n  ~ links\n      order: ",
        ),
        (
            lambda made: replace(made, groups=made.groups[:1]),
            "daemons\n  - double@n2#0",
        ),
    ],
)  # fmt: skip
def test_a_change_is_told_by_name_and_field(
    change: Callable[[Topology], Topology], told: str
) -> None:
    assert told in as_text(differences(BASE, change(BASE)))


def test_a_topology_does_not_differ_from_itself() -> None:
    assert differences(BASE, chain()) == ()


@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=40)
@given(topologies(), topologies())
def test_there_is_a_difference_exactly_if_the_documents_differ(
    one: Topology, other: Topology
) -> None:
    assert bool(differences(one, other)) == (to_json(one) != to_json(other))
    assert differences(one, one) == ()


@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=40)
@given(topologies(), topologies())
def test_the_way_back_tells_the_same_things(one: Topology, other: Topology) -> None:
    back = {"added": "removed", "removed": "added", "changed": "changed"}
    there = {(back[each.kind], each.what, each.field) for each in differences(one, other)}
    assert there == {(each.kind, each.what, each.field) for each in differences(other, one)}


def test_many_daemons_are_counted() -> None:
    nodes = [f"n{number:02}" for number in range(30)]
    few, many = (topology([task("a", nodes=some)], [link("a")]) for some in (nodes[:1], nodes))
    text = as_text(differences(few, many))
    assert "  + worker@n20#0\n  + and 9 more\n" in text


def test_several_links_of_one_name_are_numbered() -> None:
    made = topology(
        [task("a"), task("b", "daemon")], [link("a", "b", "on"), link("a", "b", "on", str)]
    )
    without = replace(made, links=made.links[:1])
    assert differences(without, made) == (Change(kind="added", what="link", name="a -> b.on #2"),)
