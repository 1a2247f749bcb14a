from __future__ import annotations

from typing import Any

import networkx as nx
import pytest

from swarmdsl import CompileError, Condition, Module, Swarm, Task, has_cycles


def step(number: int = 0) -> int:
    return number + 1


def graph_of(execute: Any) -> nx.DiGraph[str]:
    class Example(Swarm):
        def execute(self) -> Any:
            return execute()

    return Example().prepare_graph()


def named(*aliases: str) -> list[Task]:
    return [Task(step, alias=alias) for alias in aliases]


def orders(graph: nx.DiGraph[str]) -> dict[str, int]:
    return {alias: graph.nodes[alias]["order"] for alias in graph}


def test_graph_says_of_each_task_what_was_declared() -> None:
    graph = graph_of(lambda: Task(step, "maximum", maximum=3, network="overlay", alias="a"))
    assert dict(graph.nodes["a"]) == {
        "module": "step",
        "kind": "function",
        "method": "maximum",
        "maximum": 3,
        "fixed": False,
        "network": "overlay",
        "order": 0,
    }
    assert graph.name == "Example"


def test_edge_says_its_condition_and_its_policy() -> None:
    def execute() -> Task:
        a, b = named("a", "b")
        return b(a, condition=Condition.RESULT, policy="balance")

    edge = dict(graph_of(execute).edges["a", "b"])
    assert edge == {"condition": Condition.RESULT, "policy": "balance"}


def test_order_is_the_longest_way_even_where_there_is_a_shorter_one() -> None:
    def execute() -> Task:
        a, b, c = named("a", "b", "c")
        return c([b(a), a])

    assert orders(graph_of(execute)) == {"a": 0, "b": 1, "c": 2}


def test_graph_with_a_cycle_is_given_and_its_tasks_share_an_order() -> None:
    def execute() -> Task:
        start, a, b, end = named("start", "a", "b", "end")
        return end(a([start, b(a)]))

    graph = graph_of(execute)
    assert has_cycles(graph)
    assert orders(graph) == {"start": 0, "a": 1, "b": 1, "end": 2}


def test_task_after_itself_is_a_cycle_and_a_loop_is_none() -> None:
    class Walk(Swarm):
        def execute(self) -> Task:
            walker = Task(step, "any")
            self.loop(walker, walker)
            return walker

    def circle() -> Task:
        task = Task(step)
        return task(task)

    assert has_cycles(graph_of(circle))
    assert not has_cycles(Walk().prepare_graph())


def test_graph_needs_neither_nodes_nor_the_files_of_scripts() -> None:
    graph = graph_of(lambda: Task(Module("nowhere.py"), specified_ids=["no_such_node"]))
    assert graph.nodes["nowhere"]["kind"] == "script"


def test_graph_is_new_each_time() -> None:
    class Example(Swarm):
        def execute(self) -> Task:
            return Task(step)

    swarm = Example()
    swarm.prepare_graph().clear()
    assert list(swarm.prepare_graph()) == ["step"]


def test_swarm_that_gives_no_graph_says_why() -> None:
    with pytest.raises(CompileError, match=r"SW103 error: Example.execute\(\) returned None"):
        graph_of(lambda: None)
