"""SW415, SW417: the machines that nodes are, and who mistakes them for nodes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from swarmdsl.compiler.argument import of_task
from swarmdsl.compiler.diagnostics import Diagnostic, finding
from swarmdsl.compiler.draft import Draft
from swarmdsl.compiler.node_place import node_place
from swarmdsl.dsl import Inventory, Task
from swarmdsl.topology.hosts import THIS_MACHINE, canonical_host, nodes_by_host

_SHOWN_MAX = 4  # names in a message


def nodes_meant(inventory: Inventory) -> Callable[[str], Sequence[str]]:
    """Which nodes somebody means who names their host; none for the name of a node."""
    names = {node.name for node in inventory.nodes}
    on_host = nodes_by_host(inventory.nodes)
    return lambda name: () if name in names else on_host.get(canonical_host(name), ())


def check_nodes_by_host(draft: Draft) -> Iterator[Diagnostic]:
    """SW415: one finding for each host among the nodes that a task names."""
    meant_by = nodes_meant(draft.inventory)
    for alias, task in _naming(draft):
        for option in ("specified_ids", "excepted_ids"):
            for name in dict.fromkeys(getattr(task, option) or ()):
                nodes = meant_by(name)
                if nodes:
                    yield finding(
                        "SW415",
                        f"{alias} names {name!r} in {option}, which is no node but the host of "
                        f"{_listed(nodes)}",
                        at=task.span,
                        steps=of_task(option, name),
                        hint=f"say {option}={_first(nodes)}",
                        path=alias,
                    )


def _naming(draft: Draft) -> Iterator[tuple[str, Task]]:
    """The well declared tasks that name nodes at all."""
    for group in draft.well_declared():
        task = draft.task(group[0])
        if task.specified_ids or task.excepted_ids:
            yield from ((alias, draft.task(alias)) for alias in group)


def check_hosts(draft: Draft) -> Iterator[Diagnostic]:
    """SW417: one finding for all nodes that are other machines.

    Those that a cluster knows nobody has written, and its engine goes there.
    """
    if draft.inventory.origin is None:
        return
    away = {
        host: nodes
        for host, nodes in nodes_by_host(draft.inventory.nodes).items()
        if host != THIS_MACHINE
    }
    if away:
        host, nodes = next(iter(away.items()))
        node = next(one for one in draft.inventory.nodes if one.name == nodes[0])
        place = node_place(draft.inventory, node, "host")
        others = f", and {len(away) - 1} more" if len(away) > 1 else ""
        yield finding(
            "SW417",
            f"host {host!r} of {_listed(nodes)}{others}: the process engine does not go there",
            at=place.at,
            steps=place.steps,
            hint="nothing to do: it runs all nodes on the machine where the swarm is started",
        )


def _listed(nodes: Sequence[str]) -> str:
    more = f" and {len(nodes) - _SHOWN_MAX} more" if len(nodes) > _SHOWN_MAX else ""
    word = "nodes" if len(nodes) > 1 else "node"
    return f"{word} {', '.join(map(repr, nodes[:_SHOWN_MAX]))}{more}"


def _first(nodes: Sequence[str]) -> str:
    return f"[{', '.join(map(repr, nodes[:_SHOWN_MAX]))}]"
