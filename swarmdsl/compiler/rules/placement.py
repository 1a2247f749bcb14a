"""SW301, SW304, SW306: whether the inventory has what a well declared task asks for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from swarmdsl.compiler.codes import did_you_mean
from swarmdsl.compiler.diagnostics import Diagnostic, Related, finding
from swarmdsl.compiler.draft import Draft
from swarmdsl.compiler.place import Step, eligibility, eligible
from swarmdsl.compiler.rules.scheduling import is_well_declared
from swarmdsl.dsl import Task
from swarmdsl.topology.inventory import NODE_NAME, SLOTS_MAX


def check_inventory(draft: Draft) -> Iterator[Diagnostic]:
    """SW307: nodes that could not be told apart, or could not host anything."""
    names = Counter(node.name for node in draft.inventory.nodes)
    for node in draft.inventory.nodes:
        if names[node.name] > 1:
            yield _bad_node(f"node {node.name!r} is there {names[node.name]} times", "rename one")
        if not NODE_NAME.fullmatch(node.name):
            yield _bad_node(
                f"node {node.name!r} is no name for a node",
                "use 1 to 64 letters, digits, '_', '.' or '-'",
            )
        if not 1 <= node.slots <= SLOTS_MAX:
            yield _bad_node(
                f"node {node.name!r} has {node.slots} slots", f"give it 1 to {SLOTS_MAX}"
            )


def _bad_node(message: str, hint: str) -> Diagnostic:
    return finding("SW307", message, hint=hint)


def check_nodes(draft: Draft) -> Iterator[Diagnostic]:
    """SW301: no node is left once everything asked for is looked at."""
    eligible_for = eligibility(draft.inventory)
    for alias, task in draft.tasks():
        if task.method == "fixed" or not is_well_declared(draft, alias):
            continue
        nodes, steps = eligible_for(task, draft.module(alias))
        if not nodes:
            yield finding(
                "SW301",
                f"no node can run {alias}: {_emptied(steps)}",
                at=task.span,
                related=[Related(text=f"{one.left:>4}  {one.asked}") for one in steps],
                hint="relax that request, or use an inventory that has such a node",
                path=alias,
            )


def _emptied(steps: list[Step]) -> str:
    first = next(step for step in steps if not step.left)
    return (
        "there are no nodes"
        if first is steps[0]
        else f"none is {first.asked}".replace("is with", "has")
    )


def check_fixed(draft: Draft) -> Iterator[Diagnostic]:
    """SW304: `fixed` names its nodes, and each of them must be able to run it."""
    for alias, task in draft.tasks():
        if task.method != "fixed" or not is_well_declared(draft, alias):
            continue
        if not task.specified_ids:
            yield finding(
                "SW304",
                f"{alias} has method='fixed' but no specified_ids",
                at=task.span,
                hint=f"name the nodes: specified_ids=[{draft.inventory.nodes[0].name!r}]"
                if draft.inventory.nodes
                else "name the nodes with specified_ids=",
                path=alias,
            )
            continue
        yield from _missing(draft, alias, task)


def _missing(draft: Draft, alias: str, task: Task) -> Iterator[Diagnostic]:
    nodes, _ = eligible(task, draft.module(alias), draft.inventory)
    able = {node.name for node in nodes}
    known = {node.name: node for node in draft.inventory.nodes}
    for name in dict.fromkeys(task.specified_ids or ()):
        if name in able:
            continue
        if name not in known:
            why = "is not in the inventory"
        elif name in (task.excepted_ids or ()):
            why = "is in excepted_ids too"
        else:
            lacking = [d for d in draft.module(alias).datasets if d not in known[name].datasets]
            why = f"does not have dataset {', '.join(map(repr, lacking))}"
        yield finding(
            "SW304",
            f"{alias} is fixed to node {name!r}, which {why}",
            at=task.span,
            hint=(did_you_mean(name, sorted(known)) if name not in known else "")
            or "fixed means exactly these nodes: take it off specified_ids, or use another method",
            path=alias,
        )


def check_unknown_nodes(draft: Draft) -> Iterator[Diagnostic]:
    """SW306: a wanted node that does not exist, while others do."""
    known = {node.name for node in draft.inventory.nodes}
    for alias, task in draft.tasks():
        if task.specified_ids is None or task.method == "fixed":
            continue
        if not is_well_declared(draft, alias):
            continue
        unknown = [name for name in task.specified_ids if name not in known]
        if unknown and len(unknown) < len(task.specified_ids):
            yield finding(
                "SW306",
                f"{alias} may run on {', '.join(map(repr, unknown))}, "
                "which the inventory does not have",
                at=task.span,
                hint=did_you_mean(unknown[0], sorted(known)) or "take it off specified_ids",
                path=alias,
            )
