"""The plan of a topology: what was decided, in words that stay the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from swarmdsl.topology.codec import read
from swarmdsl.topology.model import Constant, Key
from swarmdsl.topology.plan import plan
from tests.handmade import chain, link, task, topology

REPOSITORY = Path(__file__).resolve().parents[3]
EXAMPLES = sorted((REPOSITORY / "examples").glob("*.topology.toml"))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name.partition(".")[0])
def test_plan_of_an_example_is_the_golden_one(
    path: Path, golden: Callable[[str, str], None]
) -> None:
    golden(f"plans/{path.name.partition('.')[0]}.txt", plan(read(path)[0]))


def test_a_daemon_module_handles_pushes() -> None:
    text = plan(chain(max_iteration=1))
    assert text.startswith("handmade: 3 tasks, 3 daemons on 2 nodes, 1 round\n")
    assert "  runs    for each push, in its handler; it lives as long as the run\n" in text
    assert "  input   handler handle <- int from source\n" in text
    assert "  input   values <- a list of int from double\n" in text


def test_a_source_is_one() -> None:
    text = plan(topology([task("a", "daemon")], [link("a")]))
    assert "  runs    once per round, as a source; it lives as long as the run\n" in text


def test_results_run_one_by_one_once_the_rest_is_complete() -> None:
    each = replace(link("a", "c", "x"), condition="result", policy="balance")
    text = plan(topology([task("a"), task("b"), task("c")], [each, link("b", "c", "y"), link("c")]))
    assert "  runs    for each result of a, as it comes, once b is complete\n" in text
    assert "  input   x <- int from a (each to one instance, whichever takes it first)\n" in text


def test_an_end_alone_is_told_as_one() -> None:
    text = plan(topology([task("a"), task("b")], [link("a", "b", None), link("b", port=None)]))
    assert "  after   a (no values, only that it is done)\n" in text
    assert text.endswith("run\n  after   b (no values, only that it is done)\n")


def test_a_loop_brings_the_round_before() -> None:
    back = replace(link("b", "a", "x"), loop=True)
    text = plan(topology([task("a"), task("b")], [link("a", "b"), back, link("b")]))
    assert "  runs    once per round, from its start\n" in text
    assert "  input   x <- int from b (of the round before, by way of the run)\n" in text
    assert "  output  int -> a.x in the next round\n" in text


def test_a_gather_names_its_sources_in_their_order() -> None:
    nodes = ["n2", "n1"]
    made = topology(
        [task("b", nodes=nodes), task("a"), task("c")],
        [link("b", "c", "x", gather=True), link("a", "c", "x", str, gather=True), link("c")],
    )
    assert (
        "  input   x <- a list of int | str, in this order:\n"
        "            b, 2 instances by the names of their nodes\n"
        "            a\n"
    ) in plan(made)


def test_what_is_lost_where_there_is_no_room_is_told() -> None:
    lossy = replace(link("a", "b"), delivery="at_most_once", overflow="drop_oldest")
    keyed = replace(link("a", "c"), policy="key", key=Key(field="word"))
    text = plan(topology([task("a"), task("b"), task("c")], [lossy, keyed]))
    assert "int from a (at most once, drop_oldest where there is no room)\n" in text
    assert "int from a (each to the instance that its key chooses)\n" in text


def test_a_link_that_is_waited_for_without_sleeping_is_told() -> None:
    text = plan(topology([task("a"), task("b")], [replace(link("a", "b"), wait="spin")]))
    assert "int from a (waited for without sleeping)\n" in text


def test_constants_are_shown_or_named() -> None:
    spec, code = task("a")
    inputs = {"rate": Constant(value=0.5), "table": Constant(blob="ab" * 32)}
    text = plan(topology([(replace(spec, inputs=inputs), code)], [link("a")]))
    assert "  input   rate = 0.5\n  input   table = a blob, bundles/abababababab…\n" in text
