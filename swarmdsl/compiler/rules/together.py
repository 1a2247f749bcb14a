"""SW312, SW313: what tasks ask for together, and what the nodes have."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from swarmdsl.compiler.asked import resources_of
from swarmdsl.compiler.diagnostics import Diagnostic, Related, finding
from swarmdsl.compiler.draft import Draft
from swarmdsl.compiler.eligible import amounts_text, eligible
from swarmdsl.compiler.graph import levels
from swarmdsl.compiler.place import count_of, place
from swarmdsl.dsl import Node
from swarmdsl.topology.resources import Resources

_KINDS = ("cpu", "memory", "gpu")


def check_together(draft: Draft) -> Iterator[Diagnostic]:
    """SW312: daemons, which all live at once, ask for more than all nodes have.

    SW313: the tasks that may run at once on a node ask for more than it has.
    """
    if draft.ill_declared or draft.knotted:
        return  # findings of their own
    groups = draft.graph.alike
    of_group = [resources_of(draft.task(one[0]), draft.module(one[0])) for one in groups]
    if not any(one != Resources() for one in of_group):
        return
    asked = dict.fromkeys(draft.graph, Resources())  # in graph order
    for group, one in zip(groups, of_group, strict=True):
        asked.update(dict.fromkeys(group, one))
    kinds = [kind for kind in _KINDS if any(_amount(one, kind) for one in asked.values())]
    for kind in kinds:
        of_kind = {alias: _amount(one, kind) for alias, one in asked.items() if _amount(one, kind)}
        has = {node.name: _has(node, kind) for node in draft.inventory.nodes}
        if None not in has.values():
            stated = {name: one for name, one in has.items() if one is not None}
            yield from _total(draft, kind, of_kind, stated) or _crowded(
                draft, kind, of_kind, stated
            )


def _amount(asked: Resources, kind: str) -> float:
    amount: float = getattr(asked, kind)
    return amount


def _has(node: Node, kind: str) -> float | None:
    """What a node has of a kind; None if it does not state its memory."""
    return {"cpu": node.processors, "memory": node.memory_bytes, "gpu": node.gpus}[kind]


def _text(kind: str, amount: float) -> str:
    asked = Resources(cpu=amount) if kind == "cpu" else Resources(**{kind: int(amount)})
    return amounts_text(asked) or f"{kind} 0"


def _total(
    draft: Draft, kind: str, asked: dict[str, float], has: dict[str, float]
) -> list[Diagnostic]:
    counts: dict[str, int] = {}
    for alias in asked:
        task, module = draft.task(alias), draft.module(alias)
        nodes, _ = eligible(task, module, draft.inventory)
        if alias in draft.graph.daemons and nodes:
            counts[alias] = count_of(task, len(nodes))
    wanted = sum(counts[alias] * asked[alias] for alias in counts)
    if wanted <= sum(has.values()):
        return []
    last = list(counts)[-1]
    return [
        finding(
            "SW312",
            f"the daemons of {', '.join(counts)} ask for {_text(kind, wanted)} together, and all "
            f"nodes together have {_text(kind, sum(has.values()))}",
            at=draft.task(last).span,
            related=[
                Related(
                    text=f"{alias}: {number} x {_text(kind, asked[alias])}",
                    span=draft.task(alias).span,
                )
                for alias, number in counts.items()
            ],
            hint="daemons live for the whole run, so each holds what it asks for: ask for less, "
            "run fewer (method='any', or maximum=), or use an inventory with more",
            path=", ".join(counts),
        )
    ]


def _crowded(
    draft: Draft, kind: str, asked: dict[str, float], has: dict[str, float]
) -> Iterator[Diagnostic]:
    on_nodes = _at_once(draft, asked)
    over = [name for name in has if sum(asked[one] for one in on_nodes[name]) > has[name]]
    if not over:
        return
    name = max(over, key=lambda name: sum(asked[one] for one in on_nodes[name]) - has[name])
    aliases = on_nodes[name]
    others = f", and so on {len(over) - 1} more" if len(over) > 1 else ""
    yield finding(
        "SW313",
        f"{', '.join(aliases)} may run at once on node {name!r} and ask for "
        f"{_text(kind, sum(asked[one] for one in aliases))} together, and it has "
        f"{_text(kind, has[name])}{others}",
        at=draft.task(aliases[-1]).span,
        related=[
            Related(
                text=f"{alias} asks for {_text(kind, asked[alias])}", span=draft.task(alias).span
            )
            for alias in aliases
        ],
        hint="nothing keeps them apart: give the node fewer slots, ask for less, or use an "
        "inventory with more nodes",
        path=", ".join(aliases),
    )


def _at_once(draft: Draft, asked: dict[str, float]) -> dict[str, list[str]]:
    """Per node the tasks that may run there at the same time and together ask for most.

    Daemons always run. Of the others those of one depth in the graph are taken, none of which waits
    for another, and of these as many as the node has slots.
    """
    placements = place(draft).placements
    slots = {node.name: node.slots for node in draft.inventory.nodes}
    worst: dict[str, list[str]] = {name: [] for name in slots}
    always: dict[str, list[str]] = {name: [] for name in slots}
    for aliases in levels(draft.graph):
        here: dict[str, list[str]] = {}
        for alias in (one for one in aliases if one in asked):
            is_daemon = alias in draft.graph.daemons
            for node in placements[alias].nodes[: placements[alias].count]:
                (always[node] if is_daemon else here.setdefault(node, [])).append(alias)
        for node, found in here.items():
            most = sorted(found, key=lambda alias: -asked[alias])[: slots[node]]
            worst[node] = max(worst[node], most, key=lambda some: _sum(some, asked))
    return {node: always[node] + worst[node] for node in slots}


def _sum(aliases: Sequence[str], asked: dict[str, float]) -> float:
    return sum(asked[alias] for alias in aliases)
