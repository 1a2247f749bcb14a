"""SW320: a node that is left out for want of a dataset, and has one of nearly its name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache

from swarmdsl.compiler.argument import of_task
from swarmdsl.compiler.diagnostics import Diagnostic, Related, finding
from swarmdsl.compiler.draft import Draft
from swarmdsl.compiler.eligible import eligibility, requests
from swarmdsl.compiler.misspelt import is_misspelt
from swarmdsl.compiler.node_place import node_place, said_of
from swarmdsl.compiler.place import limit_of
from swarmdsl.dsl import Inventory, Node

Near = Sequence[tuple[Node, str]]
"""Nodes that have a dataset of nearly some name, each with that."""


def check_near_datasets(draft: Draft) -> Iterator[Diagnostic]:
    """Each such dataset once, where a task runs on all nodes that have what it asks for.

    A name that is asked for by itself, or that a node has beside the other, is no mistake.
    """
    eligible_for = eligibility(draft.inventory)
    asked = frozenset(name for _, module in draft.modules() for name in module.datasets)
    near = cache(lambda name: _near(draft.inventory, name, asked))
    told: set[str] = set()
    for group in draft.well_declared():
        task, module = draft.task(group[0]), draft.module(group[0])
        if task.method not in {"all", "maximum"} or isinstance(limit_of(task), int):
            continue  # a node less than may be is a finding of its own
        for name in module.datasets:
            if name in told or not near(name) or not eligible_for(task, module)[0]:
                continue
            left_out = _left_out(draft, group[0], name, near(name))
            if left_out:
                told.add(name)
                yield _told(draft, group[0], name, left_out)


def _near(inventory: Inventory, name: str, asked: frozenset[str]) -> Near:
    """The nodes without this dataset that have one that is it, misspelt."""
    known = {one for node in inventory.nodes for one in node.datasets}
    alike = {one for one in known - asked if is_misspelt(one, name)}
    if not alike:
        return ()
    for node in inventory.nodes:
        if name in node.datasets:
            alike -= set(node.datasets)
    return [
        (node, one)
        for node in inventory.nodes
        for one in sorted(alike.intersection(node.datasets))[:1]
    ]


def _left_out(draft: Draft, alias: str, name: str, near: Near) -> Near:
    """Those that nothing else keeps from running a task."""
    task, module = draft.task(alias), draft.module(alias)
    lacking = f"with dataset {name!r}"
    others = [one for one in requests(task, module) if one.text != lacking]
    return [(node, one) for node, one in near if all(other.holds(node) for other in others)]


def _told(draft: Draft, alias: str, name: str, left_out: Near) -> Diagnostic:
    (node, found), inventory = left_out[0], draft.inventory
    at = node_place(inventory, node, "datasets").at
    datasets: Mapping[str, str] = node.datasets
    more = len(left_out) - 1
    also = f"; so it is with {more} more" if more else ""
    return finding(
        "SW320",
        f"{alias} does not run on node {node.name!r}, which has no dataset {name!r}, but "
        f"{found!r}{also}",
        at=draft.task(alias).span,
        steps=of_task("module"),
        related=[] if at is None else [Related(text=f"{node.name} is listed", span=at)],
        hint=f"did you mean {name!r}? Then write "
        f"{said_of(inventory, node, 'datasets', {name: datasets[found]})}",
        path=alias,
    )
