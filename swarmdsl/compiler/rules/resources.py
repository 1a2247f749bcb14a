"""SW309, SW310, SW311, SW315: what one task asks for, and what the nodes have."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from swarmdsl.compiler.argument import Steps, of_task
from swarmdsl.compiler.asked import resources_of
from swarmdsl.compiler.diagnostics import Diagnostic, Related, finding
from swarmdsl.compiler.draft import Draft
from swarmdsl.compiler.eligible import amounts_text, eligibility, needs
from swarmdsl.compiler.node_place import node_place, said_of
from swarmdsl.compiler.place import limit_of
from swarmdsl.dsl import Inventory, Node, Task
from swarmdsl.topology.memory import memory_text
from swarmdsl.topology.resources import Resources


@dataclass(frozen=True, slots=True, kw_only=True)
class Lack:
    """A request that exceeds what any node has, and the node that has most."""

    asked: Resources
    most: Resources
    node: Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Most:
    """The nodes of an inventory that have most of each resource, ties by name."""

    cpu: Node
    gpu: Node
    memory: Node | None
    """None if some node does not state its memory: then nobody knows."""


def most_of(inventory: Inventory) -> Most | None:
    """Which nodes have most; None if there are no nodes."""
    nodes = sorted(inventory.nodes, key=lambda node: node.name)
    if not nodes:
        return None
    stated = all(node.memory_bytes is not None for node in nodes)
    return Most(
        cpu=max(nodes, key=lambda node: node.processors),
        gpu=max(nodes, key=lambda node: node.gpus),
        memory=max(nodes, key=lambda node: node.memory_bytes or 0) if stated else None,
    )


def lacks(draft: Draft, alias: str, most: Most | None) -> list[Lack]:
    """What a well declared task asks for and no node has, whatever else it asks for.

    That there are no nodes at all is a finding of its own.
    """
    asked = resources_of(draft.task(alias), draft.module(alias))
    if most is None or asked == Resources():
        return []
    found: list[Lack] = []
    if asked.cpu > most.cpu.processors:
        has = Resources(cpu=most.cpu.processors)
        found.append(Lack(asked=Resources(cpu=asked.cpu), most=has, node=most.cpu))
    memory = None if most.memory is None else most.memory.memory_bytes
    if most.memory is not None and memory is not None and asked.memory > memory:
        has = Resources(memory=memory)
        found.append(Lack(asked=Resources(memory=asked.memory), most=has, node=most.memory))
    if asked.gpu > most.gpu.gpus:
        has = Resources(gpu=most.gpu.gpus)
        found.append(Lack(asked=Resources(gpu=asked.gpu), most=has, node=most.gpu))
    return found


def check_resources(draft: Draft) -> Iterator[Diagnostic]:
    """SW309, SW310: more than any single node has."""
    most = most_of(draft.inventory)
    for group in draft.well_declared():
        for lack in lacks(draft, group[0], most):
            made = _no_gpu if _is_gpu(lack) else _too_much
            yield from (made(draft, alias, lack) for alias in group)


def _is_gpu(lack: Lack) -> bool:
    return lack.asked.gpu > 0 and lack.most.gpu == 0


def _no_gpu(draft: Draft, alias: str, lack: Lack) -> Diagnostic:
    task = draft.task(alias)
    said = "gpu=True" if task.gpu and lack.asked.gpu == 1 else amounts_text(lack.asked)
    number = len(draft.inventory.nodes)
    return finding(
        "SW310",
        f"{alias} asks for a GPU ({said}), and "
        + (f"none of the {number} nodes has one" if number > 1 else "the only node has none"),
        at=task.span,
        steps=_asked_at(task, "gpu"),
        hint=f"if one has a GPU, write {said_of(draft.inventory, lack.node, 'gpus', 1)}; "
        + ("or take gpu=True out" if task.gpu else "or take 'gpu' out of resources="),
        path=alias,
    )


def _too_much(draft: Draft, alias: str, lack: Lack) -> Diagnostic:
    most = amounts_text(lack.most) or "none"
    return finding(
        "SW309",
        f"{alias} asks for {amounts_text(lack.asked)}, and the most that a node has is "
        f"{most} ({lack.node.name})",
        at=draft.task(alias).span,
        steps=_asked_at(draft.task(alias), _kind(lack)),
        related=_written(draft, lack.node, f"{lack.node.name} has {most}", _kind(lack)),
        hint=f"ask for {_kind(lack)!r}: {_amount(lack.most)!r} at most in resources=, or use an "
        "inventory with such a node",
        path=alias,
    )


def _amount(asked: Resources) -> int | float | str:
    """The amount of the one resource that is asked for, as a task would write it."""
    if asked.memory:
        return memory_text(asked.memory)
    return asked.gpu or (int(asked.cpu) if asked.cpu == int(asked.cpu) else asked.cpu)


def _kind(lack: Lack) -> str:
    return "cpu" if lack.asked.cpu else "memory" if lack.asked.memory else "gpu"


def _asked_at(task: Task, kind: str) -> Steps:
    """Where a task asks for a resource; the module that does, if it does not itself."""
    if kind in (task.resources or {}):
        return of_task("resources", kind)
    return of_task("gpu" if kind == "gpu" and task.gpu else "module")


_KEYS = {"cpu": "cpus", "memory": "memory", "gpu": "gpus", "name": "name"}


def _written(draft: Draft, node: Node, text: str, kind: str) -> list[Related]:
    """Where the inventory says what a node has; nothing for a virtual one."""
    at = node_place(draft.inventory, node, _KEYS[kind]).at
    return [] if at is None else [Related(text=text, span=at)]


def check_narrowed(draft: Draft) -> Iterator[Diagnostic]:
    """SW311: what a task needs leaves it fewer nodes than it may use."""
    eligible_for = eligibility(draft.inventory)
    for group in draft.well_declared():
        task = draft.task(group[0])
        if task.method not in {"all", "maximum"}:
            continue
        maximum, module = limit_of(task), draft.module(group[0])
        needed = len(list(needs(task, module)))
        if not isinstance(maximum, int) or not needed:
            continue
        nodes, steps = eligible_for(task, module)
        before = steps[-needed - 1].left
        if 0 < len(nodes) < min(maximum, before):
            for alias in group:
                yield finding(
                    "SW311",
                    f"{alias} has maximum={maximum}, but only {len(nodes)} of {before} nodes "
                    "can run it",
                    at=draft.task(alias).span,
                    steps=of_task("maximum"),
                    related=[Related(text=f"{one.left:>4}  {one.asked}") for one in steps],
                    hint=f"say maximum={len(nodes)}, or use an inventory with more such nodes",
                    path=alias,
                )


def check_unstated(draft: Draft) -> Iterator[Diagnostic]:
    """SW315: memory is asked of nodes that do not state theirs."""
    eligible_for = eligibility(draft.inventory)
    for group in draft.well_declared():
        task, module = draft.task(group[0]), draft.module(group[0])
        memory = resources_of(task, module).memory
        if not memory:
            continue
        nodes, _ = eligible_for(task, module)
        silent = sorted(
            (node for node in nodes if node.memory_bytes is None), key=lambda node: node.name
        )
        for alias in group if silent else ():
            first = silent[0]
            more = f" and {len(silent) - 1} more" if len(silent) > 1 else ""
            yield finding(
                "SW315",
                f"{alias} asks for memory {memory_text(memory)}, and {first.name}{more} "
                f"{'do' if more else 'does'} not state any: it is not compared",
                at=draft.task(alias).span,
                steps=_asked_at(task, "memory"),
                related=_written(draft, first, f"{first.name} is listed", "name"),
                hint="say how much it has, as in "
                f"{said_of(draft.inventory, first, 'memory', '64GiB')}; until then the task may "
                "run there whatever it has",
                path=alias,
            )
