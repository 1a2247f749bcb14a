"""SW309, SW310, SW311, SW315: what one task asks for, and what the nodes have."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from swarmdsl.compiler.asked import resources_of
from swarmdsl.compiler.diagnostics import Diagnostic, Related, finding
from swarmdsl.compiler.draft import Draft
from swarmdsl.compiler.eligible import amounts_text, eligible, needs
from swarmdsl.compiler.place import limit_of
from swarmdsl.compiler.rules.scheduling import is_well_declared
from swarmdsl.dsl import Node
from swarmdsl.topology.memory import memory_text
from swarmdsl.topology.resources import Resources


@dataclass(frozen=True, slots=True, kw_only=True)
class Lack:
    """A request that exceeds what any node has, and the node that has most."""

    asked: Resources
    most: Resources
    node: Node


def lacks(draft: Draft, alias: str) -> list[Lack]:
    """What a well declared task asks for and no node has, whatever else it asks for."""
    asked, nodes = resources_of(draft.task(alias), draft.module(alias)), draft.inventory.nodes
    found: list[Lack] = []
    if not nodes:
        return found  # that there are none is a finding of its own
    cpu = min(nodes, key=lambda node: (-node.processors, node.name))
    if asked.cpu > cpu.processors:
        most = Resources(cpu=cpu.processors)
        found.append(Lack(asked=Resources(cpu=asked.cpu), most=most, node=cpu))
    stated = {node.name: node.memory_bytes for node in nodes}
    sizes = [size for size in stated.values() if size is not None]
    if len(sizes) == len(nodes) and asked.memory > max(sizes):
        largest = min((node for node in nodes if stated[node.name] == max(sizes)), key=_name)
        most = Resources(memory=max(sizes))
        found.append(Lack(asked=Resources(memory=asked.memory), most=most, node=largest))
    gpu = min(nodes, key=lambda node: (-node.gpus, node.name))
    if asked.gpu > gpu.gpus:
        most = Resources(gpu=gpu.gpus)
        found.append(Lack(asked=Resources(gpu=asked.gpu), most=most, node=gpu))
    return found


def _name(node: Node) -> str:
    return node.name


def check_resources(draft: Draft) -> Iterator[Diagnostic]:
    """SW309, SW310: more than any single node has."""
    for alias in draft.graph:
        if is_well_declared(draft, alias):
            for lack in lacks(draft, alias):
                yield (
                    _no_gpu(draft, alias, lack) if _is_gpu(lack) else _too_much(draft, alias, lack)
                )


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
        hint="say which nodes have GPUs with gpus= in the inventory, or ask for none",
        path=alias,
    )


def _too_much(draft: Draft, alias: str, lack: Lack) -> Diagnostic:
    most = amounts_text(lack.most) or "none"
    return finding(
        "SW309",
        f"{alias} asks for {amounts_text(lack.asked)}, and the most that a node has is "
        f"{most} ({lack.node.name})",
        at=draft.task(alias).span,
        hint=f"ask for {most} at most, or use an inventory with such a node",
        path=alias,
    )


def check_narrowed(draft: Draft) -> Iterator[Diagnostic]:
    """SW311: what a task needs leaves it fewer nodes than it may use."""
    for alias in draft.graph:
        if not is_well_declared(draft, alias):
            continue
        task, module = draft.task(alias), draft.module(alias)
        maximum = limit_of(task)
        needed = list(needs(task, module))
        if task.method not in {"all", "maximum"} or not isinstance(maximum, int) or not needed:
            continue
        nodes, steps = eligible(task, module, draft.inventory)
        before = steps[-len(needed) - 1].left
        if 0 < len(nodes) < min(maximum, before):
            yield finding(
                "SW311",
                f"{alias} has maximum={maximum}, but only {len(nodes)} of {before} nodes "
                "can run it",
                at=task.span,
                related=[Related(text=f"{one.left:>4}  {one.asked}") for one in steps],
                hint=f"say maximum={len(nodes)}, or use an inventory with more such nodes",
                path=alias,
            )


def check_unstated(draft: Draft) -> Iterator[Diagnostic]:
    """SW315: memory is asked of nodes that do not state theirs."""
    for alias in draft.graph:
        if not is_well_declared(draft, alias):
            continue
        task, module = draft.task(alias), draft.module(alias)
        memory = resources_of(task, module).memory
        nodes, _ = eligible(task, module, draft.inventory)
        silent = sorted(node.name for node in nodes if node.memory_bytes is None)
        if memory and silent:
            more = f" and {len(silent) - 1} more" if len(silent) > 1 else ""
            yield finding(
                "SW315",
                f"{alias} asks for memory {memory_text(memory)}, and {silent[0]}{more} "
                f"{'do' if more else 'does'} not state any: it is not compared",
                at=task.span,
                hint='say memory = "64GiB" of the node in an inventory file',
                path=alias,
            )
