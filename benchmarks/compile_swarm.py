"""A swarm of many tasks, compiled and measured in a process of its own: figures on stdout as JSON.

`python -m benchmarks.compile_swarm TASKS NODES ROUNDS`
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import networkx as nx

from swarmdsl import Inventory, Swarm, Task
from swarmdsl.compiler.draft import Draft
from swarmdsl.compiler.pipeline import analysed, compile_swarm
from swarmdsl.topology.codec import to_json, to_toml


def start() -> int:
    """A task that comes after none."""
    return 1


def join(values: list[int]) -> int:
    """A task that comes after two others."""
    return sum(values)


def pairs(tasks: int) -> Iterator[tuple[int, int]]:
    """Two edges into each task but the first three: from the one before, and from halfway back."""
    for number in range(3, tasks):
        yield number - 1, number
        yield number // 2, number


class Many(Swarm):
    """So many tasks, of two modules; each runs on one node, and could run on any."""

    def __init__(self, tasks: int) -> None:
        super().__init__()
        self.tasks = tasks

    def execute(self) -> list[Task]:
        """The graph of `pairs`."""
        made = [
            Task(join if number > 2 else start, method="any", alias=f"t{number}")
            for number in range(self.tasks)
        ]
        for source, destination in pairs(self.tasks):
            made[destination](made[source])
        return made


def floor(tasks: int) -> None:
    """What networkx alone takes: the graph is built and sorted."""
    graph: nx.DiGraph[str] = nx.DiGraph()
    for number in range(tasks):
        graph.add_node(f"t{number}")
    for source, destination in pairs(tasks):
        graph.add_edge(f"t{source}", f"t{destination}")
    assert len(list(nx.topological_sort(graph))) == tasks


def validate(tasks: int, inventory: Inventory) -> None:
    """All passes that analyse, and no finding."""
    draft = Draft(swarm=Many(tasks), inventory=inventory, read=Path.read_bytes)
    assert not analysed(draft).diagnostics


def compile_whole(
    tasks: int, inventory: Inventory, sizes: dict[str, int], *, as_json: bool = False
) -> None:
    """All passes, and the document as the command writes it."""
    topology = compile_swarm(Many(tasks), inventory).require()
    text = to_json(topology) if as_json else to_toml(topology)
    sizes["json" if as_json else "toml"] = len(text.encode())


def seconds(work: Callable[[], None]) -> float:
    """The processor time that something takes: other programs of the machine do not count."""
    begin = time.process_time()
    work()
    return time.process_time() - begin


def main(tasks: int, nodes: int, rounds: int) -> None:
    """Measure so many rounds, in each of them everything in turn."""
    inventory = Inventory.local(nodes=nodes, cores=nodes)
    sizes: dict[str, int] = {}
    measured: dict[str, Callable[[], None]] = {
        "floor:networkx": lambda: floor(tasks),
        "validate": lambda: validate(tasks, inventory),
        "compile, TOML": lambda: compile_whole(tasks, inventory, sizes),
        "compile, JSON": lambda: compile_whole(tasks, inventory, sizes, as_json=True),
    }
    validate(10, inventory)  # what is imported on first use is not counted
    found: dict[str, list[float]] = {name: [] for name in measured}
    for _ in range(rounds):
        for name, work in measured.items():
            found[name].append(seconds(work))
    peak_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    json.dump({"seconds": found, "bytes": sizes, "peak_mib": peak_kib / 1024}, sys.stdout)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:4]))
