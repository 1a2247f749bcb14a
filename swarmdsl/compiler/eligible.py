"""Which nodes have all that a task asks for, and which request left none."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from swarmdsl.compiler.asked import labels_of, resources_of
from swarmdsl.dsl import Inventory, Module, Node, Task
from swarmdsl.topology.memory import memory_text
from swarmdsl.topology.resources import Resources


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One thing that a task asks of a node.

    Attributes:
        text: what is asked, as the end of "a node ...": `with gpu 2`. Requests of one text are the
            same.
        holds: whether a node has it.
    """

    text: str
    holds: Callable[[Node], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of choosing the eligible nodes: what was asked, and how many nodes were left."""

    asked: str
    left: int


Eligible = tuple[list[Node], list[Step]]


def eligibility(inventory: Inventory) -> Callable[[Task, Module], Eligible]:
    """As `eligible`, worked out once for all tasks that ask for the same."""
    known: dict[tuple[str, ...], Eligible] = {}

    def eligible_for(task: Task, module: Module) -> Eligible:
        asked = tuple(request.text for request in requests(task, module))
        if asked not in known:
            known[asked] = eligible(task, module, inventory)
        return known[asked]

    return eligible_for


def eligible(task: Task, module: Module, inventory: Inventory) -> Eligible:
    """The nodes that satisfy everything a task asks for, and how each request thinned them out."""
    nodes = list(inventory.nodes)
    steps = [Step(asked="nodes in the inventory", left=len(nodes))]
    for request in requests(task, module):
        nodes = [node for node in nodes if request.holds(node)]
        steps.append(Step(asked=request.text, left=len(nodes)))
    return nodes, steps


def requests(task: Task, module: Module) -> Iterator[Request]:
    """Everything that a well declared task asks of each of its nodes."""
    if task.specified_ids is not None:
        wanted = frozenset(task.specified_ids)
        yield Request(
            text=f"in specified_ids={_list(task.specified_ids)}",
            holds=lambda node: node.name in wanted,
        )
    if task.excepted_ids:
        unwanted = frozenset(task.excepted_ids)
        yield Request(
            text=f"not in excepted_ids={_list(task.excepted_ids)}",
            holds=lambda node: node.name not in unwanted,
        )
    yield from needs(task, module)


def needs(task: Task, module: Module) -> Iterator[Request]:
    """What each node must have: resources, labels and datasets."""
    asked = resources_of(task, module)
    for one in (
        Resources(cpu=asked.cpu),
        Resources(memory=asked.memory),
        Resources(gpu=asked.gpu),
    ):
        if one != Resources():
            yield Request(text=f"with {amounts_text(one)}", holds=partial(_fits, one))
    for key, value in labels_of(task).items():
        yield Request(text=f"with label {key}={value!r}", holds=partial(_is_labelled, key, value))
    for dataset in module.datasets:
        yield Request(text=f"with dataset {dataset!r}", holds=partial(_offers, dataset))


def _fits(asked: Resources, node: Node) -> bool:
    memory = node.memory_bytes
    enough_memory = memory is None or asked.memory <= memory  # unstated: not compared
    return asked.cpu <= node.processors and enough_memory and asked.gpu <= node.gpus


def _is_labelled(key: str, value: str, node: Node) -> bool:
    return node.labels.get(key) == value


def _offers(dataset: str, node: Node) -> bool:
    return dataset in node.datasets


def amounts_text(asked: Resources) -> str:
    """Resources for people.

    >>> amounts_text(Resources(cpu=2, memory=4096, gpu=1))
    'cpu 2, memory 4KiB, gpu 1'
    """
    short = f"{asked.cpu:g}"
    exact = short if float(short) == asked.cpu else str(asked.cpu)
    said = [f"cpu {exact}"] if asked.cpu else []
    said += [f"memory {memory_text(asked.memory)}"] if asked.memory else []
    said += [f"gpu {asked.gpu}"] if asked.gpu else []
    return ", ".join(said)


def _list(names: Sequence[str]) -> str:
    return f"[{', '.join(map(repr, names))}]"
