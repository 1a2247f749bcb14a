"""What the compiler says of a graph, checked against networkx on thousands of random ones."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import networkx as nx
from hypothesis import given, settings
from hypothesis import strategies as st

from swarmdsl.compiler import Diagnostic
from swarmdsl.compiler.draft import Draft
from swarmdsl.compiler.knots import cycles, in_order, knots
from swarmdsl.compiler.rules.structure import (
    check_cycles,
    check_left_out,
    check_repeated_edges,
)
from swarmdsl.compiler.trace import trace
from swarmdsl.dsl import Swarm, Task
from tests.unit.compiler.building import TWO

RULES_OF_SHAPE = (check_cycles, check_left_out, check_repeated_edges)
TASKS_MAX = 9
Pairs = list[tuple[int, int]]


@st.composite
def ordered(draw: st.DrawFn) -> tuple[int, Pairs]:
    """How many tasks there are, and edges from lower to higher ones: a graph without a cycle."""
    tasks = draw(st.integers(2, TASKS_MAX))
    pairs = st.tuples(st.integers(0, tasks - 1), st.integers(0, tasks - 1))
    edges = draw(st.lists(pairs.filter(lambda pair: pair[0] < pair[1]), max_size=2 * tasks))
    return tasks, list(dict.fromkeys(edges))


@st.composite
def mutated(draw: st.DrawFn) -> tuple[int, Pairs]:
    """Such a graph, with edges that are turned round, dropped, doubled, or led back to a task."""
    tasks, edges = draw(ordered())
    for _ in range(draw(st.integers(0, 3))):
        if not edges:
            break
        number = draw(st.integers(0, len(edges) - 1))
        source, destination = edges.pop(number)
        how = draw(st.sampled_from(["reverse", "drop", "double", "loop"]))
        edges[number:number] = {
            "reverse": [(destination, source)],
            "drop": [],
            "double": [(source, destination), (source, destination)],
            "loop": [(source, destination), (source, source)],
        }[how]
    return tasks, edges


def step(values: list[int]) -> int:
    """Any function will do: only the shape of the graph is judged."""
    return len(values)


def judged(tasks: int, edges: Pairs, ends: list[int]) -> tuple[Draft, list[Diagnostic]]:
    """The graph of tasks `t0`, `t1` ... with these edges and ends, and what is wrong with it."""

    class Drawn(Swarm):
        def execute(self) -> list[Task]:
            made = [Task(step, alias=f"t{number}") for number in range(tasks)]
            for source, destination in edges:
                made[destination](made[source])
            return [made[number] for number in ends]

    draft = Draft(swarm=Drawn(), inventory=TWO, read=Path.read_bytes)
    draft = trace(draft)
    return draft, [one for rule in RULES_OF_SHAPE for one in rule(draft)]


def oracle(tasks: int, edges: Pairs) -> nx.DiGraph[str]:
    """The same graph as networkx has it."""
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(f"t{number}" for number in range(tasks))
    graph.add_edges_from((f"t{source}", f"t{destination}") for source, destination in edges)
    return graph


def paths(found: list[Diagnostic], code: str) -> list[str]:
    """The tasks of what was found under one code."""
    return [one.graph_path for one in found if one.code == code]


def reported_cycles(tasks: int, edges: Pairs) -> list[list[str]]:
    """The tasks that each reported cycle passes, the first of them again at the end."""
    _, found = judged(tasks, edges, list(range(tasks)))
    return [path.split(" -> ") for path in paths(found, "SW101")]


EVERY = settings(max_examples=100, deadline=None)


@EVERY
@given(mutated())
def test_a_cycle_is_reported_exactly_when_networkx_finds_one(drawn: tuple[int, Pairs]) -> None:
    tasks, edges = drawn
    graph = oracle(tasks, edges)

    reported = reported_cycles(tasks, edges)

    assert bool(reported) is not nx.is_directed_acyclic_graph(graph)
    knotted = [
        knot
        for knot in nx.strongly_connected_components(graph)
        if len(knot) > 1 or graph.has_edge(*(2 * tuple(knot)))
    ]
    assert len(reported) == len(knotted)


@EVERY
@given(mutated())
def test_each_reported_cycle_is_one(drawn: tuple[int, Pairs]) -> None:
    tasks, edges = drawn
    graph = oracle(tasks, edges)

    for first, *others in reported_cycles(tasks, edges):
        assert others[-1] == first
        assert len(set(others)) == len(others)
        assert nx.is_path(graph, [first, *others])


@EVERY
@given(mutated(), st.data())
def test_the_last_tasks_that_lead_to_no_end_are_told(
    drawn: tuple[int, Pairs], data: st.DataObject
) -> None:
    tasks, edges = drawn
    ends = data.draw(st.lists(st.integers(0, tasks - 1), min_size=1, unique=True))
    graph = oracle(tasks, edges)
    leading = {f"t{end}" for end in ends}.union(*(nx.ancestors(graph, f"t{end}") for end in ends))

    draft, found = judged(tasks, edges, ends)

    assert set(draft.graph) == leading
    told = {one.message.split()[1] for one in found if one.code == "SW108"}
    out = graph.subgraph(set(graph) - leading)
    last = {task for task in out if not out.out_degree(task)}
    assert told == (last or set(out)), (
        "who comes before a task that is left out comes along with it"
    )


@EVERY
@given(mutated())
def test_every_repeated_edge_is_reported_once(drawn: tuple[int, Pairs]) -> None:
    tasks, edges = drawn
    repeated = [pair for pair, times in Counter(edges).items() if times > 1]

    _, found = judged(tasks, edges, list(range(tasks)))

    assert sorted(paths(found, "SW104")) == sorted(
        f"t{source} -> t{destination}" for source, destination in repeated
    )


@EVERY
@given(ordered())
def test_what_has_no_cycle_is_compiled_in_topological_order(drawn: tuple[int, Pairs]) -> None:
    tasks, edges = drawn
    graph = oracle(tasks, edges)

    draft, _ = judged(tasks, edges, list(range(tasks)))

    place = {alias: number for number, alias in enumerate(draft.graph)}
    assert set(place) == set(graph)
    assert all(place[source] < place[destination] for source, destination in graph.edges)


def test_knots_order_and_cycles_of_thousands_of_graphs_are_those_of_networkx() -> None:
    chance = random.Random(7)
    for _ in range(3_000):
        tasks = chance.randint(1, 16)
        graph = oracle(tasks, _drawn_by(chance, tasks))
        after = {one: list(graph.successors(one)) for one in graph}

        order = in_order(after)

        components = nx.strongly_connected_components(graph)
        assert sorted(map(sorted, knots(after))) == sorted(map(sorted, components))
        place = {task: number for number, task in enumerate(order)}
        inside = [pair for pair in graph.edges if set(pair) <= place.keys()]
        assert all(place[source] < place[destination] for source, destination in inside)
        assert (len(order) == tasks) is nx.is_directed_acyclic_graph(graph)
        for cycle in cycles(after):
            assert nx.is_path(graph, [*cycle, cycle[0]])
            assert len(set(cycle)) == len(cycle)


def _drawn_by(chance: random.Random, tasks: int) -> Pairs:
    """Edges mostly from lower to higher tasks; now and then one is turned round."""
    edges = []
    for _ in range(chance.randint(0, 3 * tasks)):
        pair = sorted(chance.choices(range(tasks), k=2), reverse=chance.random() < 0.1)
        if pair[0] != pair[1] or chance.random() < 0.1:
            edges.append((pair[0], pair[1]))
    return edges
