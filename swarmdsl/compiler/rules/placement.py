"""SW301, SW304, SW306: whether the inventory has what a well declared task asks for."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator, Sequence

from swarmdsl.compiler.argument import Steps, of_task
from swarmdsl.compiler.asked import labels_of
from swarmdsl.compiler.codes import did_you_mean
from swarmdsl.compiler.diagnostics import Diagnostic, Related, finding, shown
from swarmdsl.compiler.draft import Draft
from swarmdsl.compiler.eligible import Step, eligibility, eligible, needs
from swarmdsl.compiler.node_place import node_place, said_of
from swarmdsl.compiler.rules.hosts import nodes_meant
from swarmdsl.compiler.rules.resources import lacks, most_of
from swarmdsl.compiler.rules.scheduling import is_well_declared
from swarmdsl.dsl import Inventory, Node, Task
from swarmdsl.topology.hosts import HOST_IN_WORDS, is_host
from swarmdsl.topology.inventory import NODE_NAME, SLOTS_MAX

NAMED_MAX = 5  # nodes that one hint names
_EXCEPTED = "is in excepted_ids too"


def check_inventory(draft: Draft) -> Iterator[Diagnostic]:
    """SW307: nodes that could not be told apart, or could not host anything."""
    inventory = draft.inventory
    known: set[str] = set()
    for node in inventory.nodes:
        if node.name in known:
            yield _bad_node(
                inventory,
                node,
                "name",
                f"there is a node {node.name!r} already",
                "give each node a name of its own, or take one out",
            )
        elif not NODE_NAME.fullmatch(node.name):
            yield _bad_node(
                inventory,
                node,
                "name",
                f"node {node.name!r} is no name for a node",
                "use 1 to 64 letters, digits, '_', '.' or '-', a letter or digit first",
            )
        known.add(node.name)
        for key, problem, hint in _bad_amounts(node):
            yield _bad_node(inventory, node, key, f"node {node.name!r} has {problem}", hint)


def _bad_amounts(node: Node) -> Iterator[tuple[str, str, str]]:
    """The key whose value is no such amount, the value, and the remedy."""
    if node.cpus is not None and not 0 < node.cpus < math.inf:
        yield "cpus", f"cpus={node.cpus:g}", "give a number above 0, or leave cpus out"
    if node.gpus < 0:
        yield "gpus", f"gpus={node.gpus}", "give a whole number from 0"
    if node.host is not None and not is_host(node.host):
        yield (
            "host",
            f"host={shown(node.host)}, which is no host",
            f"give {HOST_IN_WORDS}; without host= it is this machine",
        )
    if not math.isfinite(node.weight):
        yield "weight", f"weight={node.weight:g}", "give a finite number, or leave weight out"
    if not 1 <= node.slots <= SLOTS_MAX:
        yield "slots", f"slots={node.slots}", f"give a whole number from 1 to {SLOTS_MAX}"


def _bad_node(inventory: Inventory, node: Node, key: str, message: str, hint: str) -> Diagnostic:
    place = node_place(inventory, node, key)
    return finding("SW307", message, at=place.at, steps=place.steps, hint=hint)


def check_nodes(draft: Draft) -> Iterator[Diagnostic]:
    """SW301: no node is left once everything asked for is looked at."""
    eligible_for, most = eligibility(draft.inventory), most_of(draft.inventory)
    meant_by = nodes_meant(draft.inventory)
    for group in draft.well_declared():
        task = draft.task(group[0])
        if task.method == "fixed" or any(map(meant_by, task.specified_ids or ())):
            continue
        nodes, steps = eligible_for(task, draft.module(group[0]))
        if not nodes and not lacks(draft, group[0], most):
            yield from (_nowhere(draft, alias, steps) for alias in group)


def _nowhere(draft: Draft, alias: str, steps: list[Step]) -> Diagnostic:
    task, emptied = draft.task(alias), _first_empty(steps)
    return finding(
        "SW301",
        f"no node can run {alias}: {_emptied(steps)}",
        at=task.span,
        steps=_asked_at(task, emptied),
        related=[Related(text=f"{one.left:>4}  {one.asked}") for one in steps],
        hint=_near_miss(draft, alias, emptied) or _remedy(draft, alias, emptied),
        path=alias,
    )


def _emptied(steps: list[Step]) -> str:
    """Which request left no node, and of how many."""
    place = steps.index(_first_empty(steps))
    if not place:
        return "there are no nodes"
    number, asked = steps[place - 1].left, steps[place].asked
    left = "" if place == 1 else " that are left by then" if number > 1 else " that is left by then"
    if asked.startswith("not "):
        return f"every node{left.replace('are', 'is')} is {asked.removeprefix('not ')}"
    if asked.startswith("with "):
        has = asked.removeprefix("with ")
        return f"none of the nodes{left} has {has}" if number > 1 else f"the node{left} lacks {has}"
    return f"no node is {asked}"


def _asked_at(task: Task, emptied: Step) -> Steps:
    """The argument that asks for what no node has."""
    for name in ("specified_ids", "excepted_ids"):
        if name in emptied.asked:
            return of_task(name)
    for key, value in labels_of(task).items():
        if emptied.asked == f"with label {key}={value!r}":
            return of_task("labels", key)
    return of_task("module") if emptied.asked.startswith("with dataset") else ()


def _first_empty(steps: list[Step]) -> Step:
    return next(step for step in steps if not step.left)


def _remedy(draft: Draft, alias: str, emptied: Step) -> str:
    """What to write instead of the request that left no node, or in the inventory."""
    task, inventory = draft.task(alias), draft.inventory
    if not inventory.nodes:
        return "use an inventory with nodes"
    kept_out = _kept_out(draft, task, alias)
    if kept_out:
        return kept_out
    if emptied.asked.startswith("in specified_ids"):
        names = ", ".join(node.name for node in inventory.nodes[:NAMED_MAX])
        more = len(inventory.nodes) - NAMED_MAX
        known = f"{names} and {more:,} more" if more > 0 else names
        return f"name nodes that there are ({known}), or leave specified_ids= out"
    if "excepted_ids" in emptied.asked:
        return "take a node out of excepted_ids="
    granted = _granted(draft, alias, emptied.asked)
    if granted is not None:
        said, name, option = granted
        return f"write {said}; or take {name!r} out of {option}="
    return "relax that request, or use an inventory that has such a node"


def _kept_out(draft: Draft, task: Task, alias: str) -> str:
    """How to let in a node that has all that is needed, and is kept out by name."""
    asked = list(needs(task, draft.module(alias)))
    able = (node for node in draft.inventory.nodes if all(one.holds(node) for one in asked))
    node = next(able, None)
    if node is None or not asked:
        return ""
    if node.name in (task.excepted_ids or ()):
        return f"{node.name} has all that is needed: take it out of excepted_ids="
    return f"{node.name} has all that is needed: add it to specified_ids="


def _near_miss(draft: Draft, alias: str, emptied: Step) -> str:
    """A name in the inventory that is almost the one asked for by the request that left no node."""
    task, nodes = draft.task(alias), draft.inventory.nodes
    if emptied.asked.startswith("in specified_ids"):
        known = [node.name for node in nodes]
        return next(filter(None, (did_you_mean(one, known) for one in task.specified_ids)), "")
    for dataset in draft.module(alias).datasets:
        if emptied.asked == f"with dataset {dataset!r}":
            known = sorted({one for node in nodes for one in node.datasets})
            return "" if dataset in known else did_you_mean(dataset, known)
    for key, value in labels_of(task).items():
        if emptied.asked == f"with label {key}={value!r}":
            return _near_label(draft, key, value)
    return ""


def _near_label(draft: Draft, key: str, value: str) -> str:
    keys = sorted({one for node in draft.inventory.nodes for one in node.labels})
    if key not in keys:
        return did_you_mean(key, keys)
    values = {node.labels[key] for node in draft.inventory.nodes if key in node.labels}
    return "" if value in values else did_you_mean(value, sorted(values))


def check_fixed(draft: Draft) -> Iterator[Diagnostic]:
    """SW304: `fixed` names its nodes, and each of them must be able to run it."""
    meant_by = nodes_meant(draft.inventory)
    for alias, task in draft.tasks():
        if task.method != "fixed" or not is_well_declared(draft, alias):
            continue
        if not task.specified_ids:
            yield finding(
                "SW304",
                f"{alias} has method='fixed' but no specified_ids",
                at=task.span,
                steps=of_task("method"),
                hint=f"name the nodes: specified_ids=[{draft.inventory.nodes[0].name!r}]"
                if draft.inventory.nodes
                else "name the nodes with specified_ids=",
                path=alias,
            )
            continue
        if lacks(draft, alias, most_of(draft.inventory)):
            continue
        yield from _missing(draft, alias, task, meant_by)


def _missing(
    draft: Draft, alias: str, task: Task, meant_by: Callable[[str], Sequence[str]]
) -> Iterator[Diagnostic]:
    nodes, _ = eligible(task, draft.module(alias), draft.inventory)
    able = {node.name for node in nodes}
    known = {node.name: node for node in draft.inventory.nodes}
    for name in dict.fromkeys(task.specified_ids or ()):
        if name in able or meant_by(name):
            continue
        guess = ""
        if name not in known:
            why = f"is not in the inventory{_too_few(task, known)}"
        elif name in (task.excepted_ids or ()):
            why = _EXCEPTED
        else:
            asked = needs(task, draft.module(alias))
            lacking = [one.text for one in asked if not one.holds(known[name])]
            why = f"does not have {', '.join(one.removeprefix('with ') for one in lacking)}"
            guess = _lent(draft, alias, known[name], lacking)
        if name not in known:
            guess = did_you_mean(name, sorted(known))
        if name not in known and _too_few(task, known):
            guess = f"give it as many: --nodes {len(set(task.specified_ids or ()))}, or a file"
        if why == _EXCEPTED:
            hint = f"take {name!r} out of excepted_ids=, or out of specified_ids="
        else:
            hint = (
                f"take {name!r} out of specified_ids=, or use another method, as method='all': "
                "fixed means exactly these nodes"
            )
        yield finding(
            "SW304",
            f"{alias} is fixed to node {name!r}, which {why}",
            at=task.span,
            steps=of_task("specified_ids", name),
            hint=guess or hint,
            path=alias,
        )


def _lent(draft: Draft, alias: str, node: Node, lacking: Sequence[str]) -> str:
    """How to give a node the one thing that it lacks, if that is a dataset or a label."""
    if len(lacking) > 1:
        return ""
    near = _near_miss(draft, alias, Step(asked=lacking[0], left=0))
    if near:
        return near
    granted = _granted(draft, alias, lacking[0], node)
    if granted is None:
        return ""
    return f"write {granted[0]}; or take {node.name!r} out of specified_ids="


def _granted(
    draft: Draft, alias: str, asked: str, node: Node | None = None
) -> tuple[str, str, str] | None:
    """What to write so that a node has what is asked for, its name, and the option that asks.

    None if it is neither a dataset nor a label.
    """
    for key, value in labels_of(draft.task(alias)).items():
        if asked == f"with label {key}={value!r}":
            return said_of(draft.inventory, node, "labels", {key: value}), key, "labels"
    for name in draft.module(alias).datasets:
        if asked == f"with dataset {name!r}":
            said = said_of(draft.inventory, node, "datasets", {name: f"/data/{name}"})
            return said, name, "datasets"
    return None


def _too_few(task: Task, known: Collection[str]) -> str:
    """How many nodes are needed and how many there are, if these are fewer."""
    needed = len(set(task.specified_ids or ()))
    return f": it needs {needed} nodes, {len(known)} here" if needed > len(known) else ""


def check_unknown_nodes(draft: Draft) -> Iterator[Diagnostic]:
    """SW306: a node that is wanted, or not wanted, and does not exist."""
    known = {node.name for node in draft.inventory.nodes}
    meant_by = nodes_meant(draft.inventory)
    for group in draft.well_declared():
        task = draft.task(group[0])
        for option in ("specified_ids", "excepted_ids"):
            named = getattr(task, option) or ()
            unknown = [name for name in named if name not in known and not meant_by(name)]
            wanted = option == "specified_ids"
            if not unknown or (wanted and (task.method == "fixed" or len(unknown) == len(named))):
                continue  # a finding of its own
            for alias in group:
                yield _unknown_node(draft, alias, option, unknown, known)


def _unknown_node(
    draft: Draft, alias: str, option: str, unknown: Sequence[str], known: Collection[str]
) -> Diagnostic:
    may = "may" if option == "specified_ids" else "must not"
    return finding(
        "SW306",
        f"{alias} {may} run on {', '.join(map(repr, unknown))}, which the inventory does not have",
        at=draft.task(alias).span,
        steps=of_task(option, unknown[0]),
        hint=did_you_mean(unknown[0], sorted(known)) or f"take {unknown[0]!r} out of {option}=",
        path=alias,
    )
