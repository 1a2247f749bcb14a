"""A graph of tasks as a swarm, run in a process of its own: the seconds of its round on stdout.

`python -m benchmarks.tasks_swarm CASE [kept] [apart]`; with `kept` each task runs where it was
dealt to, and with `apart` each by itself, however many there are.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping
from dataclasses import replace
from tempfile import TemporaryDirectory

from benchmarks.tasks_cases import CASES
from benchmarks.tasks_graphs import Graph, Vertex, later, succ
from swarmdsl import Inventory, Limits, Node, Swarm, Task
from swarmdsl.compiler.pipeline import compile_swarm
from swarmdsl.control.happenings import Happening, RoundFinished, RoundStarted

TWO_WORKERS = Inventory(nodes=(Node(name="node1", slots=2),))
TWO_NODES = Inventory(nodes=(Node(name="node1", slots=1), Node(name="node2", slots=1)))


class Graphed(Swarm):
    """The tasks of a graph; one that must be on a worker is on a node that has just this one."""

    def __init__(self, graph: Graph, limits: Limits) -> None:
        super().__init__(limits=limits)
        self.graph = graph

    def execute(self) -> Task:
        """The graph."""
        made: list[Task] = []
        for number, one in enumerate(self.graph.vertices):
            task = _task(one, f"t{number}")
            made.append(task([made[source] for source in one.inputs]) if one.inputs else task)
        return made[-1]


def _task(vertex: Vertex, alias: str) -> Task:
    if vertex.worker is None:
        return Task(vertex.function, method="any", alias=alias)
    node = f"node{1 + vertex.worker}"
    # What comes of a task with nodes of its own comes as a list.
    function = later if vertex.function is succ else vertex.function
    return Task(function, method="fixed", specified_ids=[node], alias=alias)


def measure(case: str, limits: Limits) -> Mapping[str, float]:
    """Compile and run; how long each took, and the round in it."""
    graph = CASES[case].graph()
    inventory = TWO_NODES if graph.vertices[0].worker is not None else TWO_WORKERS
    swarm, at_s = Graphed(graph, limits), dict[type, float]()

    def see(happening: Happening) -> None:
        at_s[type(happening)] = time.monotonic()

    begun_s = time.monotonic()
    compile_swarm(swarm, inventory).require()
    compiled_s = time.monotonic()
    with TemporaryDirectory(prefix="tasks-") as home:
        run = swarm.run(inventory, home=home, observers=(see,))
        ended_s = time.monotonic()
        assert run.state.name == "COMPLETED", run.reason
        assert run.value in (graph.value, [graph.value]), run.value
    return {
        "compile": compiled_s - begun_s,
        "round": at_s[RoundFinished] - at_s[RoundStarted],
        "run": ended_s - compiled_s,
    }


if __name__ == "__main__":
    usual, how = Limits(), sys.argv[2:]
    limits = replace(
        usual,
        steal_after_s=0.0 if "kept" in how else usual.steal_after_s,
        fused_functions=1 if "apart" in how else usual.fused_functions,
    )
    json.dump(measure(sys.argv[1], limits), sys.stdout)
